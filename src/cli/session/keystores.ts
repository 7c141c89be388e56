import { readFile, stat } from "node:fs/promises";
import { create, decrypt, isValidKeystore } from "@chainsafe/bls-keystore";
import type { IKeystore } from "@chainsafe/bls-keystore";
import { Wallet } from "ethers";
import type { SecretKey } from "../../bls/index.ts";
import {
  BlsError,
  bytesFromHex,
  hexFromBytes,
  importSecretKey,
  normalizeHex,
  publicKeyOf,
  publicKeyToBytes,
  publicKeyToHex,
  secretKeyToBytes,
} from "../../bls/index.ts";
import { KeyFileError, nodeKeysFrom, parseDaemonKey, readDaemonFolder } from "../../node/index.ts";
import { x25519FromEd25519 } from "../../omq/index.ts";
import { readPassword, readText } from "../../settings/text.ts";
import { CliError } from "../terminal/exit.ts";
import type { Io } from "../terminal/io.ts";
import { writeNew } from "./state.ts";

/**
 * Key files on disk: EIP-2335 keystores for BLS keys (the curve is BN254, so `pubkey` is 64 bytes X || Y), Ethereum JSON keystores
 * for accounts. No message of an error here carries a secret or a password.
 */

/**
 * The password of a keystore: the first line of a file, or what a person types.
 *
 * @param isNew - It is to be typed twice: nobody could open the keystore again after a slip.
 * @throws CliError `key` when there is neither
 */
export async function passwordFrom(path: string | undefined, io: Io, isNew = false): Promise<string> {
  if (path !== undefined) return readPassword(path);
  const { askSecret } = io;
  if (!askSecret) {
    throw new CliError(
      "key",
      "A keystore needs a password.",
      "Give --password-file: a file whose first line is the password.",
    );
  }
  const password = await askSecret(isNew ? "New password: " : "Password: ");
  if (!isNew || (await askSecret("The same again: ")) === password) return password;
  throw new CliError("key", "The two passwords differ.", "Run it again.");
}

/** Writes a new EIP-2335 keystore, mode 0600; gives the public key. */
export async function writeBlsKeystore(path: string, secretKey: SecretKey, password: string): Promise<string> {
  const publicKey = publicKeyOf(secretKey);
  const keystore = await create(
    password,
    secretKeyToBytes(secretKey),
    publicKeyToBytes(publicKey),
    "",
    "Session node BLS key (BN254, G1)",
  );
  await writeNew(path, `${JSON.stringify(keystore, null, 2)}\n`);
  return publicKeyToHex(publicKey);
}

/** Opens an EIP-2335 keystore, and checks that the key inside is the one it names outside. */
export async function openBlsKeystore(path: string, password: string): Promise<SecretKey> {
  const keystore = parseKeystore(await readText(path), path);
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(await decrypt(keystore, password));
  } catch {
    throw new CliError("key", `The password does not open ${path}.`, "Check --password-file.");
  }
  const secretKey = importSecretKey(bytes);
  if (publicKeyToHex(publicKeyOf(secretKey)) !== normalizeHex(keystore.pubkey)) {
    throw new CliError(
      "key",
      `${path} names another public key than its secret has.`,
      "It is damaged, or for another curve.",
    );
  }
  return secretKey;
}

function parseKeystore(text: string, path: string): IKeystore {
  const parsed = parseJson(text, path);
  if (!isKeystore(parsed)) throw new CliError("key", `${path} is not an EIP-2335 keystore of a BN254 key.`);
  return parsed;
}

/** The library's schema admits only the 48 bytes of a BLS12-381 key in `pubkey`; all else of it holds for keys of any curve. */
function isKeystore(value: unknown, pubkeyBytes = 64): value is IKeystore {
  if (typeof value !== "object" || value === null) return false;
  const { pubkey } = value as { pubkey?: unknown };
  return (
    typeof pubkey === "string" &&
    new RegExp(`^(0[xX])?[0-9a-fA-F]{${2 * pubkeyBytes}}$`).test(pubkey) &&
    isValidKeystore({ ...value, pubkey: "00".repeat(48) })
  );
}

