/** A daemon's JSON-RPC that signs for all nodes of a contract at once, at any size of the network. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  exitMessage,
  GROUP_ORDER,
  hashToG2,
  hexFromBytes,
  liquidateMessage,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  signatureToHex,
  signHash,
} from "../../src/bls/index.ts";
import type { System } from "../../test/helpers/staking.ts";

interface Params {
  address?: string;
  pubkey?: string;
  liquidate?: boolean;
}

export interface Daemon {
  url: string;
  close(): Promise<void>;
}

/**
 * @param lifetime - Lifetime rewards of everybody, atomic SESH.
 * @param departed - Places in `system.nodes` of those that may be liquidated.
 * @param now - The chain's time, unix seconds.
 */
export async function startDaemon(
  { network: { tags }, nodes }: System,
  lifetime: bigint,
  departed: readonly number[],
  now: () => Promise<number>,
): Promise<Daemon> {
  const secret = nodes.reduce((sum, node) => (sum + BigInt(node.secretKey)) % GROUP_ORDER, 0n);
  const aggregate = publicKeyToHex(publicKeyOf(secret)).slice(2);
  const identity = (index: number): string => (nodes[index]?.ed25519Pubkey ?? 0n).toString(16).padStart(64, "0");
  const sign = (message: Uint8Array) => ({
    status: "OK",
    msg_to_sign: hexFromBytes(message).slice(2),
    signature: signatureToHex(signHash(hashToG2(message, tags.hashToG2), secret)).slice(2),
    aggregate_pubkey: aggregate,
    non_signer_indices: [],
  });
  const methods: Record<string, (params: Params) => Promise<unknown>> = {
    get_height: () => Promise.resolve({ height: 100 }),
    bls_rewards_request({ address = "" }) {
      const message = rewardMessage(tags, { recipient: address, amount: lifetime });
      return Promise.resolve({ address: address.slice(2), amount: Number(lifetime), height: 90, ...sign(message) });
    },
    async bls_exit_liquidation_request({ pubkey = "", liquidate }) {
      const node = nodes[nodes.findIndex((_, index) => identity(index) === pubkey.replace(/^0x/, ""))];
      if (node === undefined) throw new Error(`no node ${pubkey}`);
      const { publicKey } = node;
      const timestamp = await now();
      const message = (liquidate ? liquidateMessage : exitMessage)(tags, { publicKey, timestamp });
      return { bls_pubkey: publicKeyToHex(publicKey).slice(2), timestamp, ...sign(message) };
    },
    bls_exit_liquidation_list: () =>
      Promise.resolve(
        departed.map((index) => ({
          service_node_pubkey: identity(index),
          height: 1,
          liquidation_height: 1,
          liquidation_timestamp: 1_700_000_000,
          type: "deregister",
          info: { bls_public_key: publicKeyToHex(publicKeyOf(nodes[index]?.secretKey ?? 1n)).slice(2) },
        })),
      ),
  };
  const answer = async (body: string): Promise<object> => {
    const { id, method, params = {} } = JSON.parse(body) as { id: unknown; method: string; params?: Params };
    const known = methods[method];
    if (known === undefined) return { jsonrpc: "2.0", id, error: { code: -32_601, message: "Method not found" } };
    return known(params).then(
      (result) => ({ jsonrpc: "2.0", id, result }),
      (error: unknown) => ({ jsonrpc: "2.0", id, error: { code: -32_000, message: String(error) } }),
    );
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void answer(Buffer.concat(chunks).toString()).then((reply) =>
        response.setHeader("content-type", "application/json").end(JSON.stringify(reply)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
