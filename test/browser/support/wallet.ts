import type { JsonRpcProvider } from "ethers";
import { toBeHex, Wallet } from "ethers";
import type { BrowserContext, Page } from "playwright-core";

/** How the wallet answers what needs a person. */
export type Mood = "willing" | "refusing" | "locked" | "silent";

interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

/** What a page sends along when it asks. */
interface Transaction {
  from: string;
  to: string;
  data: string;
  value?: string;
  gas?: string;
  chainId?: string;
}

/**
 * A wallet for tests: announces itself by EIP-6963, holds real keys, signs, and sends over JSON-RPC. It answers like the wallets that
 * people use, errors included.
 */
export class TestWallet {
  readonly name: string;
  readonly rdns: string;
  mood: Mood = "willing";
  chainId = 31_337;
  connected = false;
  /** Selectors that contracts do not have, as seen through it. */
  lacks: readonly string[] = [];
  /** Its endpoint's receipts do not say how a transaction ended. */
  withoutStatus = false;
  /** Chains that it does not know, and those that it was told of. */
  readonly unknown = new Set<number>();
  readonly added: object[] = [];
  #held: Promise<void> | undefined;
  /** What it was asked, by method. */
  readonly asked: string[] = [];
  /** Transactions that it sent. */
  readonly sent: string[] = [];
  /** What happens in it between an answer and the page's hearing of it. */
  after: ((method: string) => Promise<void>) | undefined;
  readonly #provider: JsonRpcProvider;
  #keys: string[];
  #pages: Page[] = [];

  constructor(name: string, provider: JsonRpcProvider, ...keys: string[]) {
    this.name = name;
    this.rdns = `test.${name.toLowerCase().replaceAll(" ", "-")}`;
    this.#provider = provider;
    this.#keys = keys;
  }

  get address(): string {
    return new Wallet(this.#keys[0] ?? "").address;
  }

  get key(): string {
    return this.#keys[0] ?? "";
  }

  /** Another account, and no word of it to the page: some wallets do. */
  setKeysSilently(other: TestWallet): void {
    this.#keys = other.#keys;
  }

  /** The person takes their time with what is asked next, until the returned function is called. */
  hold(): () => void {
    let go: () => void = () => undefined;
    this.#held = new Promise((resolve) => (go = resolve));
    return () => {
      this.#held = undefined;
      go();
    };
  }

  /** The person chooses another account in the wallet. */
  async choose(...keys: string[]): Promise<void> {
    this.#keys = keys;
    await this.#emit("accountsChanged", keys.length === 0 ? [] : [this.address.toLowerCase()]);
  }

  async goTo(chainId: number, silently = false): Promise<void> {
    this.chainId = chainId;
    if (!silently) await this.#emit("chainChanged", toBeHex(chainId).replace(/^0x0+/, "0x"));
  }

  async #emit(event: string, value: unknown): Promise<void> {
    const message = JSON.stringify({ rdns: this.rdns, event, value });
    await Promise.all(this.#pages.map((page) => page.evaluate(`globalThis.__walletEvent(${message})`)));
  }

  attach(page: Page): void {
    this.#pages.push(page);
    page.on("close", () => (this.#pages = this.#pages.filter((other) => other !== page)));
  }

  async request(method: string, params: unknown[]): Promise<unknown> {
    this.asked.push(method);
    const answer = await this.#answer(method, params);
    await this.after?.(method);
    return answer;
  }

  async #answer(method: string, params: unknown[]): Promise<unknown> {
    switch (method) {
      case "eth_requestAccounts":
        await this.#person();
        this.connected = true;
        return this.#accounts();
      case "eth_accounts":
        return this.connected ? this.#accounts() : [];
      case "eth_chainId":
        return `0x${this.chainId.toString(16)}`;
      case "net_version":
        return String(this.chainId);
      case "wallet_switchEthereumChain": {
        await this.#person();
        const [{ chainId }] = params as [{ chainId: string }];
        if (this.unknown.has(Number(chainId))) throw rpcError(4902, "Unrecognized chain ID.");
        await this.goTo(Number(chainId));
        return null;
      }
      case "wallet_addEthereumChain": {
        await this.#person();
        const [chain] = params as [{ chainId: string }];
        this.added.push(chain);
        this.unknown.delete(Number(chain.chainId));
        return null;
      }
      case "eth_sendTransaction": {
        await this.#person();
        return this.#send((params as [Transaction])[0]);
      }
      case "eth_signTypedData_v4": {
        await this.#person();
        return this.#signTypedData(params as [string, string]);
      }
      default:
        // Another chain has none of the contracts and transactions: what is asked there finds nothing.
        if (this.chainId !== 31_337 && method === "eth_call") return "0x";
        if (this.chainId !== 31_337 && method.startsWith("eth_getTransaction")) return null;
        return this.#read(method, params);
    }
  }

  async #read(method: string, params: unknown[]): Promise<unknown> {
    const { data = "" } = (params[0] ?? {}) as { data?: string };
    if (method === "eth_call" && this.lacks.some((selector) => data.startsWith(selector)))
      throw Object.assign(rpcError(3, "execution reverted"), { data: "0x" });
    const answer: unknown = await this.#provider.send(method, params);
    if (method === "eth_getTransactionReceipt" && answer && this.withoutStatus) return { ...answer, status: null };
    if (method !== "eth_getCode") return answer;
    return this.lacks.reduce(
      (code, selector) => code.replaceAll(`63${selector.slice(2)}`, "6300000000"),
      String(answer),
    );
  }

  #accounts(): string[] {
    return this.#keys.map((key) => new Wallet(key).address.toLowerCase());
  }

