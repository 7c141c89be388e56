import type { ParamType } from "ethers";
import { Interface } from "ethers";
import * as abis from "./abi.ts";

/** An argument as a JSON ABI describes it. */
export interface JsonInput {
  name: string;
  type: string;
  internalType: string;
  components?: JsonInput[];
}

/** Calldata of the system, read. */
export interface ParsedCall {
  name: string;
  payable: boolean;
  inputs: JsonInput[];
  /** In the order of `inputs`: text, or lists of it for tuples and arrays; integers in decimal. */
  values: unknown[];
}

const functions = [...new Set(Object.values(abis).flat())].filter((entry) => entry.startsWith("function "));
const known = new Interface(functions);

/**
 * Finds out which function of the system calldata calls, and with what.
 *
 * @param more - Signatures of functions besides those of the system.
 * @returns undefined for calldata of something else
 */
export function parseCall(data: string, more: readonly string[] = []): ParsedCall | undefined {
  const parsed = known.parseTransaction({ data }) ?? new Interface(more).parseTransaction({ data });
  if (!parsed) return undefined;
  const { name, inputs, payable } = parsed.fragment;
  return { name, payable, inputs: inputs.map(describe), values: parsed.args.toArray().map(plain) };
}

function describe(input: ParamType, index: number): JsonInput {
  const { name, components, arrayChildren } = input;
  const inner = components ?? arrayChildren?.components;
  // `tuple(…)[]`: a JSON ABI names the type `tuple[]` and the parts beside it.
  const type = input.type.replace(/^tuple\(.*\)/, "tuple");
  const described = { name: name || `arg${index}`, type, internalType: type };
  return inner ? { ...described, components: inner.map(describe) } : described;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "number") return value.toString();
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? [...(value as unknown[])].map(plain) : value;
}
