/**
 * Key files: `{ format, ed25519, x25519, bls }`, each either plain hex or an EIP-2335 keystore. Written with mode 0600, refused when
 * others may read it. The `bls` entry of an encrypted file is a keystore that other EIP-2335 tools open. The `x25519` entry is there for
 * other programs: it follows from `ed25519`, and one that was drawn by itself, as older versions did, is not read.
 */
import { open, stat } from "node:fs/promises";
import { create, decrypt } from "@chainsafe/bls-keystore";
import type { IKeystore } from "@chainsafe/bls-keystore";
import { z } from "zod";
import { bytesFromHex, hexFromBytes } from "../bls/index.ts";
import { readText } from "../settings/text.ts";
import { nodeKeysFrom, secretsOf } from "./keys.ts";
import type { NodeKeys } from "./keys.ts";

const FORMAT = "session-node-keys-1";
// The library's own check wants public keys of BLS12-381, 48 bytes.
const module = z.looseObject({ function: z.string(), message: z.string() });
const keystore = z.looseObject({
  version: z.literal(4),
  crypto: z.object({ kdf: module, checksum: module, cipher: module }),
});

const NAMES = ["ed25519", "x25519", "bls"] as const;

/** Raised for key files that cannot be used; never carries a secret. */
export class KeyFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyFileError";
  }
}

/**
 * Writes a new key file, mode 0600; an existing file is not replaced.
 * @param password - Encrypts the secrets; without one they are written as plain hex.
 * @throws KeyFileError when the file exists, and for a blank password
 */
export async function writeKeyFile(path: string, keys: NodeKeys, password?: string): Promise<void> {
  if (password?.trim() === "") throw new KeyFileError("the password is blank: everybody could open the key file");
  const secrets = { ...secretsOf(keys), x25519: keys.x25519Secret };
  const publics = { ed25519: keys.ed25519Pubkey, x25519: keys.x25519Pubkey, bls: keys.blsPubkey };
  const entries: [string, string | IKeystore][] = [];
  for (const name of NAMES) {
    const entry =
      password === undefined
        ? hexFromBytes(secrets[name])
        : await create(password, secrets[name], bytesFromHex(publics[name]), "", `session node ${name} key`);
    entries.push([name, entry]);
  }

  let file;
  try {
    file = await open(path, "wx", 0o600);
  } catch (cause) {
    throw new KeyFileError(`cannot create the key file ${path}`, { cause });
  }
  try {
    await file.writeFile(`${JSON.stringify({ format: FORMAT, ...Object.fromEntries(entries) }, null, 2)}\n`);
  } finally {
    await file.close();
  }
}

/**
 * Reads a key file.
 * @throws KeyFileError when it is unreadable, open to other users, malformed, encrypted without password, or the password is wrong
 */
export async function readKeyFile(path: string, password?: string): Promise<NodeKeys> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new KeyFileError(`${path} may be read by other users: chmod 600 it`);
    }
    text = await readText(path);
  } catch (cause) {
    if (cause instanceof KeyFileError) throw cause;
    throw new KeyFileError(`cannot read the key file ${path}`, { cause });
  }

  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw new KeyFileError(`${path} is not JSON`);
  }
  if (parsed === null || typeof parsed !== "object" || parsed.format !== FORMAT) {
    throw new KeyFileError(`${path} is not a key file of the format ${FORMAT}`);
  }

  return nodeKeysFrom({
    ed25519: await readEntry(path, "ed25519", parsed["ed25519"], password),
    bls: await readEntry(path, "bls", parsed["bls"], password),
  });
}

async function readEntry(path: string, name: string, entry: unknown, password?: string): Promise<Uint8Array> {
  if (typeof entry === "string") {
    try {
      return bytesFromHex(entry.trim(), name, 32);
    } catch {
      // The cause may quote a secret: it is dropped on purpose.
      throw new KeyFileError(`${path}: the ${name} key is not 32 bytes of hex`);
    }
  }
  if (!keystore.safeParse(entry).success)
    throw new KeyFileError(`${path}: the ${name} key is neither hex nor an EIP-2335 keystore`);
  if (password === undefined) throw new KeyFileError(`${path} is encrypted: a password is needed`);
  try {
    return Uint8Array.from(await decrypt(entry as IKeystore, password));
  } catch {
    throw new KeyFileError(`${path}: the password does not open the ${name} key`);
  }
}
