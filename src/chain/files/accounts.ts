import type { Provider } from "ethers";
import { Wallet } from "ethers";
import { normalizeHex } from "../../bls/index.ts";
import { SettingsError } from "../../settings/errors.ts";
import { readText } from "../../settings/text.ts";
import { ChainError } from "../errors.ts";

/** Where an account's key comes from. Never the command line: other users of the machine can read that. */
export interface AccountSource {
  /** Name of the environment variable with the private key, 0x hex. Default `PRIVATE_KEY`. */
  variable?: string | undefined;
  /** Path of an encrypted Ethereum JSON keystore (version 3). It goes before the variable. */
  keystore?: string | undefined;
  /** Path of a file whose first line is the keystore's password; an empty line is the empty password. */
  passwordFile?: string | undefined;
  /** Asks for the keystore's password where there is no file: a person at a terminal. */
  askPassword?: (() => Promise<string>) | undefined;
}

/**
 * Loads the account. No error message or detail contains the key or the password.
 *
 * @returns undefined when no source is given and the variable is not set (enough for a dry run with `--from`)
 * @throws ChainError `no-password` | `bad-keystore` | `bad-key`
 */
export async function loadAccount(
  source: AccountSource,
  provider: Provider,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Wallet | undefined> {
  if (source.keystore !== undefined) {
    const json = await read(source.keystore);
    const password = await passwordOf(source);
    try {
      const wallet = await Wallet.fromEncryptedJson(json, password);
      return new Wallet(wallet.privateKey, provider);
    } catch (cause) {
      throw new ChainError("bad-keystore", keystoreFault(cause, source.keystore));
    }
  }
  const variable = source.variable ?? "PRIVATE_KEY";
  const key = environment[variable]?.trim();
  if (!key) return undefined;
  try {
    return new Wallet(normalizeHex(key, "the key", 32), provider);
  } catch {
    // The cause carries the value: it is dropped on purpose.
    throw new ChainError("bad-key", `$${variable} is not a private key (32 bytes of hex).`);
  }
}

/** Why ethers does not open a keystore. Its own words may hold what is in it. */
export function keystoreFault(cause: unknown, path: string): string {
  const words = cause instanceof Error ? cause.message : "";
  if (/incorrect password/i.test(words)) return `The password does not open ${path}.`;
  if (/address\/privateKey mismatch/i.test(words)) return `${path} names another address than its key has.`;
  return `${path} is not an Ethereum JSON keystore.`;
}

async function passwordOf({ passwordFile, askPassword }: AccountSource): Promise<string> {
  if (passwordFile !== undefined) return (await read(passwordFile)).split(/\r?\n/)[0] ?? "";
  if (askPassword) return askPassword();
  throw new ChainError("no-password", "A keystore needs --password-file: a file whose first line is its password.");
}

async function read(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new ChainError("bad-file", error.message, { path }, error);
  }
}
