import { nearest } from "./nearest.ts";

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
 * What is wrong with options before they are parsed. One with nothing behind it is a variable of the shell that is not set
 * (`--rpc "$RPC"`), and says nothing that could be followed. Of one that is given twice the parser would take the last, and nobody knows
 * which was meant.
 *
 * @param repeatable - Names of those that may be given several times.
 */
export function faultOfOptions(argv: readonly string[], repeatable: readonly string[] = []): string | undefined {
  if (argv.some((argument) => argument.startsWith("--get-yargs-completions"))) return undefined;
  const given = new Map<string, (string | undefined)[]>();
  for (const [i, argument] of argv.entries()) {
    if (argument === "--") break;
    const [, name, inline] = /^--([a-z][^=]*)(?:=([^]*))?$/i.exec(argument) ?? [];
    if (name === undefined) continue;
    const next = argv[i + 1]?.startsWith("--") ? undefined : argv[i + 1];
    const value = inline ?? next;
    if (value?.trim() === "") return `--${name} has nothing behind it.`;
    const key = kebabCase(name);
    given.set(key, [...(given.get(key) ?? []), value]);
  }
  for (const [name, values] of given) {
    // Where nothing follows it is a switch, which may be on twice.
    if (values.length > 1 && !values.includes(undefined) && !repeatable.includes(name)) {
      return `--${name} is given ${values.length === 2 ? "twice" : `${values.length} times`}.`;
    }
  }
  return undefined;
}

/** What yargs hands to `fail`, whatever its types say: it knows the options that there are. */
interface Usage {
  getDescriptions(): Readonly<Record<string, unknown>>;
}

/**
 * What a parser does with a command line that makes no sense, for yargs' `fail`: throws `usage`'s error with one line of words. An
 * error that a command itself has thrown goes on as it is.
 */
export function failWith(
  usage: (why: string) => Error,
): (message: string, error: Error | undefined, known?: unknown) => never {
  return (message, error, known) => {
    if (error === undefined)
      throw usage(usageWords(message, Object.keys((known as Partial<Usage> | undefined)?.getDescriptions?.() ?? {})));
    // What an option's own check throws comes as yargs' error, with its message alone.
    throw error.name === "YError" ? usage(error.message) : error;
  };
}

/** yargs' words on one line, without the second spelling (camel case) that it gives each unknown option. */
function usageWords(message: string, options: readonly string[]): string {
  const line = message.replace(/\s*\n\s*/g, " ");
  if (/^Did you mean /.test(line)) return `There is no such command. ${line}`;
  if (/^Not enough non-option arguments/.test(line)) return "An argument is missing.";
  const unknown = /^Unknown arguments?: (.+)$/.exec(line);
  if (!unknown) return line;
  const names = (unknown[1] as string).split(", ");
  const given = names.filter((name) => !names.some((other) => other.includes("-") && camelCase(other) === name));
  const meant = given.length === 1 ? nearest(given[0] ?? "", options) : undefined;
  const hint = meant === undefined ? "" : `. Did you mean --${meant}?`;
  return `Unknown argument${given.length > 1 ? "s" : ""}: ${given.join(", ")}${hint}`;
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
