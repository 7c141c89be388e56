import { batch, computed, effect, signal } from "@preact/signals";
import type { EIP1193Provider, EIP6963ProviderDetail } from "mipd";
import { createStore } from "mipd";
import { config } from "./config.ts";
import type { Connection, Eip1193, WalletInfo } from "./connection.ts";
import type { Config } from "./schemas.ts";
import { PageError } from "./trouble.ts";

export type { Connection, Eip1193, WalletInfo } from "./connection.ts";

const REMEMBERED = "session-staking.wallet";
const store = createStore();

/** Wallets that announced themselves (EIP-6963); never `window.ethereum`, which is whichever wallet was loaded last. */
export const wallets = signal<readonly WalletInfo[]>(store.getProviders().map(toInfo));
store.subscribe((details) => {
  wallets.value = details.map(toInfo);
});

export const connection = signal<Connection | undefined>(undefined);
/** An address to look at and to make batch files for, without its key: a Safe, or anybody's. */
export const acting = signal<string | undefined>(undefined);
/** Whose figures are shown. */
export const account = computed(() => acting.value ?? connection.value?.account);
/** Whether the wallet at hand can send as {@link account}. */
export const canSign = computed(() => connection.value !== undefined && account.value === connection.value.account);
export const wrongChain = computed(() => {
  const chainId = config.value?.chainId;
  return connection.value !== undefined && chainId !== undefined && connection.value.chainId !== chainId;
});
/** Account, wallet and chain in one word: what was made for another one is neither shown nor sent. */
export const identity = computed(() => {
  const { wallet, chainId } = connection.value ?? {};
  return `${wallet?.id} ${chainId} ${account.value}`;
});
/** Why the last connection ended, or was not made. */
export const notice = signal<string | undefined>(undefined);

function toInfo({ info, provider }: EIP6963ProviderDetail): WalletInfo {
  // Only images that the wallet brought along: an address would be a request to a third party.
  const icon = /^data:image\/(svg\+xml|png|webp|gif|jpeg)[;,]/.test(info.icon) ? info.icon : "";
  return { id: info.rdns, name: info.name.slice(0, 40), icon, provider: provider as EIP1193Provider as Eip1193 };
}

let listening: (() => void) | undefined;

/** Asks the wallet for its account. */
export async function connect(wallet: WalletInfo, silent = false): Promise<void> {
  const accounts = await wallet.provider.request({ method: silent ? "eth_accounts" : "eth_requestAccounts" });
  const chain = await wallet.provider.request({ method: "eth_chainId" });
  const [first] = accounts as string[];
  if (first === undefined) {
    if (silent) return;
    throw new PageError(
      "no-account",
      `${wallet.name} gave no account.`,
      "Unlock it and allow this page one of its accounts.",
    );
  }
  const { checksum } = await import("./chain.ts");
  // Remembered from the last visit, and the visitor has chosen another meanwhile.
  if (silent && connection.value) return;
  listen(wallet, checksum);
  batch(() => {
    notice.value = undefined;
    acting.value = undefined;
    connection.value = { wallet, account: checksum(first), chainId: Number(chain) };
  });
  remember(wallet.id);
}

/** Forgets the wallet and every figure of its account. */
export function disconnect(why?: string): void {
  listening?.();
  listening = undefined;
  batch(() => {
    connection.value = undefined;
    acting.value = undefined;
    notice.value = why;
  });
  remember(undefined);
}

function listen(wallet: WalletInfo, checksum: (address: string) => string): void {
  listening?.();
  const { provider } = wallet;
  const mine = () => connection.value?.wallet === wallet;
  const onAccounts = (accounts: string[]) => {
    if (!mine()) return;
    const [first] = accounts;
    if (first === undefined) disconnect(`${wallet.name} has locked itself, or withdrawn the account.`);
    else
      batch(() => {
        acting.value = undefined;
        connection.value = { ...(connection.value as Connection), account: checksum(first) };
      });
  };
  const onChain = (chainId: string | number) => {
    if (mine()) connection.value = { ...(connection.value as Connection), chainId: Number(chainId) };
  };
  const onDisconnect = () => {
    if (mine()) disconnect(`${wallet.name} has ended the connection.`);
  };
  provider.on?.("accountsChanged", onAccounts);
  provider.on?.("chainChanged", onChain);
  provider.on?.("disconnect", onDisconnect);
  listening = () => {
    provider.removeListener?.("accountsChanged", onAccounts);
    provider.removeListener?.("chainChanged", onChain);
    provider.removeListener?.("disconnect", onDisconnect);
  };
}

