import { ChainError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { EndpointError } from "./endpointError.ts";

/** One call to one endpoint, with the transport's retries. */
export type AskOne = (endpoint: Endpoint, method: string, params: readonly unknown[]) => Promise<unknown>;

/** An endpoint whose newest block is older than the newest of all by more than this is behind; seconds. */
const BEHIND_SECONDS = 60;
/** How long a slow endpoint may hold up the choice once another has answered; milliseconds. */
const PATIENCE_MS = 3_000;

interface Probe {
  endpoint: Endpoint;
  chainId?: bigint;
  /** Timestamp of its newest block, unix seconds. */
  newest?: number;
  error?: unknown;
}

/** The endpoints in their order, and which of them is used. */
export class Roster {
  /** As given. */
  readonly endpoints: readonly Endpoint[];
  readonly #expected: bigint | undefined;
  #opened = false;
  /** Those that may be asked, the best first. */
  #usable: readonly Endpoint[];

  constructor(endpoints: readonly Endpoint[], chainId: bigint | undefined) {
    this.endpoints = endpoints;
    this.#usable = endpoints;
    this.#expected = chainId;
  }

  /** Whether there is a choice that was not made yet. */
  get isUnopened(): boolean {
    return this.endpoints.length > 1 && !this.#opened;
  }

  /** The one that the next call goes to. */
  current(): Endpoint {
    return this.choose(new Set());
  }

  /** The first that is not resting and has not failed this call; else the one that rests the shortest. */
  choose(failed: ReadonlySet<Endpoint>): Endpoint {
    const fresh = this.#usable.filter((endpoint) => !failed.has(endpoint));
    const candidates = fresh.length > 0 ? fresh : this.#usable;
    const ready = candidates.find(({ rest }) => rest === 0);
    return ready ?? candidates.reduce((best, one) => (one.rest < best.rest ? one : best));
  }

  hasOther(failed: ReadonlySet<Endpoint>, only: Endpoint | undefined): boolean {
    return only === undefined && this.#usable.some((endpoint) => !failed.has(endpoint));
  }

  /**
   * Asks all of them for their chain and, where there are several, for their newest block, and puts those that do well first.
   * Endpoints of another chain are never asked again; those that are silent or behind come last.
   *
   * @returns the chain's id
   */
  async open(ask: AskOne): Promise<bigint> {
    const probes = await this.#probe(ask);
    const answered = probes.filter(({ chainId }) => chainId !== undefined);
    const expected = this.#expected ?? answered[0]?.chainId;
    const right = answered.filter(({ chainId }) => chainId === expected);
    const [first] = right;
    if (first?.chainId === undefined) {
      const [wrong] = answered;
      if (wrong?.chainId !== undefined && expected !== undefined)
        throw wrongChain(wrong.endpoint, wrong.chainId, expected);
      throw silence(probes.map(({ error }) => error));
    }
    const newest = Math.max(...right.map((probe) => probe.newest ?? 0));
    const isBehind = (probe: Probe): boolean => (probe.newest ?? 0) < newest - BEHIND_SECONDS;
    const silent = probes.filter(({ chainId }) => chainId === undefined);
    this.#usable = [
      ...right.filter((probe) => !isBehind(probe)),
      ...right.filter(isBehind),
      // Whether they serve the right chain is not known: only for the case that all others fail, and checked then.
      ...silent.filter(({ error }) => !(error instanceof ChainError && error.code === "wrong-chain")),
    ].map(({ endpoint }) => endpoint);
    this.#opened = true;
    for (const { endpoint } of silent) endpoint.onFirstUse = () => this.#verify(endpoint, first.chainId as bigint, ask);
    return first.chainId;
  }

  async #verify(endpoint: Endpoint, expected: bigint, ask: AskOne): Promise<void> {
    const chainId = BigInt((await ask(endpoint, "eth_chainId", [])) as string);
    if (chainId === expected) return;
    this.#usable = this.#usable.filter((one) => one !== endpoint);
    throw wrongChain(endpoint, chainId, expected);
  }

  async #probe(ask: AskOne): Promise<Probe[]> {
    const several = this.endpoints.length > 1;
    const probes: Probe[] = this.endpoints.map((endpoint) => ({ endpoint }));
    const running = probes.map(async (probe) => {
      try {
        const [chainId, block] = await Promise.all([
          ask(probe.endpoint, "eth_chainId", []),
          several ? ask(probe.endpoint, "eth_getBlockByNumber", ["latest", false]) : undefined,
        ]);
        probe.chainId = numberOf(chainId, probe.endpoint);
        probe.newest = Number((block as { timestamp?: unknown } | undefined)?.timestamp ?? 0);
      } catch (error) {
        probe.error = error;
      }
    });
    const all = Promise.all(running);
    if (!several) await all;
    else {
      let timer: ReturnType<typeof setTimeout> | undefined;
      // Somebody that answers, then a little time for the others.
      const answered = Promise.any(
        running.map((one, i) =>
          one.then(() => (probes[i]?.chainId === undefined ? Promise.reject(new Error("silent")) : undefined)),
        ),
      );
      const enough = answered.then(
        () =>
          new Promise<void>((resolve) => {
            timer = setTimeout(resolve, PATIENCE_MS);
          }),
        () => undefined,
      );
      await Promise.race([all, enough]);
      clearTimeout(timer);
    }
    return probes.map((probe) => ({ ...probe }));
  }
}

/** Why nobody answered: the first one's error, with the others' words. */
function silence([first, ...rest]: unknown[]): unknown {
  const others = rest.filter((error) => error instanceof EndpointError);
  if (!(first instanceof EndpointError) || others.length === 0) return first;
  return first.after(first.facts.attempts ?? 1, others);
}

function numberOf(value: unknown, { host }: Endpoint): bigint {
  if (typeof value === "string" && /^(0x[0-9a-f]+|\d+)$/i.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new EndpointError({ trouble: "not-json", host, method: "eth_chainId", words: "it gives no chain id" });
}

function wrongChain({ host }: Endpoint, actual: bigint, expected: bigint): ChainError {
  return new ChainError("wrong-chain", `${host} serves chain ${actual}, but ${expected} was meant.`, {
    actual,
    expected,
  });
}
