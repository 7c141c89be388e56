import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { id, getAddress } from "ethers";
import type { TransactionResponse } from "ethers";
import {
  exitMessage,
  hashToG2WithAttempts,
  liquidateMessage,
  proofOfPossessionMessage,
  rewardMessage,
} from "../../src/bls/index.ts";
import { contributor, deploySystem, nodeParams } from "../../test/helpers/staking.ts";
import type { Connection, System } from "../../test/helpers/staking.ts";
import { testNode, testNodes } from "../../test/helpers/TestNetwork.ts";
import type { TestNode } from "../../test/helpers/TestNetwork.ts";
import { CallLog } from "./calls.ts";
import type { CallSize } from "./calls.ts";
import { measureFamily } from "./family.ts";
import type { FamilyFigures } from "./family.ts";
import { measurePlain } from "./plain.ts";
import type { PlainFigures } from "./plain.ts";

/** Seeded nodes: their third is just enough for the 20 non-signers that are measured. */
const SEEDS = 64;
/** Messages per mean. */
const SAMPLES = 16;
const BATCH = 20;
const NON_SIGNERS = [0, 1, 5, 20] as const;
/** The clock of the simulated chain: nothing measured may depend on the day it is measured. */
const START = 1_800_000_000;

/** Gas used by whole transactions through the proxy; `hashToG2` is the library call alone. Batches: per recipient. */
interface RewardsFigures {
  hashToG2: number;
  updateRewardsBalance: number;
  perNonSigner: number;
  batch20New: number;
  batch20Known: number;
  /** Without roots. */
  batch20LeanNew: number;
  batch20LeanKnown: number;
  addBLSPublicKey: number;
  exitBLSPublicKeyWithSignature: number;
  liquidateBLSPublicKeyWithSignature: number;
  updateRewardsBalanceAndClaim: number;
}

export type Figures = RewardsFigures & FamilyFigures;

export interface Measurement {
  /** Messages whose first try hashes to the curve. */
  firstTry: Figures;
  /** The mean over any messages, which take two tries on average. */
  mean: Figures;
  /** `updateRewardsBalance`, first try, by number of non-signers. */
  nonSigners: Record<string, number>;
  /** By operation, first try. */
  calls: Record<string, CallSize>;
}

type Accept = (message: Uint8Array) => boolean;

const isFirstTry = (message: Uint8Array, dst: Uint8Array) => hashToG2WithAttempts(message, dst).attempts === 1;
const isAny = () => true;

/** Measures every operation on fresh simulated chains of the given hardfork. */
export async function measure(hre: HardhatRuntimeEnvironment, hardfork: "osaka" | "prague"): Promise<Measurement> {
  const log = new CallLog();
  const { nonSigners, ...rewards } = await measureRewards(hre, hardfork, log);
  const connection = await connect(hre, hardfork);
  try {
    return {
      firstTry: { ...rewards.firstTry, ...(await measureFamily(connection, isFirstTry, log)) },
      mean: { ...rewards.mean, ...(await measureFamily(connection, isAny, log)) },
      nonSigners,
      calls: log.sizes,
    };
  } finally {
    await connection.close();
  }
}

/** The calls that need no network signature, whose gas is the same under either. */
export async function measurePlainCalls(hre: HardhatRuntimeEnvironment): Promise<[PlainFigures, CallLog["sizes"]]> {
  const log = new CallLog();
  const connection = await connect(hre, "osaka");
  try {
    return [await measurePlain(connection, log), log.sizes];
  } finally {
    await connection.close();
  }
}

async function measureRewards(hre: HardhatRuntimeEnvironment, hardfork: "osaka" | "prague", log: CallLog) {
  const connection = await connect(hre, hardfork);
  try {
    const system = await deployNodes(connection);
    const meter = new Meter(connection, system, log);
    const firstTry: Accept = (message) => isFirstTry(message, system.network.tags.hashToG2);
    return {
      firstTry: await meter.figures(firstTry),
      mean: await meter.figures(isAny),
      nonSigners: await meter.nonSigners(firstTry),
    };
  } finally {
    await connection.close();
  }
}

function connect(hre: HardhatRuntimeEnvironment, hardfork: "osaka" | "prague") {
  return hre.network.create({
    network: "hardhat",
    override: { hardfork, initialDate: new Date(START * 1000), allowBlocksWithSameTimestamp: true },
  });
}

