import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { SettingsError } from "./errors.ts";
import { readText } from "./text.ts";

/** Options that a profile may hold, by kind. What spends (`broadcast`, amounts, nonces, recipients) is said each time anew. */
const OPTIONS = {
  text: ["network", "rewards-contract", "factory", "daemon-url", "from", "key-variable", "sesh-price", "metrics-host"],
  amount: ["max-fee-per-gas", "max-priority-fee-per-gas", "max-cost", "min-profit"],
  list: ["rpc", "node-urls", "directory"],
  path: ["nodes-file", "keystore", "password-file", "state-dir", "price-file"],
  number: [
    "confirmations",
    "timeout",
    "deadline",
    "directory-age",
    "stop-at",
    "concurrency",
    "interval",
    "metrics-port",
  ],
} as const;

const KIND = new Map<string, keyof typeof OPTIONS>(
  Object.entries(OPTIONS).flatMap(([kind, names]) => names.map((name) => [name, kind as keyof typeof OPTIONS])),
);

/** Of one chain: not for another one that the command line names. */
const OF_A_CHAIN = ["rpc", "rewards-contract", "factory", "nodes-file", "node-urls", "directory", "daemon-url", "from"];

/** Options that stand for one another: one of them given leaves the others of the profile out. */
const INSTEAD: readonly (readonly string[])[] = [
  ["nodes-file", "node-urls", "directory", "daemon-url"],
  ["daemon-url", "registration"],
  ["keystore", "key-variable"],
  ["sesh-price", "price-file", "any-price"],
];

/** Other names of options on the command line. */
const ALIASES: Readonly<Record<string, string>> = { daemon: "daemon-url" };

/** Options that make no sense without the one that they came with. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  keystore: ["password-file", "from"],
  "key-variable": ["from"],
};

/** Variables that go before the profile. */
const VARIABLES: Readonly<Record<string, string>> = {
  rpc: "SESSION_RPC",
  keystore: "KEYSTORE",
  "key-variable": "KEYSTORE",
  "password-file": "KEYSTORE_PASSWORD_FILE",
};

const SECRET = /^(private-?key|secret.*|password|passphrase|mnemonic|seed)$/i;

/** A profile that is in force. */
export interface Profile {
  name: string;
  path: string;
  /** Options by their long names, as the command line would have them. */
  values: Readonly<Record<string, string | number>>;
}

/** `$XDG_CONFIG_HOME/session-staking/config.json5`, else `~/.config/…`; undefined where there is no home. */
function profilePath(environment: Environment): string | undefined {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const config = environment["XDG_CONFIG_HOME"] ?? (home === undefined ? undefined : join(home, ".config"));
  return config === undefined ? undefined : join(config, "session-staking", "config.json5");
}

/**
 * The profile of a command line: `--profile NAME`, else `SESSION_PROFILE`, else the file's `default`; `none` for none. Without what
 * the command line or a variable says otherwise.
 *
 * @param given - Long names of the options on the command line, with their values.
 * @throws SettingsError for a name that is not there, and for what does not belong into a profile
 */
export async function readProfile(
  given: ReadonlyMap<string, string | undefined>,
  environment: Environment,
): Promise<Profile | undefined> {
  const asked = given.get("profile") ?? environment["SESSION_PROFILE"];
  if (asked === "none") return undefined;
  const path = profilePath(environment);
  if (path === undefined || !existsSync(path)) {
    if (asked === undefined) return undefined;
    throw new SettingsError(
      `There is no profile "${asked}": ${path ?? "the configuration file"} does not exist.`,
      'Make it: { default: "main", profiles: { main: { network: "arbitrum", daemonUrl: "http://127.0.0.1:22023" } } }',
    );
  }
  const file = await readFileOf(path);
  const name = asked ?? file.default;
  if (name === undefined) return undefined;
  const fields = file.profiles[name];
  if (fields === undefined) {
    throw new SettingsError(
      `There is no profile "${name}" in ${path}.`,
      `There are: ${Object.keys(file.profiles).join(", ") || "none"}.`,
    );
  }
  const values = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => option(key, value, `${path}: ${name}`, dirname(path), environment)),
  );
  return { name, path, values: withoutOverridden(values, given, environment) };
}

