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

/**
 * What a parser does with a command line that makes no sense, for yargs' `fail`: throws `usage`'s error with one line of words. An
 * error that a command itself has thrown goes on as it is.
 */
export function failWith(usage: (why: string) => Error): (message: string, error: Error | undefined) => never {
  return (message, error) => {
    if (error === undefined) throw usage(usageWords(message));
    // What an option's own check throws comes as yargs' error, with its message alone.
    throw error.name === "YError" ? usage(error.message) : error;
  };
}

/** yargs' words on one line, without the second spelling (camel case) that it gives each unknown option. */
function usageWords(message: string): string {
  const line = message.replace(/\s*\n\s*/g, " ");
  if (/^Did you mean /.test(line)) return `There is no such command. ${line}`;
  if (/^Not enough non-option arguments/.test(line)) return "An argument is missing.";
  const unknown = /^Unknown arguments?: (.+)$/.exec(line);
  if (!unknown) return line;
  const names = (unknown[1] as string).split(", ");
  const given = names.filter((name) => !names.some((other) => other.includes("-") && camelCase(other) === name));
  return `Unknown argument${given.length > 1 ? "s" : ""}: ${given.join(", ")}`;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
