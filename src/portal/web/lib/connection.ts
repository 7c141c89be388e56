/** What EIP-1193 asks of a wallet, as far as it is used here. */
export interface Eip1193 {
  request(args: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (value: never) => void): void;
  removeListener?(event: string, listener: (value: never) => void): void;
}

/** One installed wallet. */
export interface WalletInfo {
  id: string;
  name: string;
  icon: string;
  provider: Eip1193;
}

/** The wallet in use. */
export interface Connection {
  wallet: WalletInfo;
  /** With checksum. */
  account: string;
  chainId: number;
}