  /** What a person does before the window of the wallet. */
  async #person(): Promise<void> {
    if (this.mood === "silent") await new Promise(() => undefined);
    await this.#held;
    if (this.mood === "refusing") throw rpcError(4001, "User rejected the request.");
    if (this.mood === "locked") throw rpcError(-32_603, "Ledger device: Locked device (0x5515)");
  }

  async #send({ from, to, data, value, gas, chainId }: Transaction): Promise<string> {
    const wallet = new Wallet(this.#keys[0] ?? "", this.#provider);
    if (from.toLowerCase() !== wallet.address.toLowerCase()) throw rpcError(4100, "This account is not authorized.");
    if (chainId !== undefined && Number(chainId) !== this.chainId) throw rpcError(-32_602, "Another chain was meant.");
    const response = await wallet.sendTransaction({
      to,
      data,
      value: value ?? 0,
      ...(gas === undefined ? {} : { gasLimit: BigInt(gas) }),
    });
    this.sent.push(response.hash);
    return response.hash;
  }

  async #signTypedData([from, text]: [string, string]): Promise<string> {
    const wallet = new Wallet(this.#keys[0] ?? "");
    if (from.toLowerCase() !== wallet.address.toLowerCase()) throw rpcError(4100, "This account is not authorized.");
    const { domain, types, message } = JSON.parse(text) as {
      domain: Record<string, unknown>;
      types: Record<string, { name: string; type: string }[]>;
      message: Record<string, unknown>;
    };
    const { EIP712Domain: _, ...rest } = types;
    return wallet.signTypedData(domain, rest, message);
  }
}

function rpcError(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * Puts wallets into every page of a context, in the order in which they announce themselves.
 *
 * @param late - They do when `__announceWallets()` is called.
 */
export async function installWallets(
  context: BrowserContext,
  wallets: readonly TestWallet[],
  late = false,
): Promise<void> {
  await context.exposeFunction(
    "__walletRequest",
    async (rdns: string, method: string, params: unknown[]): Promise<{ result?: unknown; error?: RpcError }> => {
      try {
        return { result: await wallets.find((wallet) => wallet.rdns === rdns)?.request(method, params) };
      } catch (error) {
        return { error: toRpcError(error) };
      }
    },
  );
  const infos = wallets.map(({ name, rdns }, i) => ({ name, rdns, uuid: `00000000-0000-4000-8000-00000000000${i}` }));
  await context.addInitScript({ content: `(${INJECTED})(${JSON.stringify(infos)}, ${late});` });
  context.on("page", (page) => wallets.forEach((wallet) => wallet.attach(page)));
}

/** What a node's refusal looks like after it went through a wallet: revert data stay in it. */
function toRpcError(error: unknown): RpcError {
  const at = error as {
    code?: unknown;
    message?: string;
    error?: RpcError;
    info?: { error?: RpcError };
    data?: unknown;
  };
  const inner = at.error ?? at.info?.error;
  if (inner) return { code: inner.code, message: inner.message, data: inner.data };
  return {
    code: typeof at.code === "number" ? at.code : -32_603,
    message: at.message ?? String(error),
    ...(at.data === undefined ? {} : { data: at.data }),
  };
}

const ICON = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><rect width='8' height='8' rx='2' fill='%23666'/></svg>`;

/** Runs in the page, before anything of the page does. */
const INJECTED = `(infos, late) => {
  const providers = new Map();
  const starts = [];
  for (const info of infos) {
    const listeners = new Map();
    const provider = {
      async request({ method, params }) {
        const { result, error } = await globalThis.__walletRequest(info.rdns, method, params ?? []);
        if (error) throw Object.assign(new Error(error.message), error);
        return result;
      },
      on(event, listener) { listeners.set(event, [...(listeners.get(event) ?? []), listener]); },
      removeListener(event, listener) {
        listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener));
      },
      emit(event, value) { for (const listener of listeners.get(event) ?? []) listener(value); },
    };
    providers.set(info.rdns, provider);
    const detail = Object.freeze({ info: Object.freeze({ ...info, icon: "data:image/svg+xml,${ICON.replaceAll('"', '\\"')}" }), provider });
    const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    starts.push(() => {
      addEventListener("eip6963:requestProvider", announce);
      announce();
    });
  }
  globalThis.__announceWallets = () => starts.forEach((start) => start());
  if (!late) __announceWallets();
  // The old way, taken by whichever wallet was loaded last: a trap for pages that use it.
  globalThis.ethereum = { request() { throw new Error("window.ethereum is nobody's"); }, on() {} };
  globalThis.__walletEvent = ({ rdns, event, value }) => providers.get(rdns)?.emit(event, value);
}`;
