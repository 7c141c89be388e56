import type { Dispatcher } from "undici";
import { z } from "zod";
import { askJson } from "./http.ts";
import type { NodeEndpoint } from "./nodes.ts";
import { echo, Offence } from "./offence.ts";
import { ConnectionPool } from "./pool.ts";
import type { PreparedRequest } from "./request.ts";
import type { AskLimits, Claims, Question, Wire } from "./wire.ts";

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`));
const key = hex(64);
const address = hex(20);
const signature = hex(128);
const message = z.string().regex(/^0x[0-9a-fA-F]{2,512}$/);
/** Below 2^256 in any case; the contract's own limit is what it can pay. */
const amount = z.string().regex(/^(0|[1-9][0-9]{0,76})$/);

const rewardReply = z.object({
  recipient: address,
  amount,
  height: z.number().int().nonnegative(),
  message,
  signature,
  blsPubkey: key,
});
const rewardsReply = z.object({
  height: z.number().int().nonnegative(),
  // Without a signature: the contract has that amount on record already.
  rewards: z.array(z.object({ recipient: address, amount, message, signature: signature.nullable() })),
  blsPubkey: key,
});
const departureReply = z.object({
  blsPubkey: key,
  timestamp: z.number().int().nonnegative(),
  message,
  signature,
  signer: key,
});

/** Bytes of an honest reply: some 700 for one message, 500 more for each further one. Four times that, and 64 kB at least. */
function maxBytes(recipients: number): number {
  return Math.max(65_536, 2_048 * recipients);
}

/** Enough to keep one core busy at an ordinary 200 ms a reply, while each costs a socket and some 20 kB. */
const MAX_NODES_AT_ONCE = 500;

/** HTTP, as the nodes of this project speak it: one POST of JSON a question, batches included. */
export class HttpWire implements Wire {
  readonly #ownPool: ConnectionPool | undefined;
  readonly #dispatcher: Dispatcher;

  /** @param dispatcher - A pool of one's own; it is not closed then. */
  constructor(dispatcher?: Dispatcher) {
    this.#ownPool = dispatcher ? undefined : new ConnectionPool();
    this.#dispatcher = dispatcher ?? (this.#ownPool as ConnectionPool);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  expect(nodes: number): void {
    this.#ownPool?.expect(nodes);
  }

  signing(prepared: PreparedRequest): Question {
    const limit = maxBytes(prepared.recipients.length);
    return {
      requests: 1,
      concurrency: MAX_NODES_AT_ONCE,
      ask: ({ url }, limits) => this.#ask(url + prepared.path, prepared.body, limit, limits),
      read: (body) => read(body, prepared),
    };
  }

  /** Asks a node what it says of itself. */
  info({ url }: NodeEndpoint, limits: AskLimits) {
    return this.#ask(`${url}/v1/info`, undefined, 16_384, limits);
  }

  async close(): Promise<void> {
    await this.#ownPool?.destroy();
  }

  #ask(url: string, body: string | undefined, maxBytes: number, limits: AskLimits) {
    return askJson(this.#dispatcher, url, body, { ...limits, maxBytes });
  }
}

function read(body: unknown, prepared: PreparedRequest): Claims {
  const { request, recipients } = prepared;
  if (request.kind === "reward") {
    const reply = shape(rewardReply, body);
    echo(reply.recipient.toLowerCase() === recipients[0], "recipient");
    echoHeight(reply.height, request.height);
    return {
      signer: reply.blsPubkey,
      amounts: [toAmount(reply.amount)],
      signatures: [reply.signature],
      messages: [reply.message],
    };
  }
  if (request.kind === "rewards") {
    const reply = shape(rewardsReply, body);
    const { rewards } = reply;
    echo(
      rewards.length === recipients.length &&
        rewards.every((entry, i) => entry.recipient.toLowerCase() === recipients[i]),
      "list of recipients",
    );
    echoHeight(reply.height, request.height);
    const signed = rewards.filter((entry) => entry.signature !== null);
    if (signed.length === 0) throw new Offence("bad-shape", "rewards: nothing is signed");
    return {
      signer: reply.blsPubkey,
      amounts: rewards.map((entry) => (entry.signature === null ? undefined : toAmount(entry.amount))),
      signatures: signed.map((entry) => entry.signature as string),
      messages: signed.map((entry) => entry.message),
    };
  }
  const reply = shape(departureReply, body);
  echo(reply.blsPubkey.toLowerCase() === prepared.departing?.hex, "node");
  echo(reply.timestamp === request.timestamp, "timestamp");
  return { signer: reply.signer, amounts: [], signatures: [reply.signature], messages: [reply.message] };
}

function shape<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Offence("bad-shape", `${issue?.path.join(".") || "reply"}: ${issue?.code ?? "invalid"}`);
}

function echoHeight(given: number, asked: number | "latest" | undefined): void {
  if (typeof asked === "number") echo(given === asked, "height");
}

function toAmount(text: string): bigint {
  const value = BigInt(text);
  if (value >> 256n !== 0n) throw new Offence("bad-shape", "amount: beyond 256 bits");
  return value;
}