/** EIP-3326's code, which some wallets wrap into an internal error. */
function isUnknownChain(error: unknown): boolean {
  const { code, data } = error as { code?: unknown; data?: { originalError?: { code?: unknown } } };
  return code === 4902 || data?.originalError?.code === 4902;
}

async function addChain({ name, provider }: WalletInfo, to: Config, chainId: string): Promise<void> {
  const { publicPlaces } = await import("./chain.ts");
  const known = publicPlaces(to.chainId);
  const rpcUrl = to.rpcUrl ?? known.rpcUrl;
  if (rpcUrl === undefined) {
    throw new PageError(
      "unknown-chain",
      `${name} does not know ${to.chainName}, and this service names no endpoint for it.`,
      `Add the chain ${to.chainId} in the wallet by hand, then switch.`,
    );
  }
  const explorer = to.explorer ?? known.explorer;
  const chain = {
    chainId,
    chainName: to.chainName,
    rpcUrls: [rpcUrl],
    nativeCurrency: { name: to.nativeSymbol, symbol: to.nativeSymbol, decimals: 18 },
    ...(explorer === undefined ? {} : { blockExplorerUrls: [explorer] }),
  };
  await provider.request({ method: "wallet_addEthereumChain", params: [chain] });
}

/** Asks the wallet to go to the network of this page. */
export async function switchChain(): Promise<void> {
  const at = connection.value;
  const to = config.value;
  if (!at || !to) return;
  const chainId = `0x${to.chainId.toString(16)}`;
  try {
    await at.wallet.provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  } catch (error) {
    if (!isUnknownChain(error)) throw error;
    await addChain(at.wallet, to, chainId);
    // Some wallets add it and stay where they are.
    await at.wallet.provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
  }
  const now = await at.wallet.provider.request({ method: "eth_chainId" });
  if (connection.value?.wallet === at.wallet) connection.value = { ...connection.value, chainId: Number(now) };
}

/**
 * The wallet as it is at this moment, asked and not remembered: it may have changed without saying so.
 *
 * @throws PageError when account or chain are not those of `expected`
 */
export async function requireUnchanged(expected: Connection): Promise<void> {
  const { provider, name } = expected.wallet;
  const [accounts, chain] = await Promise.all([
    provider.request({ method: "eth_accounts" }) as Promise<string[]>,
    provider.request({ method: "eth_chainId" }),
  ]);
  const current = accounts[0]?.toLowerCase();
  if (current !== expected.account.toLowerCase() || connection.value?.account !== expected.account) {
    throw new PageError(
      "account-changed",
      `${name} is on another account now than when this was prepared.`,
      "Go back to that account, or start again with this one.",
    );
  }
  if (Number(chain) !== expected.chainId || Number(chain) !== config.value?.chainId) {
    throw new PageError(
      "chain-changed",
      `${name} is on chain ${Number(chain)} now, not on ${config.value?.chainName ?? "the right one"}.`,
      "Switch it back; nothing was sent.",
    );
  }
}

function remember(id: string | undefined): void {
  try {
    if (id === undefined) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, id);
  } catch {
    // Storage may be forbidden: then the visitor connects again.
  }
}

/** Once the remembered wallet announces itself: its account, if it still gives it without asking. */
export function reconnect(): void {
  let id: string | null = null;
  try {
    id = localStorage.getItem(REMEMBERED);
  } catch {
    return;
  }
  if (id === null) return;
  const stop = effect(() => {
    const wallet = wallets.value.find((candidate) => candidate.id === id);
    if (!wallet) return;
    queueMicrotask(() => stop());
    void connect(wallet, true).catch(() => undefined);
  });
}
