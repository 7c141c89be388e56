import { parseSesh } from "./format.ts";

/** A fee in percent as it was typed, with a point or a comma, two decimals at most: in basis points; undefined for anything else. */
export function readFee(text: string): number | undefined {
  const [, whole, fraction = ""] = /^(\d{1,3})(?:[.,](\d{1,2}))?(?:\s*%)?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const points = 100 * Number(whole) + Number(fraction.padEnd(2, "0"));
  return points <= 10_000 ? points : undefined;
}

/** An amount as it was typed: read, or why it cannot be. */
export function readAmount(text: string): { amount: bigint } | { error: string } | undefined {
  if (text.trim() === "") return undefined;
  try {
    return { amount: parseSesh(text) };
  } catch (error) {
    const { message, fix } = error as { message: string; fix?: string };
    return { error: `${message} ${fix ?? ""}`.trim() };
  }
}
