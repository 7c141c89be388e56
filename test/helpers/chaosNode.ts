import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { PublicKey, SecretKey, Signature, Tags } from "../../src/bls/index.ts";
import {
  aggregatePublicKeys,
  exitMessage,
  FIELD_ORDER,
  hashToG2,
  hexFromBytes,
  importSecretKey,
  liquidateMessage,
  mapToTwist,
  publicKeyFromHex,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  signatureToHex,
  signatureToParams,
  signHash,
} from "../../src/bls/index.ts";
import type { NodeSet } from "../../src/chain/nodeSet.ts";

/**
 * How a node of the test network behaves:
 *
 * - `honest`: signs what it is asked
 * - `refusing`: nothing listens there
 * - `hanging`: accepts and never answers; `dripping`: a byte now and then; `late`: answers after `delayMs`
 * - `flapping`: fails twice in three different ways before it answers
 * - `lying`: signs with another key; `colluding`: its signature is off by an offset, which an accomplice takes off again
 * - `overpaying`: signs another amount; `replaying`: gives yesterday's answer; `other-question`: answers for somebody else
 * - `posing`: answers with the key of another node; `posing-overpaying`: and another amount too
 * - `backdating`: tells an old height, and signs whatever it is asked
 * - `garbage`, `not-http`, `megabytes`, `endless`, `deep`: not the JSON it should be
 * - `non-canonical`, `off-curve`, `out-of-subgroup`, `infinity`: points that are no signatures
 * - `two-faced`: a right signature once, a wrong one the next time
 * - `behind`: 410 twice, then an answer; `unwilling`: 403; `nothing-new`: 403, the contract has it on record
 * - `redirecting`: sends elsewhere; `resetting`: cuts the connection
 */
export type Behaviour =
  | "honest"
  | "refusing"
  | "hanging"
  | "dripping"
  | "late"
  | "flapping"
  | "lying"
  | "colluding-plus"
  | "colluding-minus"
  | "overpaying"
  | "replaying"
  | "other-question"
  | "posing"
  | "posing-overpaying"
  | "backdating"
  | "garbage"
  | "not-http"
  | "megabytes"
  | "endless"
  | "deep"
  | "non-canonical"
  | "off-curve"
  | "out-of-subgroup"
  | "infinity"
  | "two-faced"
  | "behind"
  | "unwilling"
  | "nothing-new"
  | "redirecting"
  | "resetting";

/** What the nodes of one network have in common. */
export interface ChaosNetwork {
  tags: Tags;
  height: number;
  /** Lifetime rewards that an honest node computes. */
  amountOf: (recipient: string, height: number) => bigint;
  /** What each node's JSON-RPC lists as departed; no JSON-RPC at all without. */
  departed?: readonly { blsPubkey: string; ed25519Pubkey: bigint; since: number }[];
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A point of the twist that is not in G2: a mapped one, its cofactor not cleared. */
export const OUT_OF_SUBGROUP = signatureToHex(mapToTwist(new Uint8Array(8), new Uint8Array(32)).point);

/** One node behind a real HTTP server on loopback. */
export class ChaosNode {
  readonly secretKey: SecretKey;
  readonly publicKey: PublicKey;
  readonly hex: string;
  behaviour: Behaviour;
  delayMs = 0;
  /** Requests served, and those of them for a signature. */
  served = 0;
  toSign = 0;
  /** Key shown by those that pose. */
  poseAs: string | undefined;
  readonly #network: ChaosNetwork;
  readonly #cache = new Map<string, Signature>();
  #server: Server | undefined;
  #port = 0;

