import { AbiCoder, Interface } from "ethers";
import * as abis from "./abi.ts";
import { errorTexts } from "./errorTexts.ts";
import { revertDataOf } from "./transport/classify.ts";

/** A revert of a contract, in words. */
export interface DecodedError {
  /** Name of the custom error; `Error` / `Panic` for Solidity's own; `unknown` otherwise. */
  name: string;
  /** The four-byte selector, 0x; empty when the call reverted without data. */
  selector: string;
  /** Arguments by name; integers as decimal strings, so that it can be printed as JSON. */
  args: Record<string, unknown>;
  /** What went wrong. */
  sentence: string;
  /** What to do about it. */
  fix: string;
}

/** Base of what the chain room throws: a short message, what it was about, and the cause. */
export class ChainError extends Error {
  override name = "ChainError";
  /** Machine-readable kind, e.g. `reverted`, `wrong-chain`, `fee-cap`. */
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** A call that the contract refused (or would refuse: simulations throw it too). */
export class RevertError extends ChainError {
  override name = "RevertError";
  readonly decoded: DecodedError;

  constructor(decoded: DecodedError, cause?: unknown) {
    super("reverted", `${decoded.sentence} ${decoded.fix}`.trim(), { ...decoded }, cause);
    this.decoded = decoded;
  }
}

const EXTRA_ERRORS = ["error ProxyDeniedAdminAccess()"];

const entries = [...Object.values(abis).flat(), ...EXTRA_ERRORS].filter((entry) => entry.startsWith("error "));
const known = new Interface([...new Set(entries)]);

const PANICS: Record<string, string> = {
  "1": "an assertion failed",
  "17": "an arithmetic overflow or underflow",
  "18": "a division by zero",
  "33": "a value outside its enumeration",
  "34": "a corrupt storage array",
  "49": "a pop from an empty array",
  "50": "an index out of bounds",
  "65": "too much memory",
  "81": "a call of an uninitialised function",
};

/** Every custom error of the system, by signature; for documentation and tests. */
export function knownErrors(): string[] {
  const signatures: string[] = [];
  known.forEachError((fragment) => signatures.push(fragment.format("sighash")));
  return signatures;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) {
    const result = value as unknown[] & { toObject?: () => Record<string, unknown> };
    try {
      const object = result.toObject?.();
      if (object) return Object.fromEntries(Object.entries(object).map(([name, inner]) => [name, plain(inner)]));
    } catch {
      // A list without names stays a list.
    }
    return value.map(plain);
  }
  return value;
}

/**
 * Decodes revert data (0x hex) into a sentence and its remedy. Never throws: data it does not know comes back with its selector.
 */
export function decodeError(data: string): DecodedError {
  const selector = data.length >= 10 ? data.slice(0, 10).toLowerCase() : "";
  if (selector === "") {
    return {
      name: "unknown",
      selector,
      args: {},
      sentence: "The call reverted without a reason.",
      fix: "Check that the address is the right contract on the right network.",
    };
  }
  try {
    if (selector === "0x08c379a0") {
      const [reason] = AbiCoder.defaultAbiCoder().decode(["string"], `0x${data.slice(10)}`);
      return { name: "Error", selector, args: { reason }, sentence: `The contract says: ${String(reason)}.`, fix: "" };
    }
    if (selector === "0x4e487b71") {
      const [code] = AbiCoder.defaultAbiCoder().decode(["uint256"], `0x${data.slice(10)}`);
      const what = PANICS[String(code)] ?? `panic code ${String(code)}`;
      return {
        name: "Panic",
        selector,
        args: { code: String(code) },
        sentence: `The contract panicked: ${what}.`,
        fix: "Report it.",
      };
    }
    const parsed = known.parseError(data);
    if (parsed) {
      const args = parsed.args.toObject() as Record<string, unknown>;
      const text = errorTexts[parsed.signature]?.(args);
      const shown = Object.entries(args).map(([name, value]) => [name, plain(value)] as const);
      return {
        name: parsed.name,
        selector,
        args: Object.fromEntries(shown),
        sentence:
          text?.sentence ??
          `${parsed.name}(${shown.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(", ")}).`,
        fix: text?.fix ?? "",
      };
    }
  } catch {
    // Truncated or padded data: shown as unknown below.
  }
  return {
    name: "unknown",
    selector,
    args: { data },
    sentence: `The contract reverted with an error that this toolkit does not know (selector ${selector}).`,
    fix: "Look the selector up in the contract's ABI; the toolkit may be older than the contract.",
  };
}

/**
 * Finds a revert inside whatever a provider threw (ethers, Hardhat and plain JSON-RPC nest it differently) and decodes it.
 *
 * ethers gives every error of a call the code CALL_EXCEPTION, that of a refused or unanswered one too: only revert data, or a
 * client's own mark of a revert, makes it one.
 *
 * @returns undefined when the error is not a revert (network trouble, a refused transaction, a bug).
 */
export function explain(error: unknown): DecodedError | undefined {
  if (error instanceof RevertError) return error.decoded;
  const data = revertIn(error);
  return data === undefined ? undefined : decodeError(data);
}

/**
 * The data of the revert that an error tells of, 0x hex; "0x" for a revert without data. Undefined when it tells of none: then
 * nothing is known of what the contract would say.
 */
export function revertIn(error: unknown): string | undefined {
  return search(error, 0);
}

function search(error: unknown, depth: number): string | undefined {
  if (typeof error !== "object" || error === null || depth > 6) return undefined;
  const object = error as Record<string, unknown>;
  const { code, data, receipt } = object;
  // An answer of JSON-RPC, or an error of ethers or Hardhat that carries the data.
  const direct = revertDataOf(error);
  if (direct !== undefined) return direct;
  if (code === "CALL_EXCEPTION" && typeof data === "string" && /^0x([0-9a-fA-F]{2})*$/.test(data)) return data;
  // A transaction that was included and failed: the receipt says so, and nothing of why.
  if (code === "CALL_EXCEPTION" && (receipt as { status?: unknown } | null | undefined)?.status === 0) return "0x";
  for (const name of ["data", "error", "info", "cause", "revert"]) {
    const found = search(object[name], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
