import { bytesFromHex } from "../bls/index.ts";
import type { BtDict, OmqFailure, OmqOutcome, Part } from "../omq/index.ts";
import { btDecodeDict, btEncode, OmqClient, OmqError } from "../omq/index.ts";
import { CollectError } from "./errors.ts";
import type { Failure, Success } from "./failure.ts";
import { failure, shorten } from "./failure.ts";
import type { NodeEndpoint } from "./nodes.ts";
import { echo, Offence } from "./offence.ts";
import type { PreparedRequest } from "./request.ts";
import type { AskLimits, Claims, Question, Wire } from "./wire.ts";

/** What one request of a question brought: a dictionary, nothing of it checked; or that there is nothing to sign. */
type Answer = BtDict | "not-bt-encoded" | "nothing";

/** Bytes of an honest reply: some 230. */
const MAX_BYTES = 4_096;

/** A request costs no socket and little else, and the client itself makes its handshakes in waves. */
const MAX_NODES_AT_ONCE = 2_000;

/** Requests in flight, of some 8 kB each: a batch asks each node once a recipient. */
const MAX_IN_FLIGHT = 10_000;

/**
 * OxenMQ, as the nodes of the live network speak it: the commands of the `bls` category. A batch is one request a recipient, all on
 * one connection. Replies name no signer: who holds the key of the address is the node, and its BLS key must be known beforehand.
 */
export class OmqWire implements Wire {
  readonly #client: OmqClient;
  readonly #own: boolean;

  /** @param client - One's own; it is not closed then. */
  constructor(client?: OmqClient) {
    this.#client = client ?? new OmqClient();
    this.#own = client === undefined;
  }

  async ready(): Promise<void> {
    try {
      await this.#client.ready();
    } catch (cause) {
      if (cause instanceof OmqError) throw new CollectError("unavailable", cause.message, {}, cause);
      throw cause;
    }
  }

  expect(nodes: number): void {
    this.#client.expect(nodes);
  }

  signing(prepared: PreparedRequest): Question {
    const { command, requests } = encode(prepared);
    return {
      requests: requests.length,
      concurrency: Math.min(MAX_NODES_AT_ONCE, Math.max(1, Math.floor(MAX_IN_FLIGHT / requests.length))),
      ask: (endpoint, limits) => this.#ask(endpoint, command, requests, limits),
      read: (body, endpoint) => read(body as readonly Answer[], prepared, endpoint),
    };
  }

  async close(): Promise<void> {
    if (this.#own) await this.#client.close();
  }

  async #ask(
    { url }: NodeEndpoint,
    command: string,
    requests: readonly Uint8Array[],
    limits: AskLimits,
  ): Promise<Success | Failure> {
    const one = async (request: Part) =>
      judge(await this.#client.request(url, command, [request], { ...limits, maxBytes: MAX_BYTES }));
    const [single, ...others] = requests as [Uint8Array, ...Uint8Array[]];
    if (others.length === 0) {
      const answer = await one(single);
      if (answer === "nothing") return failure("nothing-to-sign", "no rewards", false);
      return isFailure(answer) ? answer : { ok: true, body: [answer] };
    }
    const answers = await Promise.all(requests.map(one));
    const found = answers.some((answer) => !isFailure(answer));
    const body: Answer[] = [];
    for (const answer of answers) {
      if (!isFailure(answer)) body.push(answer);
      // 410 is also what an address without rewards gets; that the height is there, the other recipients show.
      else if (found && answer.reason === "height-not-available") body.push("nothing");
      else return answer;
    }
    return body.every((answer) => answer === "nothing")
      ? failure("nothing-to-sign", "no rewards", false)
      : { ok: true, body };
  }
}

function encode(prepared: PreparedRequest): { command: string; requests: Uint8Array[] } {
  const { request, recipients, departing } = prepared;
  if (departing) {
    const command = request.kind === "exit" ? "bls.get_exit" : "bls.get_liquidation";
    const { hex, timestamp } = departing;
    return { command, requests: [btEncode({ bls_pubkey: bytesFromHex(hex), timestamp })] };
  }
  const { height } = request as { height?: unknown };
  if (typeof height !== "number")
    throw new CollectError("bad-request", "OxenMQ has no way to ask for the newest height.");
  return {
    command: "bls.get_rewards",
    requests: recipients.map((recipient) => btEncode({ address: bytesFromHex(recipient), height })),
  };
}

const STATUS_REASON = { "400": "malformed", "403": "not-eligible", "410": "height-not-available" } as const;

/** Status and data of a reply; a refusal is a failure. */
function judge(outcome: OmqOutcome): Answer | Failure {
  if (!outcome.ok) return toFailure(outcome);
  const [status, data] = outcome.parts;
  const code = text(status);
  if (code !== "200") {
    const reason = Object.hasOwn(STATUS_REASON, code)
      ? STATUS_REASON[code as keyof typeof STATUS_REASON]
      : "http-error";
    // A node that is a block behind catches up within seconds, and one that is busy may find the time.
    return failure(
      reason,
      text(data) || `status ${code}`,
      reason === "height-not-available" || /^(429|5..)$/.test(code),
    );
  }
  try {
    const dict = btDecodeDict(data ?? new Uint8Array());
    return dict.get("amount") === 0n ? "nothing" : dict;
  } catch (error) {
    if (error instanceof OmqError) return "not-bt-encoded";
    throw error;
  }
}

function toFailure({ reason, detail, transient }: OmqFailure): Failure {
  return failure(reason, detail, transient);
}

function isFailure(answer: Answer | Failure): answer is Failure {
  return typeof answer === "object" && "ok" in answer;
}

function read(answers: readonly Answer[], prepared: PreparedRequest, endpoint: NodeEndpoint): Claims {
  const { request, recipients, departing } = prepared;
  const signer = endpoint.blsPubkey;
  if (signer === undefined) throw new Error("a node over OxenMQ was asked without knowing its BLS key");
  if (departing) {
    const reply = dictOf(answers[0]);
    echo(Buffer.compare(bytes(reply, "remove", 64), bytesFromHex(departing.hex)) === 0, "node");
    return { signer, amounts: [], signatures: [bytes(reply, "signature", 128)] };
  }
  const { height } = request as { height: number };
  const amounts: (bigint | undefined)[] = [];
  const signatures: Uint8Array[] = [];
  answers.forEach((answer, i) => {
    if (answer === "nothing") return void amounts.push(undefined);
    const reply = dictOf(answer);
    echo(Buffer.compare(bytes(reply, "address", 20), bytesFromHex(recipients[i] as string)) === 0, "recipient");
    echo(integer(reply, "height") === BigInt(height), "height");
    amounts.push(integer(reply, "amount"));
    signatures.push(bytes(reply, "signature", 128));
  });
  return { signer, amounts, signatures };
}

function dictOf(answer: Answer | undefined): BtDict {
  if (typeof answer === "object") return answer;
  throw new Offence("bad-shape", "reply: no bt-encoded dictionary");
}

function bytes(dict: BtDict, name: string, length: number): Uint8Array {
  const value = dict.get(name);
  if (value instanceof Uint8Array && value.length === length) return value;
  throw new Offence("bad-shape", `${name}: not ${length} bytes`);
}

function integer(dict: BtDict, name: string): bigint {
  const value = dict.get(name);
  if (typeof value === "bigint" && value >= 0n) return value;
  throw new Offence("bad-shape", `${name}: no unsigned integer`);
}

function text(part: Uint8Array | undefined): string {
  return shorten(Buffer.from(part?.subarray(0, 200) ?? []).toString("latin1"));
}