/** One seeding call holds about 40 nodes: a transaction is capped at 16.7M gas. */
async function deployNodes(connection: Connection): Promise<System> {
  const system = await deploySystem(connection, { seeds: SEEDS / 2, started: false });
  const rest = testNodes(SEEDS / 2, SEEDS / 2);
  await system.rewards.seedPublicKeyList(
    rest.map(({ blsPubkey, ed25519Pubkey }) => ({
      blsPubkey,
      ed25519Pubkey,
      addedTimestamp: START - 60 * 86_400,
      contributors: [contributor(system.operator.address, system.requirement)],
    })),
  );
  await system.token.transfer(await system.rewards.getAddress(), system.requirement * BigInt(rest.length));
  await system.rewards.start();
  return { ...system, nodes: [...system.nodes, ...rest] };
}

/** Runs each operation from the same state: a snapshot is restored after it. */
class Meter {
  readonly #connection: Connection;
  readonly #system: System;
  readonly #log: CallLog;

  constructor(connection: Connection, system: System, log: CallLog) {
    this.#connection = connection;
    this.#system = system;
    this.#log = log;
  }

  async figures(accept: Accept): Promise<RewardsFigures> {
    const updates = await this.#mean(accept, (entry) => this.#update(entry, 0));
    const one = await this.#mean(accept, (entry) => this.#update(entry, 1));
    const twenty = await this.#mean(accept, (entry) => this.#update(entry, 20));
    const [batch20New, batch20Known] = await this.#batches(accept, "roots");
    const [batch20LeanNew, batch20LeanKnown] = await this.#batches(accept, "lean");
    return {
      hashToG2: await this.#hash(accept),
      updateRewardsBalance: updates,
      perNonSigner: Math.round((twenty - one) / 19),
      batch20New,
      batch20Known,
      batch20LeanNew,
      batch20LeanKnown,
      addBLSPublicKey: await this.#registration(accept),
      exitBLSPublicKeyWithSignature: await this.#removal(accept, "exit"),
      liquidateBLSPublicKeyWithSignature: await this.#removal(accept, "liquidate"),
      updateRewardsBalanceAndClaim: await this.#claim(accept),
    };
  }

  async nonSigners(accept: Accept): Promise<Record<string, number>> {
    const result: Record<string, number> = {};
    for (const count of NON_SIGNERS) result[count] = await this.#mean(accept, (entry) => this.#update(entry, count));
    return result;
  }

  /** Gas of one transaction, mined at a fixed second, undone afterwards. */
  async #gas(operation: string, send: () => Promise<TransactionResponse>): Promise<number> {
    const { networkHelpers } = this.#connection;
    const snapshot = await networkHelpers.takeSnapshot();
    await networkHelpers.time.setNextBlockTimestamp(this.#now);
    const sent = await send();
    const receipt = await sent.wait();
    await this.#log.record(operation, sent);
    await snapshot.restore();
    return Number(receipt?.gasUsed ?? 0n);
  }

