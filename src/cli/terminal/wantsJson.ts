/**
 * Whether a command line asks for JSON, in any spelling that the parser takes (`--json`, `--json=true`, `--output json`): known before
 * it is parsed, since what cannot be parsed is answered in JSON too.
 */
export function wantsJson(argv: readonly string[]): boolean {
  let wanted = false;
  for (const [i, argument] of argv.entries()) {
    if (argument === "--") break;
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/.exec(argument) ?? [];
    const value = inline ?? argv[i + 1];
    if (name === "json") wanted ||= value !== "false";
    else if (name === "no-json") wanted = false;
    else if (name === "output") wanted ||= value === "json";
  }
  return wanted;
}
