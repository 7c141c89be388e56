import { Result } from "ethers";
import type { Value } from "../core/world.ts";

/** What ethers decodes, as values of the model: tuples as arrays, hex in lower case. */
export function fromEthers(decoded: unknown): Value {
  if (decoded instanceof Result || Array.isArray(decoded)) return [...decoded].map(fromEthers);
  if (typeof decoded === "string") return decoded.startsWith("0x") ? decoded.toLowerCase() : decoded;
  if (typeof decoded === "bigint" || typeof decoded === "boolean") return decoded;
  throw new Error(`a value of type ${typeof decoded}`);
}

/** One text for one value, for comparing and for printing. */
export function text(value: Value): string {
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(text).join(", ")}]`;
  return String(value as bigint | string | boolean);
}
