import pc from "picocolors";
import type { Environment } from "./environment.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/**
 * Colours for a stream: on a terminal, unless `NO_COLOR` is set or the terminal is dumb; anywhere, if `FORCE_COLOR` is set to
 * something else than 0 or false; nowhere, if it is set to one of these.
 */
export function colorsFor(stream: { isTTY?: boolean | undefined }, environment: Environment): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR) return pc.createColors(false);
  if (FORCE_COLOR) return pc.createColors(!/^(0|false|no)$/i.test(FORCE_COLOR));
  return pc.createColors(movesCursor(stream, { TERM }));
}

/** Whether lines of a stream can be overwritten: on a terminal that is not dumb. */
export function movesCursor(stream: { isTTY?: boolean | undefined }, { TERM }: Environment): boolean {
  return stream.isTTY === true && TERM !== "dumb";
}
