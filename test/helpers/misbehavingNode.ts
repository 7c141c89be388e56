/**
 * Nodes that misbehave, for tests of what talks to real ones. What they get wrong on purpose is stated by their {@link Misbehaviour};
 * everything else is the real node behind a small proxy.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import {
  bytesFromHex,
  deriveTags,
  FIELD_ORDER,
  hexFromBytes,
  mapToTwist,
  signatureToHex,
} from "../../src/bls/index.ts";
import type { Hex } from "../../src/bls/index.ts";
import { createNode, createSigner } from "../../src/node/index.ts";
import type { NodeDependencies, NodeOptions, SessionNode, Signer } from "../../src/node/index.ts";

export type Misbehaviour =
  /** Listens on nothing. */
  | { kind: "dead" }
  /** Accepts connections and never answers. */
  | { kind: "silent" }
  /** Answers after `ms`. */
  | { kind: "slow"; ms: number }
  /** Answers only every `every`-th request, 503 to the others. */
  | { kind: "flapping"; every: number }
  /** Signs, but another message: the signature is a good point and a wrong one. */
  | { kind: "wrong-signature" }
  /** Claims more rewards than it computed, and signs that. */
  | { kind: "inflating"; by: bigint }
  /** Answers every question with its first answer to that path. */
  | { kind: "replaying" }
  /** Answers about somebody else. */
  | { kind: "another-question" }
  /** Bytes that are no JSON. */
  | { kind: "garbage" }
  /** An endless body. */
  | { kind: "megabytes"; bytes: number }
  /** Coordinates plus the field order. */
  | { kind: "non-canonical" }
  /** A point of the twist outside the subgroup. */
  | { kind: "out-of-subgroup" }
  /** Infinity: 128 zero bytes. */
  | { kind: "infinity" }
  /** A different good-looking signature for each time it is asked. */
  | { kind: "two-signatures" }
  /** A key in its answers that is not its own. */
  | { kind: "other-key"; blsPubkey: Hex };

export interface MisbehavingNode {
  readonly url: string;
  readonly node: SessionNode;
  /** Changes what it does, while running. */
  become(misbehaviour: Misbehaviour | undefined): void;
  stop(): Promise<void>;
}

export interface MisbehavingOptions extends NodeOptions {
  readonly misbehaviour?: Misbehaviour;
}

/** Starts a node that misbehaves; `become(undefined)` makes it honest. */
export async function startMisbehavingNode(
  options: MisbehavingOptions,
  dependencies: NodeDependencies = {},
): Promise<MisbehavingNode> {
  let misbehaviour = options.misbehaviour;
  let counter = 0;
  const first = new Map<string, { status: number; body: string }>();

  const tags = deriveTags({ chainId: options.chainId ?? 31_337, contract: options.contract });
  const honest = dependencies.signer ?? createSigner(options.keys, tags, dependencies.hashCache);
  const liar: Signer = {
    blsPubkey: honest.blsPubkey,
    proveOwnership: (operator) => honest.proveOwnership(operator),
    sign(message) {
      if (misbehaviour?.kind === "wrong-signature") return honest.sign(Uint8Array.of(...message, 1));
      if (misbehaviour?.kind === "two-signatures") return honest.sign(Uint8Array.of(...message, ++counter & 255));
      return honest.sign(message);
    },
  };
  const node = createNode(options, { ...dependencies, signer: liar });
  await node.start();

  const tamper = (text: string): string => {
    let reply: Record<string, unknown>;
    try {
      reply = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return text;
    }
    if (typeof reply.signature !== "string") return text;
    switch (misbehaviour?.kind) {
      case "inflating":
        if (typeof reply.amount !== "string") return text;
        return inflate(reply, misbehaviour.by);
      case "another-question":
        if (typeof reply.recipient === "string") reply.recipient = `0x${"77".repeat(20)}`;
        else reply.timestamp = Number(reply.timestamp) - 1;
        return JSON.stringify(reply);
      case "non-canonical":
        return JSON.stringify({ ...reply, signature: nonCanonical(reply.signature as Hex) });
      case "out-of-subgroup":
        return JSON.stringify({ ...reply, signature: strayPoint(bytesFromHex(reply.message as string)) });
      case "infinity":
        return JSON.stringify({ ...reply, signature: `0x${"0".repeat(256)}` });
      case "other-key":
        return JSON.stringify({ ...reply, blsPubkey: misbehaviour.blsPubkey, signer: misbehaviour.blsPubkey });
      default:
        return text;
    }
  };

  const inflate = (reply: Record<string, unknown>, by: bigint): string => {
    const amount = BigInt(reply.amount as string) + by;
    const original = bytesFromHex(reply.message as string);
    const message = Uint8Array.of(
      ...original.subarray(0, 52),
      ...bytesFromHex(`0x${amount.toString(16).padStart(64, "0")}`),
    );
    const forged = { amount: amount.toString(), message: hexFromBytes(message), signature: honest.sign(message) };
    return JSON.stringify({ ...reply, ...forged });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "/";
    const send = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    };

    if (misbehaviour?.kind === "silent") return;
    if (misbehaviour?.kind === "slow") await sleep(misbehaviour.ms, undefined, { ref: false });
    if (misbehaviour?.kind === "flapping" && counter++ % misbehaviour.every !== 0)
      return send(503, '{"error":"flapping"}');
    if (misbehaviour?.kind === "garbage") return send(200, "\u0000\u0001{{{not json");
    if (misbehaviour?.kind === "megabytes") {
      response.writeHead(200, { "content-type": "application/json" });
      const { bytes } = misbehaviour;
      await pipeline(function* () {
        yield '{"padding":"';
        for (let sent = 0; sent < bytes; sent += 65_536) yield "x".repeat(65_536);
        yield '"}';
      }, response);
      return;
    }
    const replay = first.get(path);
    if (misbehaviour?.kind === "replaying" && replay !== undefined) return send(replay.status, replay.body);

    const answer = await fetch(node.url + path, {
      method: request.method ?? "GET",
      headers: { "content-type": request.headers["content-type"] ?? "application/json" },
      ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
    });
    const body = tamper(await answer.text());
    if (!first.has(path)) first.set(path, { status: answer.status, body });
    send(answer.status, body);
  };

  const server: Server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  if (misbehaviour?.kind === "dead") await close();

  return {
    url: `http://127.0.0.1:${port}`,
    node,
    become(next) {
      misbehaviour = next;
      if (next?.kind === "dead") void close();
      else if (!server.listening) server.listen(port, "127.0.0.1");
    },
    async stop() {
      await Promise.all([close(), node.stop()]);
    },
  };
}

/** On the twist, and outside the subgroup: a hash whose cofactor was not cleared. */
function strayPoint(message: Uint8Array): Hex {
  return signatureToHex(mapToTwist(message, new Uint8Array(32)).point);
}

/** The same point with the field order added to its first coordinate: what a sloppy decoder would take twice. */
function nonCanonical(signature: Hex): Hex {
  const x0 = BigInt(signature.slice(0, 66)) + FIELD_ORDER;
  return `0x${x0.toString(16).padStart(64, "0")}${signature.slice(66)}`;
}
