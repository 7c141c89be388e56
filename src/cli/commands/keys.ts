import { computeAddress, Wallet } from "ethers";
import { BlsError, generateSecretKey, importSecretKey, normalizeHex } from "../../bls/index.ts";
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
      .option("type", { choices: TYPES, default: "bls" as KeyType, describe: "Kind of key" })
      .option("secret-file", {
        type: "string",
        normalize: true,
        describe: "File with the secret: 32 bytes of hex, big-endian. Without it: standard input. Never an argument",
        requiresArg: true,
      })
      .option("out", { ...outFile, demandOption: true })
      .option("password-file", passwordFile)
      .example("$0 keys import --out node.json --password-file pw.txt < secret.hex", "from standard input"),
  run: async (args, { io, out }) => {
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
    if (args.passwordFile !== undefined && parts.type !== "node") {
      const password = await passwordFrom(args.passwordFile, io);
      if (parts.type === "bls") await openBlsKeystore(args.file, password);
      else parts.address = await openAccount(args.file, password);
      opens = true;
    }
    out.result({ ...parts, ...(opens === undefined ? {} : { opens }) }, () => {
      out.fields([
        [
          "type",
          { bls: "BLS key (EIP-2335)", account: "account (Ethereum JSON keystore)", node: "keys of a node" }[
            parts.type
          ],
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
  } catch {
    throw new CliError("key", `The password does not open ${path}.`, "Check --password-file.");
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
