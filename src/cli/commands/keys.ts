import { computeAddress, Wallet } from "ethers";
import { join } from "node:path";
import { BlsError, generateSecretKey, hexFromBytes, importSecretKey, normalizeHex } from "../../bls/index.ts";
import { keystoreFault } from "../../chain/files/index.ts";
import type { DaemonKey } from "../../node/index.ts";
import {
  DAEMON_KEY_FILES,
  KeyFileError,
  nodeKeysFrom,
  readDaemonFolder,
  readDaemonKey,
  writeKeyFile,
} from "../../node/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand, defineGroup } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import { decodeText, readText } from "../../settings/text.ts";
import { openBlsKeystore, passwordFrom, readPublicParts } from "../session/keystores.ts";
import { writeAccountKeystore, writeBlsKeystore } from "../session/keystores.ts";
import type { Output } from "../terminal/output.ts";
import { startProgress } from "../terminal/progress.ts";

const TYPES = ["bls", "account"] as const;
type KeyType = (typeof TYPES)[number];
/** What can be imported besides: both keys of a live daemon, from its folder. */
const IMPORTS = [...TYPES, "node"] as const;

const passwordFile = {
  type: "string",
  normalize: true,
  describe: "File whose first line is the password (default: asked for at a terminal)",
  requiresArg: true,
} as const;
const outFile = {
  type: "string",
  normalize: true,
  describe: "Keystore to create, mode 0600; an existing file is never replaced",
  requiresArg: true,
} as const;

const generate = defineCommand({
  command: "generate",
  describe: "Draw a new key and write it as an encrypted keystore",
  builder: (yargs) =>
    yargs
      .option("type", {
        choices: TYPES,
        default: "bls" as KeyType,
        describe: "bls: a node's key (EIP-2335); account: an Ethereum key",
      })
      .option("out", { ...outFile, demandOption: true })
      .option("password-file", passwordFile)
      .example("$0 keys generate --out node.json --password-file pw.txt", "a BLS key"),
  run: async (args, { io, out }) => {
    const password = await passwordFrom(args.passwordFile, io, true);
    const secret =
      args.type === "bls"
        ? ({ bls: generateSecretKey() } as const)
        : ({ account: Wallet.createRandom().privateKey } as const);
    await store(args.out, secret, password, io, out);
  },
});

const importKey = defineCommand({
  command: "import",
  describe: "Encrypt an existing secret key, from a file or standard input",
  builder: (yargs) =>
    yargs
      .option("type", {
        choices: IMPORTS,
        default: "bls" as (typeof IMPORTS)[number],
        describe: "Kind of key; node: both keys of a daemon, for this project's node program",
      })
      .option("secret-file", {
        type: "string",
        normalize: true,
        describe:
          "File with the secret: 32 bytes of hex, big-endian, or a daemon's key_bls as it lies there. Without it: standard input. Never an argument",
        requiresArg: true,
        conflicts: "daemon-dir",
      })
      .option("daemon-dir", {
        type: "string",
        normalize: true,
        describe: "A daemon's data folder, e.g. /var/lib/oxen: its key_bls, and with --type node its key_ed25519",
        requiresArg: true,
      })
      .option("out", { ...outFile, demandOption: true })
      .option("password-file", passwordFile)
      .example("$0 keys import --out node.json --password-file pw.txt < secret.hex", "from standard input")
      .example("$0 keys import --secret-file /var/lib/oxen/key_bls --out bls.json", "the BLS key of a daemon"),
  run: async (args, { io, out }) => {
    if (args.type === "node") return importNode(args.daemonDir, args.out, args.passwordFile, io, out);
    const daemonFile =
      args.type !== "bls"
        ? undefined
        : args.daemonDir === undefined
          ? args.secretFile
          : join(args.daemonDir, DAEMON_KEY_FILES.bls);
    const daemonKey = daemonFile === undefined ? undefined : await daemonBls(daemonFile);
    if (daemonKey !== undefined) {
      await store(args.out, { bls: daemonKey }, await passwordFrom(args.passwordFile, io, true), io, out);
      return;
    }
    const text = (args.secretFile === undefined ? await readAll(io) : await readText(args.secretFile)).trim();
    const password = await passwordFrom(args.passwordFile, io, true);
    await store(
      args.out,
      args.type === "bls" ? { bls: parseBls(text) } : { account: parseAccount(text) },
      password,
      io,
      out,
    );
  },
});