/** Long names of the options of a command line, `--no-x` as `x`; the value where it follows. */
export function givenOptions(argv: readonly string[]): Map<string, string | undefined> {
  const given = new Map<string, string | undefined>();
  for (const [i, argument] of argv.entries()) {
    if (argument === "--") break;
    const match = /^--(?:no-)?([^=]+)(?:=(.*))?$/.exec(argument);
    const name = match?.[1] === undefined ? undefined : kebab(match[1]);
    if (name !== undefined) given.set(ALIASES[name] ?? name, match?.[2] ?? argv[i + 1]);
  }
  return given;
}

interface ProfileFile {
  default: string | undefined;
  profiles: Record<string, Record<string, unknown>>;
}

async function readFileOf(path: string): Promise<ProfileFile> {
  const { default: json5 } = await import("json5");
  let parsed: unknown;
  try {
    parsed = json5.parse(await readText(path));
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    // Its message names line and column, and one character.
    throw new SettingsError(`${path} is not valid JSON5: ${(cause as Error).message}.`, "", { cause });
  }
  const { default: standard, profiles, ...rest } = (isObject(parsed) ? parsed : {}) as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  const whole = isObject(profiles) && Object.values(profiles).every(isObject);
  if (!whole || unknown !== undefined || (standard !== undefined && typeof standard !== "string")) {
    throw new SettingsError(
      unknown === undefined ? `${path} holds no profiles.` : `${path}: "${unknown}" is not a part of it.`,
      "It has the form { default: NAME, profiles: { NAME: { option: value } } }.",
    );
  }
  return { default: standard, profiles: profiles as ProfileFile["profiles"] };
}

function option(
  key: string,
  value: unknown,
  where: string,
  directory: string,
  environment: Environment,
): [string, string | number] {
  const name = kebab(key);
  if (SECRET.test(name)) {
    throw new SettingsError(
      `${where}: ${key} is a secret, and this file is no place for one.`,
      "Name a keystore and a passwordFile, or set a variable.",
    );
  }
  const kind = KIND.get(name);
  if (kind === undefined) {
    throw new SettingsError(
      `${where}: ${key} is not an option of a profile.`,
      `Options are ${[...KIND.keys()].join(", ")}.`,
    );
  }
  const wrong = (what: string) => new SettingsError(`${where}: ${key} is not ${what}.`);
  if (kind === "number") {
    if (typeof value !== "number") throw wrong("a number");
    return [name, value];
  }
  if (kind === "amount" && typeof value === "number") return [name, String(value)];
  const parts = kind === "list" && Array.isArray(value) ? value : [value];
  if (!parts.every((part): part is string => typeof part === "string" && part !== "")) throw wrong("a text");
  if (parts.some(hasCredentials)) {
    throw new SettingsError(
      `${where}: ${key} has a password in it, and this file is no place for one.`,
      "Set SESSION_RPC instead, or .env.",
    );
  }
  const [text = ""] = parts;
  return [name, kind === "path" ? pathOf(text, directory, environment) : parts.join(",")];
}

function withoutOverridden(
  values: Record<string, string | number>,
  given: ReadonlyMap<string, string | undefined>,
  environment: Environment,
): Record<string, string | number> {
  const left = { ...values };
  const drop = (names: readonly string[]) => names.forEach((name) => delete left[name]);
  const network = given.get("network");
  if (network !== undefined && network !== values["network"]) drop(OF_A_CHAIN);
  for (const group of INSTEAD) if (group.some((name) => given.has(name))) drop(group);
  for (const [name, companions] of Object.entries(TOGETHER)) if (given.has(name)) drop(companions);
  for (const [name, variable] of Object.entries(VARIABLES)) if (environment[variable] !== undefined) drop([name]);
  drop([...given.keys()]);
  return left;
}

function pathOf(text: string, directory: string, environment: Environment): string {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  if (text.startsWith("~/") && home !== undefined) return join(home, text.slice(2));
  return isAbsolute(text) ? text : resolve(directory, text);
}

function hasCredentials(text: string): boolean {
  try {
    const { username, password } = new URL(text);
    return username !== "" || password !== "";
  } catch {
    return false;
  }
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
