import { BlsError } from "../../bls/index.ts";
import { ChainError, EndpointError, explain, redactUrls, RevertError, tame } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import { SettingsError } from "../../settings/errors.ts";
import { exitOfChain } from "../../settings/exit.ts";
import { CliError } from "./exit.ts";
import type { ExitName } from "./exit.ts";

export { CliError } from "./exit.ts";
export type { ExitName } from "./exit.ts";

/** An error as the user sees it. */
export interface ShownError {
  exit: ExitName;
  /** Stable word for programs. */
  code: string;
  message: string;
  fix: string;
  details: Readonly<Record<string, unknown>>;
}

const CHAIN_FIXES: Readonly<Record<string, string>> = {
  unreachable: "Check --rpc (or the variable of the network's endpoint) and the connection.",
  "rate-limited": "Wait a little, or give other endpoints as well (--rpc repeated, or SESSION_RPC with commas).",
  "missing-state": "This endpoint keeps no state that old: use an archive endpoint.",
  "endpoint-refuses": "Run it again, or use another endpoint (--rpc).",
  "not-rewards": "Check --rewards-contract and --network.",
  "wrong-chain": "Check that --network and --rpc belong together.",
  "no-contract": "Check --rewards-contract and --network.",
  "no-account": "Set PRIVATE_KEY, or give --keystore and --password-file; --from is enough for a dry run.",
  "no-signer": "Set PRIVATE_KEY, or give --keystore and --password-file.",
  "fee-cap": "Wait until gas is cheaper, or raise --max-fee-per-gas.",
  "cost-cap": "Wait until gas is cheaper, or raise --max-cost.",
  "not-included": "The same command looks for it and goes on from there; --replace raises its fees.",
  "under-way":
    "Wait until it is included, and look at what it did, before you run the same command again. --nonce replaces it on purpose.",
  "gas-limit": "Leave --gas-limit out: what it takes is estimated.",
  "no-receipt": "The same command looks for it; another endpoint (--rpc) may have the receipt.",
  "end-unknown":
    "Look it up in an explorer; the same command with an endpoint that keeps more history (--rpc) finds out by itself.",
  left: "The same command looks for it and goes on from there; --replace raises its fees.",
  replaced: "Look at what took its place; the same command does it again.",
  expired: "The same command has it signed anew.",
  "given-up": "Run the same command again.",
  "not-taken": "Put right what the endpoint says, or use another one (--rpc), and run the same command again.",
  locked:
    "Wait for it, or stop it: two programs must not send from one account at once. If it is gone, remove the lock file.",
  "lock-lost": "Stop the other program, then run the same command again.",
  "state-file": "Make it readable and writable. Another --state-dir knows nothing of what was sent from this one.",
  unrecorded: "Make the state directory writable; the same command with it looks for the transaction and goes on.",
  "inconsistent-set": "The endpoint mixed two states; run it again, or use another endpoint.",
  "no-funds": "Send some ETH to the account.",
};

/** Puts any error into the words and the exit code of the program. */
export function showError(error: unknown): ShownError {
  if (error instanceof CliError) {
    return { exit: error.exit, code: error.exit, message: error.message, fix: error.fix, details: error.details };
  }
  if (error instanceof SettingsError) {
    const exit: ExitName = error.kind === "secret" ? "key" : "usage";
    return { exit, code: exit, message: error.message, fix: error.fix, details: {} };
  }
  if (error instanceof RevertError) {
    const { decoded } = error;
    return {
      exit: "refused",
      code: decoded.name,
      message: decoded.sentence,
      fix: decoded.fix,
      details: { ...decoded },
    };
  }
  if (error instanceof EndpointError && /insufficient funds|enough funds/i.test(error.words)) {
    return {
      exit: "refused",
      code: "no-funds",
      message: error.message,
      fix: CHAIN_FIXES["no-funds"] ?? "",
      details: error.details,
    };
  }
  if (error instanceof ChainError) {
    return {
      exit: exitOfChain(error.code),
      code: error.code,
      message: error.message,
      fix: CHAIN_FIXES[error.code] ?? "",
      details: error.details,
    };
  }
  if (error instanceof CollectError) {
    const exit: ExitName =
      error.code === "cancelled" ? "interrupted" : error.code === "bad-request" ? "usage" : "signatures";
    const { fix, ...details } = error.details;
    return { exit, code: error.code, message: error.message, fix: typeof fix === "string" ? fix : "", details };
  }
  if (error instanceof BlsError) {
    return { exit: "usage", code: `bls-${error.code}`, message: error.message, fix: "", details: error.details };
  }
  return fromLibrary(error);
}

