/** Something that went wrong, as a visitor can use it: what, and what to do. */
export interface Trouble {
  sentence: string;
  fix: string;
  /** Machine-readable kind, where there is one. */
  code?: string;
}

/** An error that is a {@link Trouble} already. */
export class PageError extends Error implements Trouble {
  override name = "PageError";
  readonly sentence: string;
  readonly fix: string;
  readonly code: string;

  constructor(code: string, sentence: string, fix: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.code = code;
    this.sentence = sentence;
    this.fix = fix;
  }
}

/** What was prepared for one account is not done by another. */
export function accountChanged(): PageError {
  return new PageError(
    "account-changed",
    "The wallet is on another account now than when this was prepared.",
    "Go back to that account, or start again with this one.",
  );
}

/** Whatever was thrown, in words. Reverts of contracts are decoded by `chain.ts`, which knows their errors. */
export function plainTrouble(error: unknown): Trouble {
  if (error instanceof PageError) return error;
  const wallet = walletTrouble(error);
  if (wallet) return wallet;
  const message = textOf(error);
  return { sentence: message === "" ? "Something failed without a word." : sentenceOf(message), fix: "Try again." };
}

/**
 * What a wallet was asked to send and has not answered for: only what says that nothing was sent leaves no doubt. A lost connection to
 * it, or an endpoint that took the transaction and fell silent, look like any other failure.
 */
export function unanswered(trouble: Trouble): Trouble {
  if (trouble.code !== undefined && !["disconnected", "no-hash"].includes(trouble.code)) return trouble;
  return {
    ...trouble,
    code: "unanswered",
    fix: "It may have been sent all the same: look into the wallet's history before you send it again.",
  };
}

/** EIP-1193's codes, and what wallets and devices say in their own words. */
export function walletTrouble(error: unknown): Trouble | undefined {
  const code = codeOf(error);
  const text = textOf(error);
  if (code === 4001 || code === "ACTION_REJECTED" || /user (rejected|denied|cancel)/i.test(text)) {
    return {
      code: "refused",
      sentence: "You refused it in the wallet. Nothing was sent.",
      fix: "Press the button again when you want to go on.",
    };
  }
  if (/\b(locked|ledger|trezor|device|0x5515|0x6b0c|0x6e00|0x6e01|0x6511)\b/i.test(text)) {
    return {
      code: "locked",
      sentence: `The wallet could not sign: ${sentenceOf(text)}`,
      fix: "Unlock the device, open its Ethereum app (with blind signing allowed), then press the button again.",
    };
  }
  if (code === -32_002) {
    return {
      code: "open-request",
      sentence: "The wallet still has an earlier request of this page open.",
      fix: "Open the wallet and answer it, then press the button again.",
    };
  }
  if (code === 4100) {
    return {
      code: "unauthorized",
      sentence: "The wallet does not let this page use that account any more.",
      fix: "Connect the wallet again.",
    };
  }
  if (code === 4900 || code === 4901) {
    return {
      code: "disconnected",
      sentence: "The wallet has no connection to the chain.",
      fix: "Check the wallet's network settings and its connection.",
    };
  }
  if (/insufficient funds/i.test(text)) {
    return {
      code: "no-gas",
      sentence: "The account has too little ETH for the fee.",
      fix: "Send some ETH on Arbitrum to it; the fee is shown above.",
    };
  }
  return undefined;
}

function codeOf(error: unknown): unknown {
  let at = error as { code?: unknown; info?: { error?: unknown }; error?: unknown; cause?: unknown } | undefined;
  for (let depth = 0; at && depth < 4; depth++) {
    if (typeof at.code === "number" || at.code === "ACTION_REJECTED") return at.code;
    at = (at.info?.error ?? at.error ?? at.cause) as typeof at;
  }
  return undefined;
}

function textOf(error: unknown): string {
  const at = error as
    { shortMessage?: unknown; message?: unknown; info?: { error?: { message?: unknown } } } | undefined;
  const text = at?.info?.error?.message ?? at?.shortMessage ?? at?.message ?? error;
  return typeof text === "string" ? text.replace(/[^\x20-\x7e‘’“”…–]+/g, " ").slice(0, 300) : "";
}

function sentenceOf(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
