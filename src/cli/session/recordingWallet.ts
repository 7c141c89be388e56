import type { Provider, TransactionRequest, TransactionResponse } from "ethers";
import { Transaction, Wallet } from "ethers";

/** A signed transaction that is about to be sent. */
export interface SignedTransaction {
  hash: string;
  nonce: number;
  /** The bytes, 0x: sending them again can never pay twice. */
  raw: string;
}

/**
 * A wallet that writes down each transaction after signing it and before sending it: whatever happens afterwards, a later run knows
 * its hash and its nonce.
 */
export class RecordingWallet extends Wallet {
  readonly #provider: Provider;
  readonly #onSigned: (transaction: SignedTransaction) => Promise<void>;

  constructor(wallet: Wallet, provider: Provider, onSigned: (transaction: SignedTransaction) => Promise<void>) {
    super(wallet.privateKey, provider);
    this.#provider = provider;
    this.#onSigned = onSigned;
  }

  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const { from: _, ...populated } = await this.populateTransaction(request);
    const raw = await this.signTransaction(populated);
    const { hash, nonce } = Transaction.from(raw);
    await this.#onSigned({ hash: hash as string, nonce, raw });
    return this.#provider.broadcastTransaction(raw);
  }
}
