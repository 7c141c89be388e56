import type { Wallet } from "ethers";
import { parseAddress, send } from "../../chain/index.ts";
import type { Call, SendOptions, SendRecord } from "../../chain/index.ts";
import { ethOf, gasPriceOf } from "../terminal/amounts.ts";
import { CliError } from "../terminal/errors.ts";
import { openAccount } from "./account.ts";
import type { Io } from "../terminal/io.ts";
import type { SendingOptions } from "../terminal/options.ts";
import type { Output } from "../terminal/output.ts";
import { RecordingWallet } from "./recordingWallet.ts";
import type { SignedTransaction } from "./recordingWallet.ts";
import type { Session } from "./session.ts";

/** What became of one transaction: sent, simulated, or only written down because it follows one that was not sent. */
export type Step = { call: Call; record?: SendRecord };

/**
 * Sends the transactions of one command, one after the other: all simulated first, nothing sent without `--broadcast`. What depends
 * on a transaction that was only simulated cannot be simulated itself, and is listed.
 */
export class Sender {
  readonly from: string | undefined;
  readonly broadcast: boolean;
  readonly steps: Step[] = [];
  readonly #args: SendingOptions;
  readonly #session: Session;
  readonly #wallet: Wallet | undefined;
  readonly #out: Output;
  #nonce: number | undefined;

  private constructor(args: SendingOptions, session: Session, wallet: Wallet | undefined, out: Output) {
    this.#args = args;
    this.#session = session;
    this.#wallet = wallet;
    this.#out = out;
    this.#nonce = args.nonce;
    this.from = args.from === undefined ? wallet?.address : parseAddress(args.from, "--from");
    this.broadcast = args.broadcast === true && out.mode !== "calldata";
    if (this.broadcast && wallet && this.from !== wallet.address) {
      throw new CliError("usage", `--from is ${this.from}, but the key is of ${wallet.address}.`, "Leave --from out.");
    }
  }

  static async open(args: SendingOptions, session: Session, io: Io, out: Output): Promise<Sender> {
    const needsKey = args.broadcast === true || args.from === undefined;
    const wallet = needsKey ? await openAccount(args, session, io) : undefined;
    return new Sender(args, session, wallet, out);
  }

  /** The account's key, for a signature that is no transaction. None in calldata mode: a multisig signs nothing by itself. */
  get wallet(): Wallet | undefined {
    return this.#out.mode === "calldata" ? undefined : this.#wallet;
  }

  /** The account, which the command cannot do without. */
  get account(): string {
    if (this.from !== undefined) return this.from;
    throw new CliError(
      "key",
      "No account is given.",
      "Set PRIVATE_KEY, or give --keystore and --password-file; --from is enough for a dry run.",
    );
  }

  /**
   * Options of the chain room's `send` for the next transaction.
   *
   * @param onSigned - Is told of the transaction after it is signed; it is sent when that is done.
   */
  options(onSigned?: (transaction: SignedTransaction) => Promise<void>): SendOptions {
    const { maxFeePerGas, maxPriorityFeePerGas, maxCost, gasLimit, confirmations } = this.#args;
    return {
      provider: this.#session.provider,
      from: this.account,
      ...(this.#wallet && this.broadcast ? { signer: this.#signer(this.#wallet, onSigned) } : {}),
      broadcast: this.broadcast,
      ...optional("maxFeePerGas", maxFeePerGas, (text) => gasPriceOf(text, "--max-fee-per-gas")),
      ...optional("maxPriorityFeePerGas", maxPriorityFeePerGas, (text) =>
        gasPriceOf(text, "--max-priority-fee-per-gas"),
      ),
      ...optional("maxCost", maxCost, (text) => ethOf(text, "--max-cost")),
      ...optional("gasLimit", gasLimit, parseGasLimit),
      ...(this.#nonce === undefined ? {} : { nonce: this.#nonce }),
      confirmations,
      onProgress: (step, record) => {
        if (step === "sent") this.#out.note(`sent ${record.hash} (${record.what})`);
      },
    };
  }

  #signer(wallet: Wallet, onSigned: ((transaction: SignedTransaction) => Promise<void>) | undefined): Wallet {
    return onSigned ? new RecordingWallet(wallet, this.#session.provider, onSigned) : wallet;
  }

  /** Sends, or simulates, one transaction. `after`: it depends on the one before. */
  async run(call: Call, how: { after?: boolean } = {}): Promise<Step> {
    if (how.after && !this.broadcast) return this.add({ call });
    return this.add({ call, record: await send(call, this.options()) });
  }

  /** Takes note of a transaction that was sent, or simulated, by other means. */
  add(step: Step): Step {
    this.steps.push(step);
    if (step.record?.status === "included" && this.#nonce !== undefined) this.#nonce++;
    return step;
  }

  /** Shows what was done. In calldata mode: the batch, and nothing else. */
  show(value: object, people: () => void): void {
    const transactions = this.steps.map(({ call, record }) => record ?? { status: "planned", ...call });
    if (this.#out.mode === "calldata") {
      this.#out.json(toBatch(this.#session.chainId, this.from, this.steps));
      return;
    }
    this.#out.result({ ...value, broadcast: this.broadcast, transactions }, () => {
      people();
      this.#showSteps();
    });
  }

  #showSteps(): void {
    if (this.steps.length === 0) return;
    const { colors } = this.#out;
    this.#out.table(
      [
        { name: "transaction" },
        { name: "status" },
        { name: "gas", align: "right" },
        { name: "cost (ETH)", align: "right" },
        { name: "hash" },
      ],
      this.steps.map(({ call, record }) => [
        call.what,
        record === undefined
          ? colors.dim("follows the one before")
          : record.status === "included"
            ? colors.green(`included in block ${record.block}`)
            : colors.yellow("simulated, not sent"),
        record === undefined ? "" : (record.gasUsed ?? record.gasEstimate).toLocaleString("en"),
        record === undefined ? "" : formatCost(record.cost ?? record.maxCost),
        record?.hash ?? "",
      ]),
    );
    if (!this.broadcast) this.#out.line(colors.yellow("Dry run: nothing was sent. --broadcast sends it."));
  }
}

/** A batch that Safe's Transaction Builder imports; other multisigs take `to`, `value` and `data` of each transaction. */
function toBatch(chainId: bigint, from: string | undefined, steps: readonly Step[]): object {
  return {
    version: "1.0",
    chainId: chainId.toString(),
    meta: {
      name: steps.map(({ call }) => call.method).join(", "),
      description: steps.map(({ call }) => call.what).join("; "),
      ...(from === undefined ? {} : { createdFromSafeAddress: from }),
    },
    transactions: steps.map(({ call }) => ({
      to: call.to,
      value: call.value.toString(),
      data: call.data,
      contractMethod: null,
      contractInputsValues: null,
    })),
  };
}

function parseGasLimit(text: string): bigint {
  if (/^[0-9]{1,12}$/.test(text)) return BigInt(text);
  throw new CliError("usage", `--gas-limit: "${text}" is no amount of gas.`, "Give a whole number.");
}

/** Wei in ETH, cut to nine decimals. */
export function formatCost(wei: bigint): string {
  const gwei = wei / 10n ** 9n;
  if (gwei === 0n && wei > 0n) return "< 0.000000001";
  return `${gwei / 10n ** 9n}.${(gwei % 10n ** 9n).toString().padStart(9, "0")}`;
}

function optional<K extends string, T>(name: K, text: string | undefined, parse: (text: string) => T) {
  return (text === undefined ? {} : { [name]: parse(text) }) as Partial<Record<K, T>>;
}
