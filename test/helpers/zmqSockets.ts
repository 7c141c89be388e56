/** Plain ZeroMQ sockets, to play the other side of our client and server with: real ones, on loopback. */
import type { Socket } from "node:net";
import type * as zeromq from "zeromq";
import { generateCurveKeys, z85Encode } from "../../src/omq/curveKeys.ts";
import type { CurveKeys } from "../../src/omq/index.ts";
import { loadZeroMq } from "../../src/omq/zeromq.ts";

/** A listener that does what `answer` says: given a message's frames, it sends those given back, in order. */
export interface RawListener {
  /** With the key, where there is one. */
  url: string;
  port: number;
  /** Messages that came, without the routing id. */
  received: string[][];
  socket: zeromq.Router;
  /** Sends to the connection that sent last. */
  push(frames: (string | Uint8Array)[]): Promise<void>;
  close(): void;
}

type Answer = (frames: Buffer[]) => (string | Uint8Array)[][];

/** `curve`: with keys of its own; `open`: without. `port`: one that was used before. */
export async function rawListener(
  answer: Answer,
  options: { curve?: boolean; keys?: CurveKeys; port?: number; maxMessageSize?: number; path?: string } = {},
): Promise<RawListener> {
  const { lib, context } = await loadZeroMq();
  const keys = options.curve === false ? undefined : (options.keys ?? generateCurveKeys());
  const socket = new lib.Router({
    context,
    linger: 0,
    sendHighWaterMark: 0,
    ...(options.maxMessageSize === undefined ? {} : { maxMessageSize: options.maxMessageSize }),
    ...(keys ? { curveServer: true, curveSecretKey: z85Encode(keys.secretKey) } : {}),
  });
  await socket.bind(options.path === undefined ? `tcp://127.0.0.1:${options.port ?? "*"}` : `ipc://${options.path}`);
  const endpoint = socket.lastEndpoint as string;
  const received: string[][] = [];
  let last: Buffer | undefined;
  const serve = async (): Promise<void> => {
    for await (const [route, ...frames] of socket) {
      last = route;
      received.push(frames.map((frame) => frame.toString("latin1")));
      for (const reply of answer(frames)) await socket.send([route as Buffer, ...(reply as Buffer[])]);
    }
  };
  void serve();
  return {
    url: keys ? `${endpoint.replace("tcp:", "curve:")}/${Buffer.from(keys.publicKey).toString("hex")}` : endpoint,
    port: Number(endpoint.split(":").at(-1)),
    received,
    socket,
    push: (frames) => socket.send([last as Buffer, ...(frames as Buffer[])]),
    close: () => socket.close(),
  };
}

/** A DEALER connected to a listener, as the vendor's clients are. */
export async function rawDealer(
  url: string,
  serverKey?: Uint8Array,
  options: { routingId?: string; maxMessageSize?: number } = {},
): Promise<{
  send(frames: (string | Uint8Array)[]): Promise<void>;
  /** The next message; undefined when none comes within `ms`. */
  receive(ms?: number): Promise<string[] | undefined>;
  close(): void;
}> {
  const { lib, context } = await loadZeroMq();
  const keys = generateCurveKeys();
  const socket = new lib.Dealer({
    context,
    linger: 0,
    ...options,
    ...(serverKey
      ? {
          curveServerKey: z85Encode(serverKey),
          curvePublicKey: z85Encode(keys.publicKey),
          curveSecretKey: z85Encode(keys.secretKey),
        }
      : {}),
  });
  socket.connect(url);
  return {
    send: (frames) => socket.send(frames as Buffer[]),
    async receive(ms = 5_000) {
      socket.receiveTimeout = ms;
      try {
        return (await socket.receive()).map((frame) => frame.toString("latin1"));
      } catch (error) {
        if ((error as { code?: string }).code === "EAGAIN") return undefined;
        throw error;
      }
    },
    close: () => socket.close(),
  };
}

/**
 * The other side by hand, without CURVE: sends frames of one message and never its last one.
 *
 * @returns bytes sent until it was dropped; half a billion when nobody minds
 */
export function endlessMessage(socket: Socket, type: "DEALER" | "ROUTER"): Promise<number> {
  const greeting = Buffer.alloc(64);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
  greeting.write("NULL", 12);
  const ready = Buffer.from(`\x05READY\x0bSocket-Type\0\0\0\x06${type}`, "latin1");
  const frame = Buffer.alloc(9 + 100_000, 0x61);
  // Long, and more to come.
  frame[0] = 0x03;
  frame.writeBigUInt64BE(100_000n, 1);
  let sent = 0;
  let heard = 0;
  return new Promise((resolve) => {
    const go = (): void => {
      do sent += frame.length;
      while (socket.write(frame) && sent < 500_000_000);
      if (sent >= 500_000_000) socket.destroy();
    };
    socket
      .on("error", () => undefined)
      .on("drain", () => heard > greeting.length && go())
      .on("close", () => resolve(sent))
      // The other side's greeting and READY come first.
      .on("data", (bytes) => {
        const before = heard;
        heard += bytes.length;
        if (before <= greeting.length && heard > greeting.length) go();
      });
    socket.write(Buffer.concat([greeting, Buffer.of(0x04, ready.length), ready]));
  });
}

/** A time in which nothing is to happen: long for loopback. */
export const QUIET_MS = 150;