export function parseJson(text: string, path: string, exit: "key" | "usage" = "key"): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may hold secrets.
    throw new CliError(exit, `${path} is not JSON.`);
  }
}

/** Writes a new Ethereum JSON keystore, mode 0600; gives the address. */
export async function writeAccountKeystore(
  path: string,
  wallet: { privateKey: string; address: string },
  password: string,
  onProgress?: (fraction: number) => void,
): Promise<string> {
  const json = await new Wallet(wallet.privateKey).encrypt(password, onProgress);
  await writeNew(path, `${JSON.stringify(JSON.parse(json), null, 2)}\n`);
  return wallet.address;
}

/** What a key file shows without its password. */
export interface PublicParts {
  /** `daemon`: secret keys as the live daemon keeps them, one or both. */
  type: "bls" | "account" | "node" | "daemon";
  blsPubkey?: string;
  address?: string;
  ed25519Pubkey?: string;
  x25519Pubkey?: string;
  encrypted: boolean;
}

/** Reads the public parts of a keystore, a node's key file, a daemon's `key_bls` or `key_ed25519`, or a daemon's folder. */
export async function readPublicParts(path: string): Promise<PublicParts> {
  const daemon = await readDaemonParts(path);
  if (daemon) return daemon;
  const parsed = parseJson(await readText(path), path);
  if (isKeystore(parsed)) return { type: "bls", blsPubkey: normalizeHex(parsed.pubkey), encrypted: true };
  const object = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  if (object["version"] === 3 && ("crypto" in object || "Crypto" in object)) {
    // Foundry's keystores name no address: it follows from the key alone.
    const { address } = object;
    return { type: "account", ...(isText(address) ? { address: normalizeHex(address) } : {}), encrypted: true };
  }
  const { bls, ed25519 } = object;
  if (isKeystore(bls) && isKeystore(ed25519, 32)) {
    return {
      type: "node",
      blsPubkey: normalizeHex(bls.pubkey),
      ed25519Pubkey: normalizeHex(ed25519.pubkey),
      x25519Pubkey: hexFromBytes(x25519FromEd25519(bytesFromHex(normalizeHex(ed25519.pubkey)))),
      encrypted: true,
    };
  }
  throw new CliError(
    "key",
    `${path} is no key file that this program knows.`,
    "Known are EIP-2335 keystores, Ethereum JSON keystores, encrypted key files of a node, and a daemon's key_bls and key_ed25519.",
  );
}

/** The public parts of a daemon's secret keys; undefined for a file that holds something else. */
async function readDaemonParts(path: string): Promise<PublicParts | undefined> {
  try {
    if ((await stat(path)).isDirectory()) {
      const { blsPubkey, ed25519Pubkey, x25519Pubkey } = nodeKeysFrom(await readDaemonFolder(path));
      return { type: "daemon", blsPubkey, ed25519Pubkey, x25519Pubkey, encrypted: false };
    }
    const key = parseDaemonKey(await readFile(path));
    if (key === undefined) return undefined;
    // One of the two is there; the other's place is taken by any valid secret and not shown.
    const keys = nodeKeysFrom({ bls: new Uint8Array(32).fill(1), ed25519: new Uint8Array(32), [key.kind]: key.secret });
    return key.kind === "bls"
      ? { type: "daemon", blsPubkey: keys.blsPubkey, encrypted: false }
      : { type: "daemon", ed25519Pubkey: keys.ed25519Pubkey, x25519Pubkey: keys.x25519Pubkey, encrypted: false };
  } catch (error) {
    if (error instanceof KeyFileError)
      throw new CliError("key", `${error.message}.`, "Show key_bls, key_ed25519 or the folder of both.");
    if (error instanceof BlsError)
      throw new CliError("key", `${path} is no BLS secret key: ${error.message}.`, "Show key_bls or key_ed25519.");
    // Not there, or not to be read: said by whoever reads it next.
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
