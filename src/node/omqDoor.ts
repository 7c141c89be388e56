/**
 * The OxenMQ face of a node, as nodes of the live network ask one another: the `bls` category and `ping.ping` for anybody; the
 * JSON-RPC as `rpc.*`, and `admin.*`, for whoever opens the local socket. Untrusted like the HTTP face, and bounded alike; what the
 * other face counts by address is counted by connection here, whose addresses ZeroMQ keeps to itself.
 */
import type { Logger } from "pino";
import { hexFromBytes } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import type { BtDict, OmqCommand, OmqHandler, Part } from "../omq/index.ts";
import { btDecodeDict, btEncode, OmqError, OmqServer } from "../omq/index.ts";
import { callMethod, METHODS } from "./jsonRpc.ts";
import type { JsonRpcDependencies } from "./jsonRpc.ts";
import type { NodeKeys } from "./keys.ts";
import type { RequestLimiter } from "./limits.ts";
import { Refusal, REFUSAL_STATUS } from "./policy.ts";
import type { DepartureKind, Policy } from "./policy.ts";

export interface OmqDoorDependencies {
  readonly policy: Policy;
  readonly jsonRpc: JsonRpcDependencies;
  /** Counts requests by connection. */
  readonly requests: RequestLimiter;
  readonly logger: Logger;
}

/** Where the node listens on OxenMQ; each may be left out. */
export interface OmqDoorOptions {
  /** The public port: `tcp://HOST:PORT`, with CURVE by the node's X25519 key. */
  readonly listen?: string | undefined;
  /** Path of the local socket, its owner's alone. */
  readonly socket?: string | undefined;
}

/** Starts what the options name. Each server given back is to be stopped. */
export async function openOmqDoors(
  options: OmqDoorOptions,
  keys: NodeKeys,
  dependencies: OmqDoorDependencies,
): Promise<{ door?: OmqServer; socket?: OmqServer }> {
  const onError = (command: string, err: unknown): void =>
    dependencies.logger.error({ err, command }, "request failed");
  const onOverflow = (bytes: number): void =>
    dependencies.logger.warn({ bytes }, "unfinished messages filled the memory: all OxenMQ connections were dropped");
  const doors: { door?: OmqServer; socket?: OmqServer } = {};
  if (options.listen !== undefined) {
    const curve = {
      secretKey: keys.x25519Secret,
      publicKey: Uint8Array.from(Buffer.from(keys.x25519Pubkey.slice(2), "hex")),
    };
    const commands = omqCommands(dependencies);
    doors.door = new OmqServer({ listen: options.listen, keys: curve }, { commands, onError, onOverflow });
    await doors.door.start();
  }
  if (options.socket !== undefined) {
    const jsonRpc = { ...dependencies.jsonRpc, mayRegister: () => true };
    const commands = omqCommands({ ...dependencies, jsonRpc });
    doors.socket = new OmqServer({ listen: `ipc://${options.socket}`, admin: true }, { commands, onError });
    try {
      await doors.socket.start();
    } catch (error) {
      await doors.door?.stop();
      throw error;
    }
  }
  return doors;
}

/** Methods that change or give away something of the node's own. */
const ADMIN_METHODS = ["bls_registration_request"];

function omqCommands({ policy, jsonRpc, requests }: OmqDoorDependencies): Record<string, OmqCommand> {
  /** A command of the `bls` category: a dictionary in, status and dictionary out, a refusal as status and sentence. */
  const signing =
    (work: (request: BtDict, asker: string) => Promise<readonly Part[]>): OmqHandler =>
    async (parts, connection) => {
      const asker = `omq ${connection}`;
      try {
        requests.request(asker);
        return await work(dictOf(parts), asker);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return [`${REFUSAL_STATUS[error.code]}`, `${error.code}: ${error.message}`];
      }
    };

  const rewards = signing(async (request, asker) => {
    const recipient = hexOf(request, "address", 20);
    const height = safeNumber(request, "height");
    try {
      const [signed] = await policy.rewards([recipient], height, asker);
      if (signed === undefined) throw new Error("the policy answered nothing");
      const { amount, signature } = signed;
      if (signature === null) throw new Refusal("nothing-to-sign", "the contract has that much on record");
      return reply({
        address: request.get("address") as Uint8Array,
        amount,
        height: signed.height,
        signature: raw(signature),
      });
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "nothing-to-sign") throw error;
      // As live: 410 for an address without rewards. With rewards that are all on record it is this node's own refusal.
      const { amount } = await policy.lifetimeRewards(recipient, height);
      return amount === 0n ? ["410", "the address has no rewards"] : ["403", `${error.code}: ${error.message}`];
    }
  });

  const departure = (kind: DepartureKind): OmqHandler =>
    signing(async (request, asker) => {
      const blsPubkey = hexOf(request, "bls_pubkey", 64);
      const { signature } = await policy.departure(kind, blsPubkey, safeNumber(request, "timestamp"), asker);
      return reply({ remove: request.get("bls_pubkey") as Uint8Array, signature: raw(signature) });
    });

  const rpc =
    (method: string): OmqHandler =>
    async ([params]) => {
      const answer = await callMethod(method, Buffer.from(params ?? []).toString("utf8"), jsonRpc);
      return "result" in answer ? ["200", answer.result] : ["400", `${answer.message} (${answer.code})`];
    };

  const commands: Record<string, OmqCommand> = {
    "ping.ping": { handler: () => ["pong"] },
    "bls.get_rewards": { handler: rewards, ofNode: true },
    "bls.get_exit": { handler: departure("exit"), ofNode: true },
    "bls.get_liquidation": { handler: departure("liquidate"), ofNode: true },
  };
  for (const method of METHODS) commands[`rpc.${method}`] = { handler: rpc(method), access: "admins" };
  for (const method of ADMIN_METHODS) commands[`admin.${method}`] = { handler: rpc(method), access: "admins" };
  return commands;
}

function reply(fields: Parameters<typeof btEncode>[0]): readonly Part[] {
  return ["200", btEncode(fields)];
}

function dictOf([part]: readonly Uint8Array[]): BtDict {
  try {
    return btDecodeDict(part ?? new Uint8Array());
  } catch (error) {
    if (error instanceof OmqError) throw new Refusal("malformed", `the request is no dictionary: ${error.message}`);
    throw error;
  }
}

function hexOf(dict: BtDict, name: string, length: number): Hex {
  const value = dict.get(name);
  if (value instanceof Uint8Array && value.length === length) return hexFromBytes(value);
  throw new Refusal("malformed", `${name} is not ${length} bytes`);
}

function safeNumber(dict: BtDict, name: string): number {
  const value = dict.get(name);
  if (typeof value === "bigint" && value >= 0n && value <= Number.MAX_SAFE_INTEGER) return Number(value);
  throw new Refusal("malformed", `${name} is no unsigned integer`);
}

function raw(hex: Hex): Uint8Array {
  return Buffer.from(hex.slice(2), "hex");
}
