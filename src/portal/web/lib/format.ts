/** How figures are written, in one place: two views of one figure must not differ. */
import { formatDuration, formatSesh, formatTime } from "../../../chain/units.ts";

export { formatSesh as exactSesh, parseSesh } from "../../../chain/units.ts";

const DECIMALS = 9;
/** Decimals that are shown; the rest is in the title. */
const SHOWN = 4;

/**
 * Atomic SESH as it is shown everywhere: four decimals, cut and never rounded up, so that nobody is shown more than there is. What is
 * less than that is said to be.
 */
export function shortSesh(atomic: bigint): string {
  const { sign, whole, fraction } = split(atomic);
  const shown = fraction.slice(0, SHOWN);
  if (atomic !== 0n && whole === "0" && Number(shown) === 0) return sign === "" ? "< 0.0001" : "> -0.0001";
  return `${sign}${group(whole)}.${shown}`;
}

/** For figures of the whole network: whole SESH. */
export function wholeSesh(atomic: bigint): string {
  const { sign, whole } = split(atomic);
  return `${sign}${group(whole)}`;
}

/** Both, for a title. */
export function titleSesh(atomic: bigint): string {
  return `${formatSesh(atomic)} SESH = ${group(String(atomic))} atomic`;
}

function split(atomic: bigint): { sign: string; whole: string; fraction: string } {
  const digits = (atomic < 0n ? -atomic : atomic).toString().padStart(DECIMALS + 1, "0");
  return { sign: atomic < 0n ? "-" : "", whole: digits.slice(0, -DECIMALS), fraction: digits.slice(-DECIMALS) };
}

/** A whole number with separators. */
export function group(digits: string | number | bigint): string {
  return String(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Wei as ETH with six significant digits at most, and never 0 for something. */
export function formatEth(wei: bigint): string {
  if (wei === 0n) return "0";
  const value = Number(wei) / 1e18;
  if (value < 1e-9) return "< 0.000000001";
  return value.toLocaleString("en", { maximumSignificantDigits: 4, useGrouping: false, maximumFractionDigits: 12 });
}

/** Seconds in words, two units at most: `5400` is `1 h 30 min`. */
export function duration(seconds: number): string {
  return formatDuration(Math.floor(seconds));
}

/** Unix seconds as a date and time of the visitor's zone. */
export function localTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Unix seconds, exact and in UTC. */
export function exactTime(seconds: number): string {
  return formatTime(BigInt(Math.floor(seconds)));
}

/** The two ends of a key or an address. */
export function shortHex(hex: string, lead = 6, tail = 4): string {
  return hex.length <= lead + tail + 1 ? hex : `${hex.slice(0, lead)}…${hex.slice(-tail)}`;
}

/** Basis points as percent: 1250 is `12.5 %`. */
export function percent(basisPoints: number): string {
  return `${basisPoints / 100} %`;
}
