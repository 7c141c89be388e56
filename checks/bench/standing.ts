/** `npm run bench:standing`: what standing costs a node. Ratios of one run; the machine does not matter to them. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { pino } from "pino";
import yargs from "yargs";
import type { Hex } from "../../src/bls/index.ts";
import {
  deriveTags,
  hashToG2,
  hexFromBytes,
  publicKeyOf,
  publicKeyToHex,
  signatureToHex,
  signHash,
} from "../../src/bls/index.ts";
import { connect } from "../../src/chain/networks.ts";
import { ChainView } from "../../src/node/chainView.ts";
import type { Contracts } from "../../src/node/contracts.ts";
import type { BlockPoint, LedgerBlock, LedgerNode } from "../../src/node/index.ts";
import { Ledger, PARAMS } from "../../src/node/index.ts";
import { sortByArchives, verifyArchive } from "../../src/node/quorum/archive.ts";
import type { Archive } from "../../src/node/quorum/archive.ts";
import { bitsOf, checkCertificate, rejectionOf } from "../../src/node/quorum/certificate.ts";
import type { Certificate } from "../../src/node/quorum/certificate.ts";
import { archiveMessage, deriveQuorumTags, voteMessage } from "../../src/node/quorum/messages.ts";
import { Quorums } from "../../src/node/quorum/quorums.ts";
import { CertificateSet, digestOf } from "../../src/node/quorum/set.ts";
import { blsSignatures } from "../../src/node/quorum/signatures.ts";
import { Rpc } from "../../src/node/rpc.ts";
import type { Header, RpcSender } from "../../src/node/rpc.ts";
import { Store } from "../../src/node/store.ts";
import { GROUP_ORDER } from "../../src/bls/index.ts";
import { PlainLedger } from "../../test/helpers/plainLedger.ts";

const ROUNDS = 65_000;
const NODES = 1_500;
const CERTIFICATES = 10_000;
/** Certificates verified one by one; the rest is extrapolated, since each costs the same. */
const SAMPLE = 200;
/** Rounds of the ledger before: the rest is extrapolated, since each costs the same or more. */
const PLAIN_ROUNDS = 600;
/** Rounds read anew from a chain; the rest is extrapolated, since each costs the same. */
const READ_ROUNDS = 1_000;
const GENESIS: BlockPoint = { height: 0, hash: hashOf(0), timestamp: 1_800_000_000 };
const PARAMETERS = { ...PARAMS.mainnet, confirmations: 0 };
const DOMAIN = { chainId: 42_161n, contract: "0xC2B9fC251aC068763EbDfdecc792E3352E351c00" };

function hashOf(height: number): Hex {
  return `0x${(BigInt(height + 1) * 0x9e3779b97f4a7c15f39cc0605cedc834n).toString(16).padStart(64, "0").slice(-64)}`;
}

/** A fifth of the nodes with four contributors of odd stakes, the others alone; fees of all kinds. */
function nodeOf(i: number, blsPubkey: Hex = `0x${(i + 1).toString(16).padStart(128, "0")}`): LedgerNode {
  const deposit = 25_000_000_000_000n;
  const address = (n: number): string => `0x${(16 * i + n + 1).toString(16).padStart(40, "0")}`;
  const odd = BigInt(1_000_003 * (i + 1));
  const stakes = i % 5 === 0 ? [deposit / 4n + odd, deposit / 4n, deposit / 8n + odd] : [];
  const rest = deposit - stakes.reduce((sum, stake) => sum + stake, 0n);
  const contributors = [rest, ...stakes].map((amount, n) => ({ staker: address(n), beneficiary: address(n), amount }));
  const ed25519Pubkey: Hex = `0x${(i + 1).toString(16).padStart(64, "0")}`;
  const times = { addedAt: GENESIS.timestamp - 1_000_000, leaveRequestedAt: null };
  return {
    id: BigInt(i + 1),
    blsPubkey,
    ed25519Pubkey,
    fee: (i % 21) * 50,
    contributors,
    deposit,
    ...times,
    signed: true,
    liquidated: false,
  };
}

const blockOf = (round: number): LedgerBlock => ({
  height: round,
  hash: hashOf(round),
  timestamp: GENESIS.timestamp + 120 * round,
  events: [],
  // The pool empties slowly: each round pays another amount.
  rewardRate: 22_983_257_229n - BigInt(round) * 1_319n,
});

