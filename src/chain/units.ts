import { formatUnits } from "ethers";
import { parseDecimal } from "./amounts.ts";

/** SESH has 9 decimals; "atomic SESH" everywhere in this toolkit means units of 10^-9 SESH. */
export const SESH_DECIMALS = 9;

/** Atomic SESH as a decimal string with thousands separators: `25000123456789n` is `"25,000.123456789"`. */
export function formatSesh(atomic: bigint): string {
  const [whole = "0", fraction = "0"] = formatUnits(atomic, SESH_DECIMALS).split(".");
  const sign = whole.startsWith("-") ? "-" : "";
  const grouped = whole.replace("-", "").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === "0" ? `${sign}${grouped}` : `${sign}${grouped}.${fraction}`;
}

/**
 * A decimal number of SESH in atomic SESH: `1234.5` or `1,234.5`, `SESH` may follow.
 *
 * @throws AmountError for more than 9 decimals, and for a comma that could be a decimal point
 */
export function parseSesh(text: string): bigint {
  return parseDecimal(text, { decimals: SESH_DECIMALS, unit: "SESH" });
}

/**
 * A decimal number of ETH in wei: `0.00002`, `2e-05`; `ETH` may follow.
 *
 * @param excess - What becomes of digits behind the 18th: an amount has none, a price may.
 * @throws AmountError
 */
export function parseEth(text: string, excess: "refuse" | "cut" = "refuse"): bigint {
  return parseDecimal(text, { decimals: 18, unit: "ETH", exponent: true, excess });
}

/** Seconds in words, two units at most: `5400` is `"1 h 30 min"`. */
export function formatDuration(seconds: number | bigint): string {
  let left = Number(seconds);
  if (left < 1) return "0 s";
  const parts: string[] = [];
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** A unix timestamp (seconds) as ISO 8601 in UTC; numbers beyond any calendar stay numbers. */
export function formatTime(timestamp: bigint): string {
  if (timestamp > 253_402_300_799n) return String(timestamp);
  return new Date(Number(timestamp) * 1000).toISOString().replace(".000Z", "Z");
}
