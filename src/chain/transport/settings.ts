import { ChainError } from "../errors.ts";
import type { TransportOptions } from "./transport.ts";

/** Environment variable with the endpoints of all programs, separated by commas. */
export const RPC_VARIABLE = "SESSION_RPC";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What an environment says of the transport; the same variables for every program. An empty variable is not set. */
const SETTINGS = {
  SESSION_RPC_TIMEOUT: { option: "timeoutMs", scale: 1_000, least: 0.1, most: 600 },
  SESSION_RPC_BATCH: { option: "batchSize", scale: 1, least: 1, most: 1_000 },
  SESSION_RPC_LOG_RANGE: { option: "logRange", scale: 1, least: 1, most: 10_000_000 },
  SESSION_RPC_ATTEMPTS: { option: "attempts", scale: 1, least: 1, most: 100 },
  SESSION_RPC_BACKOFF: { option: "backoffMs", scale: 1_000, least: 0.001, most: 60 },
} as const;

/**
 * The transport's options of an environment.
 *
 * @throws ChainError `bad-variable`
 */
export function transportSettings(environment: Environment): TransportOptions {
  const options: TransportOptions = {};
  for (const [name, { option, scale, least, most }] of Object.entries(SETTINGS)) {
    const text = environment[name]?.trim();
    if (!text) continue;
    const value = Number(text);
    if (!(value >= least && value <= most) || (scale === 1 && !Number.isInteger(value))) {
      throw new ChainError(
        "bad-variable",
        `$${name} is "${text.slice(0, 40)}", not a number from ${least} to ${most}.`,
      );
    }
    options[option] = value * scale;
  }
  return options;
}
