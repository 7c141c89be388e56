import { formatDuration, formatSesh, formatTime } from "../units.ts";

/** Decoded arguments by name, as ethers gives them. */
export type ErrorArgs = Record<string, unknown>;

/** What went wrong, and what to do about it. */
export type ErrorText = (args: ErrorArgs) => { sentence: string; fix: string };

export const big = (args: ErrorArgs, name: string): bigint => BigInt(args[name] as bigint);
export const sesh = (args: ErrorArgs, name: string): string => `${formatSesh(big(args, name))} SESH`;
export const node = (args: ErrorArgs): string => `node ${String(args["serviceNodeID"])}`;
export const key = (value: unknown): string => {
  const point = value as { X: bigint; Y: bigint };
  return `0x${point.X.toString(16).padStart(64, "0")}${point.Y.toString(16).padStart(64, "0")}`;
};
export const at = (args: ErrorArgs, name: string): string => formatTime(big(args, name));
export const left = (args: ErrorArgs, end: bigint, now: string): string => {
  const seconds = end - big(args, now);
  return seconds > 0n ? formatDuration(seconds) : "a moment";
};
export const same =
  (sentence: string, fix: string): ErrorText =>
  () => ({ sentence, fix });

const CONTRIBUTION_STATUS = ["WaitForOperatorContrib", "OpenForPublicContrib", "WaitForFinalized", "Finalized"];
export const status = (args: ErrorArgs): string =>
  CONTRIBUTION_STATUS[Number(args["status"])] ?? `status ${String(args["status"])}`;

/** The minimum age of a node before a signed exit or liquidation, seconds. */
export const MINIMUM_EXIT_AGE = 7_200n;