const show = defineCommand({
  command: "show <file>",
  describe: "The public parts of a keystore; with a password file also whether it opens",
  builder: (yargs) =>
    yargs
      .positional("file", { type: "string", normalize: true, demandOption: true, describe: "Keystore or key file" })
      .option("password-file", passwordFile),
  run: async (args, { io, out }) => {
    const parts = await readPublicParts(args.file);
    let opens: boolean | undefined;
    if (args.passwordFile !== undefined && (parts.type === "bls" || parts.type === "account")) {
      const password = await passwordFrom(args.passwordFile, io);
      if (parts.type === "bls") await openBlsKeystore(args.file, password);
      else parts.address = await openAccount(args.file, password);
      opens = true;
    }
    out.result({ ...parts, ...(opens === undefined ? {} : { opens }) }, () => {
      out.fields([
        [
          "type",
          {
            bls: "BLS key (EIP-2335)",
            account: "account (Ethereum JSON keystore)",
            node: "keys of a node",
            daemon: "secret keys of a daemon, not encrypted",
          }[parts.type],
        ],
        ["BLS key", parts.blsPubkey],
        ["Ed25519 key", parts.ed25519Pubkey],
        ["X25519 key", parts.x25519Pubkey],
        [
          "address",
          parts.address ?? (parts.type === "account" ? "not in the file; --password-file finds it" : undefined),
        ],
        ["password", opens ? out.colors.green("opens it") : undefined],
      ]);
    });
  },
});

/** `keys`: encrypted key files. Secrets come from files or standard input and go to files of mode 0600, never to the screen. */
export const keysCommand = defineGroup({
  ...HEADINGS.keys,
  children: [generate, importKey, show],
});

/** The secret of a daemon's `key_bls`, raw or in hex; undefined for a file that is read as text. */
async function daemonBls(path: string): Promise<bigint | undefined> {
  let key: DaemonKey | undefined;
  try {
    key = await readDaemonKey(path);
  } catch {
    // Hex that somebody wrote by hand, or no key at all: said where it is read as text.
    return undefined;
  }
  if (key.kind === "bls") return parseBls(hexFromBytes(key.secret));
  throw new CliError(
    "key",
    `${path} is an Ed25519 key, not a BLS key.`,
    "Give key_bls; or --type node and --daemon-dir for both.",
  );
}

/** Both keys of a daemon as a key file of this project's node program. */
async function importNode(
  folder: string | undefined,
  file: string,
  passwordFile: string | undefined,
  io: Io,
  out: Output,
) {
  if (folder === undefined)
    throw new CliError("usage", "The keys of which daemon?", "Give --daemon-dir, e.g. /var/lib/oxen.");
  try {
    const keys = nodeKeysFrom(await readDaemonFolder(folder));
    await writeKeyFile(file, keys, await passwordFrom(passwordFile, io, true));
    const { blsPubkey, ed25519Pubkey, x25519Pubkey } = keys;
    out.result({ type: "node", file, blsPubkey, ed25519Pubkey, x25519Pubkey }, () => {
      out.fields([
        ["written", file],
        ["BLS key", blsPubkey],
        ["Ed25519 key", ed25519Pubkey],
        ["X25519 key", x25519Pubkey],
      ]);
    });
  } catch (error) {
    if (!(error instanceof KeyFileError) && !(error instanceof BlsError)) throw error;
    throw new CliError("key", `${error.message}.`, "Check --daemon-dir and --out; an existing file is never replaced.");
  }
}

type Secret = { bls: bigint } | { account: string };

async function store(path: string, secret: Secret, password: string, io: Io, out: Output): Promise<void> {
  if ("bls" in secret) {
    const blsPubkey = await writeBlsKeystore(path, secret.bls, password);
    out.result({ type: "bls", file: path, blsPubkey }, () => {
      out.fields([
        ["written", path],
        ["BLS key", blsPubkey],
      ]);
    });
    return;
  }
  const progress = startProgress(io, "encrypting", 100);
  const wallet = { privateKey: secret.account, address: computeAddress(secret.account) };
  const address = await writeAccountKeystore(path, wallet, password, (done) =>
    progress.update(Math.round(done * 100)),
  ).finally(() => progress.stop());
  out.result({ type: "account", file: path, address }, () => {
    out.fields([
      ["written", path],
      ["address", address],
    ]);
  });
}

function parseBls(text: string): bigint {
  try {
    return importSecretKey(text);
  } catch (error) {
    const why = error instanceof BlsError ? error.message : "it cannot be read";
    throw new CliError("key", `That is no BLS secret key: ${why}.`, "Give 32 bytes of hex, big-endian.");
  }
}

function parseAccount(text: string): string {
  try {
    const key = normalizeHex(text, "the key", 32);
    computeAddress(key);
    return key;
  } catch {
    // The cause carries the key: it is dropped on purpose.
    throw new CliError("key", "That is no private key of an account.", "Give 32 bytes of hex.");
  }
}

async function openAccount(path: string, password: string): Promise<string> {
  const json = await readText(path);
  try {
    return (await Wallet.fromEncryptedJson(json, password)).address;
  } catch (cause) {
    throw new CliError("key", keystoreFault(cause, path), "Check the file and --password-file.");
  }
}

async function readAll(io: Io): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of io.stdin) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    chunks.push(bytes);
    size += bytes.length;
    if (size > 4_096) throw new CliError("usage", "Standard input holds more than a key.");
  }
  return decodeText(Buffer.concat(chunks));
}