  get #now(): number {
    return START + 3_600;
  }

  /** Reward messages of the protocol, deterministic, for recipients in no order. */
  #entries(accept: Accept, count: number, salt: string): Entry[] {
    const entries: Entry[] = [];
    for (let i = 0; entries.length < count; i++) {
      const recipient = getAddress(`0x${id(`${salt}/${i}`).slice(-40)}`);
      const rewards = 10_000_000_000_000n + BigInt(i) * 123_456_789n;
      if (accept(rewardMessage(this.#system.network.tags, { recipient, amount: rewards })))
        entries.push({ recipient, rewards });
    }
    return entries;
  }

  async #mean(accept: Accept, gas: (entry: Entry) => Promise<number>): Promise<number> {
    return mean(this.#entries(accept, SAMPLES, "recipient"), gas);
  }

  #update({ recipient, rewards }: Entry, nonSigners: number): Promise<number> {
    const { rewards: contract, network, nodes } = this.#system;
    const signature = network.reward(recipient, rewards, nodes.slice(nonSigners));
    const ids = Array.from({ length: nonSigners }, (_, i) => i + 1);
    const operation = nonSigners === 0 ? "updateRewardsBalance" : `updateRewardsBalance, ${nonSigners} non-signers`;
    return this.#gas(operation, () => contract.updateRewardsBalance(recipient, rewards, signature, ids));
  }

  async #hash(accept: Accept): Promise<number> {
    const harness = await this.#connection.ethers.deployContract("HashToG2Harness");
    const { tags } = this.#system.network;
    return mean(this.#entries(accept, SAMPLES, "recipient"), async ({ recipient, rewards }) =>
      Number(await harness.hashGas(rewardMessage(tags, { recipient, amount: rewards }), tags.hashToG2)),
    );
  }

  /** Per recipient: for recipients the contract has never seen, and for the same ones later. */
  async #batches(accept: Accept, form: "roots" | "lean"): Promise<[fresh: number, known: number]> {
    const { rewards: contract, network, nodes } = this.#system;
    const ascending = (a: Entry, b: Entry) => (BigInt(a.recipient) < BigInt(b.recipient) ? -1 : 1);
    const entries = this.#entries(accept, BATCH, "batch").sort(ascending);
    const later = entries.map(({ recipient, rewards }) => {
      let amount = rewards + 1_000_000_000n;
      while (!accept(rewardMessage(network.tags, { recipient, amount }))) amount++;
      return { recipient, rewards: amount };
    });
    const run = (list: Entry[]) =>
      contract.updateRewardsBalances(
        list,
        network.rewards(list, nodes),
        [],
        form === "roots" ? network.roots(network.rewardMessages(list)) : [],
      );

    const fresh = await this.#gas(form === "roots" ? "batch20New" : "batch20LeanNew", () => run(entries));
    const snapshot = await this.#connection.networkHelpers.takeSnapshot();
    await run(entries);
    const known = await this.#gas(form === "roots" ? "batch20Known" : "batch20LeanKnown", () => run(later));
    await snapshot.restore();
    return [Math.round(fresh / BATCH), Math.round(known / BATCH)];
  }

  async #registration(accept: Accept): Promise<number> {
    const { rewards: contract, network, alice } = this.#system;
    const proofMessage = (node: TestNode) =>
      proofOfPossessionMessage(network.tags, {
        publicKey: node.publicKey,
        operator: alice.address,
        ed25519PublicKey: node.ed25519Pubkey,
      });
    return mean(
      take(
        SAMPLES,
        (i) => testNode(1_000 + i),
        (node) => accept(proofMessage(node)),
      ),
      (node) =>
        this.#gas("addBLSPublicKey", () =>
          contract
            .connect(alice)
            .addBLSPublicKey(node.blsPubkey, network.proofOfPossession(node, alice.address), nodeParams(node), []),
        ),
    );
  }

  /** A node from the middle of the list leaves. */
  async #removal(accept: Accept, kind: "exit" | "liquidate"): Promise<number> {
    const { rewards: contract, network, nodes, stranger } = this.#system;
    const leaving = nodes[10] as TestNode;
    const message = kind === "exit" ? exitMessage : liquidateMessage;
    const timestamps = take(
      SAMPLES,
      (i) => this.#now - i,
      (timestamp) => accept(message(network.tags, { publicKey: leaving.publicKey, timestamp })),
    );
    return mean(timestamps, (timestamp) =>
      this.#gas(`${kind}BLSPublicKeyWithSignature`, () =>
        kind === "exit"
          ? contract
              .connect(stranger)
              .exitBLSPublicKeyWithSignature(leaving.blsPubkey, timestamp, network.exit(leaving, timestamp, nodes), [])
          : contract
              .connect(stranger)
              .liquidateBLSPublicKeyWithSignature(
                leaving.blsPubkey,
                timestamp,
                network.liquidate(leaving, timestamp, nodes),
                [],
              ),
      ),
    );
  }

  async #claim(accept: Accept): Promise<number> {
    const { rewards: contract, network, nodes, stranger } = this.#system;
    const amounts = take(
      SAMPLES,
      (i) => 5_000_000_000n + BigInt(i),
      (amount) => accept(rewardMessage(network.tags, { recipient: stranger.address, amount })),
    );
    return mean(amounts, (amount) =>
      this.#gas("updateRewardsBalanceAndClaim", () =>
        contract
          .connect(stranger)
          .updateRewardsBalanceAndClaim(amount, network.reward(stranger.address, amount, nodes), []),
      ),
    );
  }
}

interface Entry {
  recipient: string;
  rewards: bigint;
}

function take<T>(count: number, make: (index: number) => T, accept: (item: T) => boolean): T[] {
  const items: T[] = [];
  for (let i = 0; items.length < count; i++) {
    const item = make(i);
    if (accept(item)) items.push(item);
  }
  return items;
}

async function mean<T>(items: readonly T[], gas: (item: T) => Promise<number>): Promise<number> {
  let sum = 0;
  for (const item of items) sum += await gas(item);
  return Math.round(sum / items.length);
}
