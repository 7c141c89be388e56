/** A daemon that signs for all nodes of a contract at once, at any size of the network. */
import { publicKeyOf } from "../../src/bls/index.ts";
import { departingEntry, departureReply, rewardsReply, startDaemon } from "../../test/helpers/daemon.ts";
import type { FakeDaemon } from "../../test/helpers/daemon.ts";
import type { System } from "../../test/helpers/staking.ts";

/**
 * @param lifetime - Lifetime rewards of everybody, atomic SESH.
 * @param departed - Places in `system.nodes` of those that may be liquidated.
 * @param now - The chain's time, unix seconds.
 */
export function startSystemDaemon(
  { network: { tags }, nodes }: System,
  lifetime: bigint,
  departed: readonly number[],
  now: () => Promise<number>,
): Promise<FakeDaemon> {
  const signing = { tags, secretKeys: nodes.map(({ secretKey }) => BigInt(secretKey)) };
  const identity = (index: number): string => (nodes[index]?.ed25519Pubkey ?? 0n).toString(16).padStart(64, "0");
  return startDaemon({
    get_height: () => ({ height: 100 }),
    bls_rewards_request: ({ address = "" }) => rewardsReply(signing, address, lifetime),
    async bls_exit_liquidation_request({ pubkey = "", liquidate }) {
      const node = nodes[nodes.findIndex((_, index) => identity(index) === pubkey.replace(/^0x/, ""))];
      if (node === undefined) throw new Error(`no node ${pubkey}`);
      return departureReply(signing, node.publicKey, await now(), liquidate);
    },
    bls_exit_liquidation_list: () =>
      departed.map((index) =>
        departingEntry({
          ed25519Pubkey: identity(index),
          publicKey: publicKeyOf(nodes[index]?.secretKey ?? 1n),
          height: 1,
          liquidationHeight: 1,
          liquidationTimestamp: 1_700_000_000,
          type: "deregister",
        }),
      ),
  });
}