/** ethers' own errors, which name their kind in `code`, and everything else. */
function fromLibrary(error: unknown): ShownError {
  const { code, shortMessage, message } = error as { code?: unknown; shortMessage?: unknown; message?: unknown };
  const text = redactUrls(String(shortMessage ?? message ?? error));
  const known = typeof code === "string" ? code : "";
  if (["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "ECONNREFUSED", "ECONNRESET", "UND_ERR_SOCKET"].includes(known)) {
    return {
      exit: "chain",
      code: known.toLowerCase(),
      message: text,
      fix: CHAIN_FIXES["unreachable"] ?? "",
      details: {},
    };
  }
  if (known === "CALL_EXCEPTION") {
    const decoded = explain(error);
    if (decoded) return showError(new RevertError(decoded, error));
  }
  // ethers' words for the bytes of a call; its others are about a block or a transaction that the endpoint gave.
  if (known === "BAD_DATA" && !text.includes("result data")) {
    const said = tame(text.replace(/\s*\(.*$/s, ""));
    const fix = CHAIN_FIXES["endpoint-refuses"] ?? "";
    return {
      exit: "chain",
      code: "bad-data",
      message: `The chain endpoint gave an answer that is none: ${said}.`,
      fix,
      details: {},
    };
  }
  if (known === "BAD_DATA") {
    return {
      exit: "chain",
      code: "bad-data",
      message: "The contract's answer does not fit its ABI: it is another contract than was meant.",
      fix: CHAIN_FIXES["no-contract"] ?? "",
      details: { text },
    };
  }
  if (known === "INSUFFICIENT_FUNDS") {
    return { exit: "refused", code: "no-funds", message: text, fix: CHAIN_FIXES["no-funds"] ?? "", details: {} };
  }
  if (known === "NONCE_EXPIRED" || known === "REPLACEMENT_UNDERPRICED") {
    return {
      exit: "refused",
      code: known.toLowerCase().replaceAll("_", "-"),
      message: text,
      fix: "Another transaction of this account has that nonce: leave --nonce out, or raise the fees.",
      details: {},
    };
  }
  return fromEndpoint(error) ?? { exit: "failure", code: known || "error", message: text, fix: "", details: {} };
}

/** An error of an endpoint under ethers' own words ("could not coalesce error", "missing revert data"): what it said, inside. */
function fromEndpoint(error: unknown): ShownError | undefined {
  const { code, error: direct, info } = error as { code?: unknown; error?: unknown; info?: { error?: unknown } };
  if (code !== "UNKNOWN_ERROR" && code !== "CALL_EXCEPTION") return undefined;
  const inner = (direct ?? info?.error) as { code?: unknown; message?: unknown } | undefined;
  if (typeof inner?.message !== "string") return undefined;
  const said = tame(inner.message).replace(/\.$/, "");
  const details = { rpcCode: inner.code };
  return /insufficient funds|enough funds/i.test(said)
    ? { exit: "refused", code: "no-funds", message: `${said}.`, fix: CHAIN_FIXES["no-funds"] ?? "", details }
    : {
        exit: "chain",
        code: "endpoint-refuses",
        message: `The chain endpoint refuses: ${said}.`,
        fix: CHAIN_FIXES["endpoint-refuses"] ?? "",
        details,
      };
}
