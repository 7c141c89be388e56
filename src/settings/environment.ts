import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { readTextSync } from "./text.ts";

/** Variables by name; none is empty. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a program: its own variables, then those of `.env` in the working directory. An empty variable counts as not
 * given, in either place, as `.env.example` copied and half filled in has them.
 *
 * @throws SettingsError when there is a `.env` that cannot be read
 */
export function readEnvironment(own: Environment = process.env, directory = process.cwd()): Environment {
  const path = join(directory, ".env");
  const given = existsSync(path) ? parseEnv(readTextSync(path)) : {};
  return { ...withoutEmpty(given), ...withoutEmpty(own) };
}

/** {@link readEnvironment}, into this process's own environment: for libraries that look there (Hardhat, undici). */
export function applyEnvironment(directory = process.cwd()): void {
  const environment = readEnvironment(process.env, directory);
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
}

function withoutEmpty(variables: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  );
}
