import { setImmediate as breathe } from "node:timers/promises";
import type * as zeromq from "zeromq";
import { OmqError } from "./errors.ts";

/** The npm package, and the one context of this process that all its sockets share. */
export interface ZeroMq {
  readonly lib: typeof zeromq;
  readonly context: zeromq.Context;
}

/**
 * Sockets of the context: a client needs two for each few thousand peers, a server two; thousands of servers in one process are a
 * test's business. The package's default, 1,023, is too few for that, and a slot costs a few bytes.
 */
const MAX_SOCKETS = 16_384;

let loaded: Promise<ZeroMq> | undefined;

/**
 * Loads ZeroMQ, the first time that somebody needs it: it is a native library of 4 MB, and whoever speaks HTTP only shall neither
 * wait for it nor need it.
 *
 * @throws OmqError `unavailable` with a sentence for the user
 */
export function loadZeroMq(): Promise<ZeroMq> {
  loaded ??= loadFrom(() => import("zeromq"));
  return loaded;
}

/** {@link loadZeroMq} with the import itself given. */
export async function loadFrom(importer: () => Promise<typeof zeromq>): Promise<ZeroMq> {
  try {
    const imported = await importer();
    const lib = (imported as unknown as { default?: typeof zeromq }).default ?? imported;
    // One thread: events of one address then come in the order in which they happened (see Hub).
    return { lib, context: new lib.Context({ maxSockets: MAX_SOCKETS, blocky: false, ioThreads: 1 }) };
  } catch (cause) {
    const why = String((cause as Error).message).split("\n")[0];
    throw new OmqError(
      "unavailable",
      `ZeroMQ cannot be loaded on this machine (${process.platform} ${process.arch}: ${why}). Addresses with curve://, tcp:// and ` +
        "ipc:// need the npm package zeromq 6.8.0 and its prebuilt binary: `npm install zeromq@6.8.0`. http:// and https:// do without.",
      cause,
    );
  }
}

/**
 * Reads a socket until it is closed. The package's own iteration ends with an error when the library announces a message and then has
 * none (EAGAIN), which it does under load when a connection goes in between.
 *
 * @param take - Awaited before the next one is read, if it gives a promise.
 */
export async function readAll<T>(
  socket: { readonly closed: boolean; receive(): Promise<T> },
  take: (message: T) => Promise<void> | void,
): Promise<void> {
  while (!socket.closed) {
    let message: T;
    try {
      message = await socket.receive();
    } catch (error) {
      if (socket.closed) return;
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error;
      await breathe();
      continue;
    }
    const work = take(message);
    if (work) await work;
  }
}
