import { EndpointError } from "../../src/chain/transport/index.ts";
import type { Chain } from "./chain.ts";

/** Blocks on top of a transaction that Ignition waits for, where blocks come by themselves. */
const USUAL = 5;
/** How often it is said that something is waited for, ms. */
const TELL_MS = 10_000;

/**
 * How many blocks to wait for: on a chain that makes them on demand (Hardhat, anvil, geth in developer mode) none comes on top of the
 * last transaction, and one is all there will be.
 */
export async function confirmationsFor({ provider }: Chain, given: number | undefined): Promise<number> {
  if (given !== undefined) return given;
  for (const method of ["hardhat_getAutomine", "anvil_getAutomine"]) {
    // A chain that does not know the question does not make blocks on demand by it.
    if ((await known(provider, method)) === true) return 1;
  }
  const [client, chainId] = await Promise.all([
    known(provider, "web3_clientVersion"),
    provider.request({ method: "eth_chainId", params: [] }),
  ]);
  // The developer mode of geth says so by its chain id alone.
  return /geth/i.test(String(client)) && Number(chainId) === 1_337 ? 1 : USUAL;
}

/** What a method answers; undefined where there is none. An endpoint's trouble is neither, and is thrown. */
async function known(provider: Chain["provider"], method: string): Promise<unknown> {
  try {
    return await provider.request({ method, params: [] });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The endpoint's no to the method itself: through the transport, through a relay that tells the trouble, or from Hardhat. */
function isAbsent(error: unknown): boolean {
  const { code, data } = error as { code?: unknown; data?: { trouble?: unknown } | null };
  const trouble = error instanceof EndpointError ? error.trouble : data?.trouble;
  if (trouble !== undefined) return trouble === "unsupported" || trouble === "refused";
  return code === -32_601 || code === -32_004;
}

/** Says now and then what is waited for, with the block of now: a chain that stands still is seen to. */
export class Waiting {
  readonly #chain: Chain;
  readonly #wanted: number;
  readonly #tell: (line: string) => void;
  readonly #everyMs: number;
  #step: string | undefined;
  #since = 0;
  #block = "";
  #still = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(chain: Chain, wanted: number, tell: (line: string) => void, everyMs = TELL_MS) {
    this.#everyMs = everyMs;
    this.#chain = chain;
    this.#wanted = wanted;
    this.#tell = tell;
  }

  start(step: string): void {
    this.#step = step;
    this.#since = Date.now();
    this.#timer ??= setInterval(() => void this.#look(), this.#everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#step = undefined;
  }

  async #look(): Promise<void> {
    if (this.#step === undefined) return;
    // An endpoint that does not answer is found out by Ignition itself.
    const answer = await this.#chain.provider.request({ method: "eth_blockNumber", params: [] }).catch(() => undefined);
    const block = answer === undefined ? "no answer" : `block ${Number(answer)}`;
    this.#still = block === this.#block ? this.#still + 1 : 0;
    this.#block = block;
    const seconds = Math.round((Date.now() - this.#since) / 1_000);
    const blocks = this.#wanted === 1 ? "a block" : `${this.#wanted} blocks`;
    const hint =
      this.#still >= 3 && this.#wanted > 1
        ? "; no block comes: on a chain that makes them on demand, --confirmations 1"
        : "";
    this.#tell(`${this.#step} waits for ${blocks}, ${seconds} s, ${block}${hint}`);
  }
}