  constructor(network: ChaosNetwork, secretKey: SecretKey, behaviour: Behaviour = "honest") {
    this.#network = network;
    this.secretKey = secretKey;
    this.publicKey = publicKeyOf(secretKey);
    this.hex = publicKeyToHex(this.publicKey);
    this.behaviour = behaviour;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, on the same port as before if it ran already; does nothing when it runs. */
  async start(): Promise<void> {
    if (this.#server) return;
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("error", () => undefined);
      request.on("end", () => this.#serve(request, response, Buffer.concat(chunks).toString()));
    };
    const server = createServer(listener);
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    // A port that was ours a moment ago: a connection to it is refused.
    if (this.behaviour === "refusing") await this.stop();
  }

  /** Connections open now. */
  async connections(): Promise<number> {
    const server = this.#server;
    if (!server) return 0;
    return new Promise((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse, body: string): void {
    this.served++;
    if (request.url === "/v1/info") {
      const told: Partial<Record<Behaviour, number>> = { lying: Number.MAX_SAFE_INTEGER, backdating: 1 };
      const height = told[this.behaviour] ?? this.#network.height;
      return json(response, 200, { version: "test", height, blsPubkey: this.hex });
    }
    if (request.url === "/json_rpc" && this.#network.departed) {
      return json(response, 200, { jsonrpc: "2.0", id: 0, result: this.#list(body) });
    }
    // What a node is asked besides signatures it has no answer to.
    if (!/^\/v1\/(rewards?|exit|liquidate)$/.test(request.url ?? ""))
      return json(response, 404, { error: "not-found" });
    this.toSign++;
    const answer = this.#answers[this.behaviour] ?? this.#honest;
    if (this.delayMs > 0) setTimeout(() => answer(request, response, body), this.delayMs);
    else answer(request, response, body);
  }

  #list(body: string): unknown {
    const { method } = JSON.parse(body) as { method: string };
    if (method === "get_height") return { height: this.#network.height };
    return this.#network.departed?.map(({ blsPubkey, ed25519Pubkey, since }) => ({
      service_node_pubkey: ed25519Pubkey.toString(16).padStart(64, "0"),
      height: 1,
      liquidation_height: 1,
      liquidation_timestamp: since,
      type: "deregister",
      info: { bls_public_key: blsPubkey.slice(2) },
    }));
  }

  readonly #honest: Answer = (request, response, body) => json(response, 200, this.#reply(request, body));

  readonly #answers: Partial<Record<Behaviour, Answer>> = {
    hanging: () => undefined,
    dripping: (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const timer = setInterval(() => response.write(" "), 50);
      response.on("close", () => clearInterval(timer));
    },
    flapping: (request, response, body) => {
      if (this.served % 3 === 1) return json(response, 503, { error: "busy" });
      if (this.served % 3 === 2) return void request.socket.destroy();
      this.#honest(request, response, body);
    },
    lying: (request, response, body) => json(response, 200, this.#reply(request, body, { key: this.secretKey + 1n })),
    "colluding-plus": (request, response, body) => json(response, 200, this.#reply(request, body, { offset: 1 })),
    "colluding-minus": (request, response, body) => json(response, 200, this.#reply(request, body, { offset: -1 })),
    overpaying: (request, response, body) => json(response, 200, this.#reply(request, body, { extra: 1_000_000_000n })),
    replaying: (request, response, body) => json(response, 200, this.#reply(request, body, { ago: 10 })),
    "other-question": (request, response, body) => {
      const parsed = JSON.parse(body) as Record<string, unknown>;
      const other = `0x${"ab".repeat(20)}`;
      if ("recipient" in parsed) parsed["recipient"] = other;
      if ("recipients" in parsed) parsed["recipients"] = (parsed["recipients"] as string[]).map(() => other);
      if ("blsPubkey" in parsed) parsed["blsPubkey"] = this.hex;
      json(response, 200, this.#reply(request, JSON.stringify(parsed)));
    },
    posing: (request, response, body) =>
      json(response, 200, this.#reply(request, body, { signer: this.poseAs ?? this.hex })),
    "posing-overpaying": (request, response, body) =>
      json(response, 200, this.#reply(request, body, { signer: this.poseAs ?? this.hex, extra: 1n })),
    garbage: (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x7b]));
    },
    "not-http": (request) => void request.socket.end("SSH-2.0-OpenSSH_9.9\r\n"),
    megabytes: (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(Buffer.alloc(8 * 1024 * 1024, 0x20));
    },
    endless: (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const chunk = Buffer.alloc(16_384, 0x5b);
      const timer = setInterval(() => response.write(chunk), 1);
      response.on("close", () => clearInterval(timer));
    },
    deep: (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end("[".repeat(60_000));
    },
    "non-canonical": (request, response, body) =>
      json(response, 200, this.#reply(request, body, { encode: nonCanonical })),
    "off-curve": (request, response, body) =>
      json(response, 200, this.#reply(request, body, { encode: (s) => `${signatureToHex(s).slice(0, -2)}00` })),
    "out-of-subgroup": (request, response, body) =>
      json(response, 200, this.#reply(request, body, { encode: () => OUT_OF_SUBGROUP })),
    infinity: (request, response, body) =>
      json(response, 200, this.#reply(request, body, { encode: () => `0x${"0".repeat(256)}` })),
    "two-faced": (request, response, body) =>
      json(response, 200, this.#reply(request, body, this.served % 2 === 1 ? {} : { key: this.secretKey + 1n })),
    behind: (request, response, body) => {
      if (this.served <= 2) return json(response, 410, { error: "height-not-available", message: "not yet" });
      this.#honest(request, response, body);
    },
    "nothing-new": (_request, response) =>
      json(response, 403, { error: "nothing-to-sign", message: "the contract has 0 on record" }),
    unwilling: (_request, response) => json(response, 403, { error: "not-eligible", message: "no \x1b[31mrights" }),
    redirecting: (_request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/v1/reward" });
      response.end();
    },
    resetting: (request) => void request.socket.resetAndDestroy(),
  };

  #reply(request: IncomingMessage, body: string, twist: Twist = {}): Record<string, unknown> {
    const { tags } = this.#network;
    const signer = twist.signer ?? this.hex;
    const parsed = JSON.parse(body) as {
      recipient: string;
      recipients: string[];
      height: number | "latest";
      blsPubkey: string;
      timestamp: number;
    };
    const kind = request.url?.replace("/v1/", "") ?? "";
    if (kind === "exit" || kind === "liquidate") {
      const timestamp = parsed.timestamp - (twist.ago ?? 0);
      const build = kind === "exit" ? exitMessage : liquidateMessage;
      const message = build(tags, { publicKey: publicKeyFromHex(parsed.blsPubkey), timestamp });
      return { blsPubkey: parsed.blsPubkey, timestamp, ...this.#signed(message, twist), signer };
    }
    const height = (parsed.height === "latest" ? this.#network.height : parsed.height) - (twist.ago ?? 0);
    const one = (recipient: string) => {
      const amount = this.#network.amountOf(recipient, height) + (twist.extra ?? 0n);
      const message = rewardMessage(tags, { recipient, amount });
      return { recipient, amount: amount.toString(), ...this.#signed(message, twist) };
    };
    if (kind === "reward") return { ...one(parsed.recipient), height, blsPubkey: signer, signer };
    return { height, rewards: parsed.recipients.map(one), blsPubkey: signer, signer };
  }

  #signed(message: Uint8Array, twist: Twist): { message: string; signature: string } {
    const hash = hashOf(message, this.#network.tags);
    const key = twist.key ?? this.secretKey;
    const name = `${key} ${hexFromBytes(message)}`;
    let signature = this.#cache.get(name) ?? signHash(hash, key);
    this.#cache.set(name, signature);
    if (twist.offset === 1) signature = signature.add(hash);
    if (twist.offset === -1) signature = signature.subtract(hash);
    return { message: hexFromBytes(message), signature: (twist.encode ?? signatureToHex)(signature) };
  }
}

interface Twist {
  key?: SecretKey;
  offset?: 1 | -1;
  extra?: bigint;
  ago?: number;
  signer?: string;
  encode?: (signature: Signature) => string;
}

const hashes = new Map<string, Signature>();

/** Hashing is the slow part, and all nodes of a test sign the same few messages. */
export function hashOf(message: Uint8Array, tags: Tags): Signature {
  const id = hexFromBytes(message);
  let hash = hashes.get(id);
  if (!hash) {
    hash = hashToG2(message, tags.hashToG2);
    hashes.set(id, hash);
  }
  return hash;
}

export function nonCanonical(signature: Signature): string {
  const { sigs0, sigs1, sigs2, sigs3 } = signatureToParams(signature);
  return `0x${[sigs0, sigs1, sigs2, sigs3 + FIELD_ORDER].map((word) => word.toString(16).padStart(64, "0")).join("")}`;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Deterministic secret key number `index`. */
export function secretKeyAt(index: number): SecretKey {
  return importSecretKey(`0x${(0x5e5510n * 2n ** 64n + BigInt(index) + 1n).toString(16).padStart(64, "0")}`);
}

/** The set that a contract with these nodes, ids from 1, would have. */
export function setOf(nodes: readonly { publicKey: PublicKey; hex: string }[], block = 100, firstId = 1n): NodeSet {
  const entries = nodes.map((node, i) => ({
    id: firstId + BigInt(i),
    publicKey: node.publicKey,
    hex: node.hex as `0x${string}`,
  }));
  return {
    block,
    timestamp: 1_780_000_000,
    nodes: entries,
    byKey: new Map(entries.map((entry) => [entry.hex, entry])),
    aggregatePublicKey: aggregatePublicKeys(entries.map((entry) => entry.publicKey)),
    nonSignerThreshold: Math.floor(entries.length / 3),
  };
}

/** Starts one node for each behaviour. */
export async function startNodes(network: ChaosNetwork, behaviours: readonly Behaviour[]): Promise<ChaosNode[]> {
  const nodes = behaviours.map((behaviour, i) => new ChaosNode(network, secretKeyAt(i), behaviour));
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}