const ms = (work: () => void): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the benchmark measured something wrong: ${what}`);
}

/** The ledger of commit 3802486: of a checkout of it, or its plain copy in test/helpers. */
async function ledgerBefore(against: string | undefined): Promise<typeof PlainLedger> {
  if (against === undefined) return PlainLedger;
  const module = pathToFileURL(resolve(against, "src/node/ledger.ts")).href;
  return ((await import(module)) as { Ledger: typeof PlainLedger }).Ledger;
}

/** Settles all rounds and computes everybody's figure: the ledger before did both at once. */
async function ledgers(against: string | undefined): Promise<{ now: number; before: number }> {
  const nodes = Array.from({ length: NODES }, (_, i) => nodeOf(i));
  const blocks = Array.from({ length: ROUNDS }, (_, i) => blockOf(i + 1));
  const options = { params: PARAMETERS, genesis: GENESIS, nodes, historyBlocks: 28_800 };
  const figures = (ledger: Ledger, height: number): bigint =>
    [...ledger.recipients()].reduce((sum, recipient) => sum + ledger.rewardsAt(recipient, height), 0n);

  const Before = await ledgerBefore(against);
  const plain = new Before(options);
  const short = new Ledger(options);
  for (const block of blocks.slice(0, 200)) {
    plain.apply(block);
    short.apply(block);
  }
  must(
    figures(short, 200) === [...plain.recipients()].reduce((sum, who) => sum + plain.rewardsAt(who, 200), 0n),
    "the same figures",
  );
  const before = ms(() => {
    for (const [i, block] of blocks.slice(200, PLAIN_ROUNDS + 200).entries()) {
      plain.apply(block);
      if (i % 64 === 0) plain.prune();
    }
  });
  const now = ms(() => {
    const ledger = new Ledger(options);
    for (const block of blocks) ledger.apply(block);
    must(figures(ledger, ROUNDS) > 0n, "everybody's figure");
  });
  return { now, before: (before * ROUNDS) / PLAIN_ROUNDS };
}

/** Serves a chain with one block a round, fewer than any real one has, over JSON-RPC: an endpoint on this machine that computes nothing. */
async function serveChain(tip: number): Promise<{ url: string; close: () => void }> {
  const quantity = (value: number): string => `0x${value.toString(16)}`;
  const block = (height: number) => ({
    number: quantity(height),
    hash: hashOf(height),
    parentHash: hashOf(height - 1),
    timestamp: quantity(height === 0 ? GENESIS.timestamp : blockOf(height).timestamp),
  });
  const answer = ({ id, method, params }: { id: number; method: string; params: string[] }) => {
    const results: Record<string, () => unknown> = {
      eth_chainId: () => quantity(Number(DOMAIN.chainId)),
      eth_getBlockByNumber: () => block(params[0] === "latest" ? tip : Number(params[0])),
      eth_getLogs: () => [],
      eth_call: () => `0x${"00".repeat(32)}`,
    };
    return { jsonrpc: "2.0", id, result: results[method]?.() ?? null };
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const asked = JSON.parse(Buffer.concat(parts).toString()) as Parameters<typeof answer>[0];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(Array.isArray(asked) ? asked.map(answer) : answer(asked)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** What the node reads of the contracts: two calls for a round's rate, as in src/node/contracts.ts; the nodes are given. */
function chainOf(rpc: Rpc, nodes: readonly LedgerNode[]): { rpc: Rpc; contracts: Contracts } {
  const rewardRate = async ({ hash, height }: Header): Promise<bigint> => {
    await Promise.all([rpc.call(DOMAIN.contract, "0x", hash), rpc.call(DOMAIN.contract, "0x", hash)]);
    return blockOf(height).rewardRate ?? 0n;
  };
  const contracts = {
    allNodes: () => Promise.resolve([...nodes]),
    listed: () => Promise.resolve({ ids: nodes.map(({ id }) => id), nextId: BigInt(nodes.length + 1) }),
    isStarted: () => Promise.resolve(true),
    rewardRate,
  } as unknown as Contracts;
  return { rpc, contracts };
}

async function starts(): Promise<{ disk: number; anew: number; bytes: number }> {
  const logger = pino({ level: "silent" });
  const nodes = Array.from({ length: NODES }, (_, i) => nodeOf(i));
  const view = (sender: RpcSender, restored?: Ledger): ChainView =>
    new ChainView(
      { params: PARAMETERS, contract: DOMAIN.contract, genesisHeight: 0, restored },
      { ...chainOf(new Rpc(sender), nodes), logger },
    );
  const folder = await mkdtemp(join(tmpdir(), "standing-bench-"));
  const [short, long] = await Promise.all([serveChain(READ_ROUNDS), serveChain(ROUNDS)]);
  const [shortChain, longChain] = await Promise.all([short, long].map(({ url }) => connect(url)));
  if (shortChain === undefined || longChain === undefined) throw new Error("no chain");
  try {
    const start = performance.now();
    const read = view(shortChain.provider);
    await read.sync();
    must(read.ledger.round === READ_ROUNDS, "the rounds that were read");
    // Each round costs the same: its headers, its rate, its entry.
    const anew = ((performance.now() - start) * ROUNDS) / READ_ROUNDS;

    const ledger = new Ledger({ params: PARAMETERS, genesis: GENESIS, nodes, historyBlocks: PARAMETERS.historyBlocks });
    for (let round = 1; round <= ROUNDS; round++) ledger.apply(blockOf(round));
    const store = new Store(folder, "rules", logger);
    await store.load();
    const snapshot = ledger.snapshot();
    await store.checkpoint(snapshot, { recorded: false, known: {} }, []);
    await store.close();

    const again = performance.now();
    const stored = await new Store(folder, "rules", logger).load();
    if (stored.ledger === undefined) throw new Error("nothing is on disk");
    const second = view(longChain.provider, Ledger.restore(PARAMETERS, PARAMETERS.historyBlocks, stored.ledger));
    await second.sync();
    const disk = performance.now() - again;
    const [who] = [...second.ledger.recipients()];
    must(
      second.ledger.rewardsAt(who ?? "", ROUNDS) === ledger.rewardsAt(who ?? "", ROUNDS),
      "the same ledger from disk",
    );
    return { disk, anew, bytes: JSON.stringify(snapshot).length };
  } finally {
    for (const { provider } of [shortChain, longChain]) provider.destroy();
    for (const { close } of [short, long]) close();
    await rm(folder, { recursive: true });
  }
}

/** A history of certificates with real signatures, 540 a day, and the archives of its days. */
function history(): { archived: number; oneByOne: number; days: number } {
  const count = 150;
  const secrets = Array.from({ length: count }, (_, i) => BigInt(i + 1) * 0x1234567890abcdef1234567n);
  const nodes = secrets.map((secret, i) => nodeOf(i, publicKeyToHex(publicKeyOf(secret))));
  const ledger = new Ledger({ params: PARAMETERS, genesis: GENESIS, nodes, historyBlocks: 28_800 });
  for (let round = 1; round <= 15_000; round++) ledger.apply(blockOf(round));
  const quorums = new Quorums(() => ledger, PARAMETERS.epochRounds);
  const tags = deriveQuorumTags(DOMAIN);
  const { hashToG2: dst } = deriveTags(DOMAIN);
  const { verifyAggregate } = blsSignatures(dst);
  const sumOf = (ids: readonly bigint[]): bigint =>
    ids.reduce((sum, id) => (sum + (secrets[Number(id) - 1] ?? 0n)) % GROUP_ORDER, 0n);
  const signed = (message: Uint8Array, ids: readonly bigint[]): Hex =>
    signatureToHex(signHash(hashToG2(message, dst), sumOf(ids)));

  const certificates: Certificate[] = [];
  for (let round = 1; certificates.length < CERTIFICATES; round++) {
    const quorum = quorums.of(round);
    for (const { node } of quorum?.workers() ?? []) {
      if (quorum === undefined || certificates.length >= CERTIFICATES || round % 10 === 0) continue;
      const voters = quorum.voters.filter(({ node: { id } }) => id !== node.id).slice(0, quorum.threshold);
      const judgement = { round, worker: node.id, change: "decommission" } as const;
      // Only those that are verified one by one need a signature of their own.
      const signature =
        certificates.length < SAMPLE
          ? signed(
              voteMessage(tags, judgement),
              voters.map(({ node: { id } }) => id),
            )
          : (`0x${"00".repeat(128)}` as Hex);
      const places = voters.map(({ node: { id } }) => quorum.places.get(id) as number);
      certificates.push({ ...judgement, voters: bitsOf(places, quorum.voters.length), signature });
    }
  }
  const dayOf = (round: number): number => Math.floor(round / PARAMETERS.dayRounds);
  const roundOf = (day: number): number => Math.min(15_000, (day + 1) * PARAMETERS.dayRounds - 1);
  const days = [...new Set(certificates.map(({ round }) => dayOf(round)))];
  const archives = days.map((day): Archive => {
    const digest = digestOf(certificates.filter(({ round }) => dayOf(round) === day));
    const signers = quorums.membersIn(roundOf(day)).slice(0, 110);
    const bits = bitsOf(signers.keys(), count);
    return {
      day,
      digest,
      signers: bits,
      signature: signed(
        archiveMessage(tags, day, digest),
        signers.map(({ node }) => node.id),
      ),
    };
  });

  const sample = certificates.slice(0, SAMPLE);
  for (const certificate of sample.slice(0, 5)) rejectionOf(certificate, quorums, tags, verifyAggregate);
  const oneByOne = ms(() => {
    for (const certificate of sample)
      must(rejectionOf(certificate, quorums, tags, verifyAggregate) === undefined, "one by one");
  });
  const fresh = new Quorums(() => ledger, PARAMETERS.epochRounds);
  const archived = ms(() => {
    const set = new CertificateSet(PARAMETERS);
    const { vouched, left } = sortByArchives(certificates, archives, dayOf, (archive) =>
      verifyArchive(archive, fresh, roundOf(archive.day), tags, verifyAggregate),
    );
    must(left.length === 0, "the archives cover all");
    for (const certificate of vouched) {
      must(typeof checkCertificate(certificate, fresh) !== "string", "what the chain says of a certificate");
      set.add(certificate);
    }
  });
  return { archived, oneByOne: (oneByOne * CERTIFICATES) / SAMPLE, days: days.length };
}

/** Resident memory of a process with the ledger of 9,600 nodes, 65,000 rounds, everybody's figure, eight checkpoints and 40,000 certificates. */
function memory(): number {
  const nodes = Array.from({ length: 9_600 }, (_, i) =>
    nodeOf(i, hexFromBytes(Uint8Array.from({ length: 64 }, (_unused, j) => (i * 31 + j * 7) & 255))),
  );
  const ledger = new Ledger({ params: PARAMETERS, genesis: GENESIS, nodes, historyBlocks: 28_800 });
  const checkpoints: Ledger[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    ledger.apply(blockOf(round));
    if (round > ROUNDS - 8) checkpoints.push(ledger.clone());
  }
  let sum = 0n;
  for (const recipient of ledger.recipients()) sum += ledger.rewardsAt(recipient, ROUNDS);
  const set = new CertificateSet(PARAMETERS);
  for (let i = 0; i < 40_000; i++) {
    const signature: Hex = `0x${i.toString(16).padStart(256, "0")}`;
    set.add({
      round: i + 1,
      worker: BigInt((i % 40) + 1),
      change: "decommission",
      voters: `0x${"ff".repeat(13)}`,
      signature,
    });
  }
  globalThis.gc?.();
  must(sum > 0n && checkpoints.length === 8 && set.size === 40_000, "everything is still there");
  return process.memoryUsage.rss() / 1e6;
}

/** Measures and prints; exit code 1 when a target is missed. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run bench:standing --")
    .usage("$0 [options]\n\nMeasures ledger, start, history and memory against their targets.")
    .option("json", { type: "boolean", default: false, describe: "print one JSON object" })
    .option("against", {
      type: "string",
      describe: "folder with a checkout of commit 3802486; else its ledger's copy in test/helpers",
    })
    .option("part", { choices: ["ledger", "start", "history", "memory"] as const, describe: "only this" })
    .strict()
    .parse();
  if (argv.part === "memory" && argv.json) {
    process.stdout.write(`${memory()}\n`);
    return;
  }
  const wants = (part: string): boolean => argv.part === undefined || argv.part === part;
  const lines: { what: string; value: number; target: number; unit: string }[] = [];
  if (wants("ledger")) {
    const { now, before } = await ledgers(argv.against);
    lines.push({
      what: `ledger of ${ROUNDS} rounds x ${NODES} nodes and everybody's figure, of commit 3802486`,
      value: now / before,
      target: 0.2,
      unit: "",
    });
  }
  if (wants("start")) {
    const { disk, anew, bytes } = await starts();
    lines.push({
      what: `start from disk (${(bytes / 1e6).toFixed(0)} MB), of reading ${ROUNDS} rounds from a chain of as many blocks on this machine`,
      value: disk / anew,
      target: 0.01,
      unit: "",
    });
    process.stderr.write(`start: ${disk.toFixed(0)} ms from disk, ${anew.toFixed(0)} ms anew\n`);
  }
  if (wants("history")) {
    const { archived, oneByOne, days } = history();
    lines.push({
      what: `${CERTIFICATES} certificates under ${days} archives, of one by one`,
      value: archived / oneByOne,
      target: 0.02,
      unit: "",
    });
    process.stderr.write(`history: ${archived.toFixed(0)} ms under archives, ${oneByOne.toFixed(0)} ms one by one\n`);
  }
  if (wants("memory")) {
    const self = fileURLToPath(new URL("../../scripts/bench-standing.ts", import.meta.url));
    const printed = execFileSync(process.execPath, ["--expose-gc", self, "--part", "memory", "--json"], {
      encoding: "utf8",
    });
    lines.push({ what: "resident memory with 9,600 nodes", value: Number(printed), target: 400, unit: " MB" });
  }
  if (argv.json) process.stdout.write(`${JSON.stringify(lines)}\n`);
  else
    for (const { what, value, target, unit } of lines)
      process.stdout.write(`${value.toPrecision(3)}${unit} (target ${target}${unit}): ${what}\n`);
  if (lines.some(({ value, target }) => value > target)) process.exitCode = 1;
}
