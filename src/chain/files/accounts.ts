import { readFile } from "node:fs/promises";
import type { Provider } from "ethers";
import { Wallet } from "ethers";
import { ChainError } from "../errors.ts";

/** Where an account's key comes from. Never the command line: other users of the machine can read that. */
export interface AccountSource {
  /** Name of the environment variable with the private key, 0x hex. Default `PRIVATE_KEY`. */
  variable?: string | undefined;
  /** Path of an encrypted Ethereum JSON keystore (version 3). It goes before the variable. */
  keystore?: string | undefined;
  /** Path of a file whose first line is the keystore's password. */
  passwordFile?: string | undefined;
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
    if (source.passwordFile === undefined) {
      throw new ChainError("no-password", "A keystore needs --password-file: a file whose first line is its password.");
    }
    const [json, password] = await Promise.all([read(source.keystore), read(source.passwordFile)]);
    try {
      const wallet = await Wallet.fromEncryptedJson(json, password.split(/\r?\n/)[0] ?? "");
      return new Wallet(wallet.privateKey, provider);
    } catch (cause) {
      const wrongPassword = cause instanceof Error && /incorrect password/i.test(cause.message);
      throw new ChainError(
        "bad-keystore",
        wrongPassword
          ? `The password does not open ${source.keystore}.`
          : `${source.keystore} is not an Ethereum JSON keystore.`,
      );
    }
  }
  const variable = source.variable ?? "PRIVATE_KEY";
  const key = environment[variable]?.trim();
  if (!key) return undefined;
  try {
    return new Wallet(key.startsWith("0x") ? key : `0x${key}`, provider);
  } catch {
    // The cause carries the value: it is dropped on purpose.
    throw new ChainError("bad-key", `$${variable} is not a private key (32 bytes of hex).`);
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ChainError(
      "bad-file",
      `Cannot read ${path}: ${(cause as NodeJS.ErrnoException).code ?? "error"}.`,
      { path },
      cause,
    );
  }
}
