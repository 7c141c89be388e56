import { AssertionError, deepStrictEqual } from "node:assert";
import { id as hashOf } from "ethers";
import { importSecretKey } from "../../src/bls/index.ts";
import { checkActions } from "./checkActions.ts";
import { placeState } from "./placeState.ts";
import type { Connection, Placed } from "./placeState.ts";
import type { Run } from "./run.ts";
import { Signers } from "./signers.ts";
import type { ExpectedJson, NodeJson, StateFile } from "./stateFile.ts";

export interface Check {
  name: string;
  ok: boolean;
  /** What differed or failed; empty if ok. */
  detail: string;
}

/** Puts the state under our implementation and runs every check, each reported as it ends. None of them throws. */
export async function checkState(
  connection: Connection,
  state: StateFile,
  report: (check: Check) => void = () => {},
): Promise<Check[]> {
  const { networkHelpers } = connection;
  // the file's clock: claim cycles, ages and signatures refer to it
  if ((await networkHelpers.time.latest()) < Number(state.takenAt))
    await networkHelpers.time.increaseTo(Number(state.takenAt));
  return checkPlaced(connection, await placeState(connection, state), state, report);
}

/** Every check on a state that lies under our implementation already, wherever it came from (an upgrade, say). */
export async function checkPlaced(
  connection: Connection,
  placed: Placed,
  state: StateFile,
  report: (check: Check) => void = () => {},
): Promise<Check[]> {
  const checks: Check[] = [];
  const run: Run = async (name, body) => {
    let detail = "";
    try {
      await body();
    } catch (error) {
      detail = error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 500) : String(error);
      if (error instanceof AssertionError) detail = `got ${short(error.actual)}, expected ${short(error.expected)}`;
    }
    const check = { name, ok: detail === "", detail };
    checks.push(check);
    report(check);
  };

  await leaveHeight(connection, placed);
  const signers = new Signers(BigInt(state.chainId), placed.rewards, state.proxy, state.secretKeys);

  await checkViews(run, connection, placed, state, signers);
  signers.learn(importSecretKey(hashOf("a node that registers with a live-style contract")));
  await checkActions(run, connection, placed, state, signers);
  return checks;
}

/** Additions are counted by block number: a fresh chain must not pass through the number that the state has counted for. */
async function leaveHeight({ ethers, networkHelpers }: Connection, { rewards }: Placed): Promise<void> {
  const counted = await rewards.lastHeightPubkeyWasAggregated();
  const ahead = counted - BigInt(await ethers.provider.getBlockNumber());
  if (ahead >= 0n && ahead < 1000n) for (let i = 0n; i <= ahead; i++) await networkHelpers.mine();
}

async function checkViews(run: Run, { ethers }: Connection, { rewards }: Placed, state: StateFile, signers: Signers) {
  const { recipients, nodes, aggregatePubkey, ...getters } = state.expected satisfies ExpectedJson;
  for (const [name, value] of Object.entries(getters)) {
    await run(`${name}()`, async () => {
      deepStrictEqual(normal(await rewards.getFunction(name).staticCall()), normal(value));
    });
  }
  await run("owner, token and pool", async () => {
    deepStrictEqual(
      normal([await rewards.owner(), await rewards.designatedToken(), await rewards.foundationPool()]),
      normal([state.owner, state.token, state.foundationPool]),
    );
  });
  await run("the five tags are those of this chain and address", async () => {
    const { tags } = signers;
    deepStrictEqual(
      [
        await rewards.proofOfPossessionTag(),
        await rewards.rewardTag(),
        await rewards.exitTag(),
        await rewards.liquidateTag(),
        await rewards.hashToG2Tag(),
      ],
      [tags.proofOfPossession, tags.reward, tags.exit, tags.liquidate, tags.hashToG2].map((tag) => ethers.hexlify(tag)),
    );
  });
  await run("aggregatePubkey()", async () => {
    const { X, Y } = await rewards.aggregatePubkey();
    deepStrictEqual(normal([X, Y]), normal([aggregatePubkey.X, aggregatePubkey.Y]));
  });
  for (const [address, recipient] of Object.entries(recipients)) {
    await run(`recipients(${address})`, async () => {
      const { rewards: lifetime, claimed } = await rewards.recipients(address);
      deepStrictEqual(normal([lifetime, claimed]), normal([recipient.rewards, recipient.claimed]));
    });
  }
  for (const node of nodes) {
    await run(`serviceNodes(${node.id}) and its keys`, () => checkNode(node, ethers, rewards));
  }
  await run("allServiceNodeIDs() walks the list", async () => {
    const byId = new Map(nodes.map((node) => [String(node.id), node]));
    const listed: NodeJson[] = [];
    const first = nodes.find((node) => isListed(node) && String(node.prev) === "0");
    for (let node = first; node !== undefined && listed.length <= nodes.length; node = byId.get(String(node.next))) {
      listed.push(node);
    }
    const { ids, pubkeys } = await rewards.allServiceNodeIDs();
    deepStrictEqual(normal([...ids]), normal(listed.map((node) => node.id)));
    deepStrictEqual(
      normal(pubkeys.map(({ X, Y }) => [X, Y])),
      normal(listed.map(({ blsPubkey }) => [blsPubkey.X, blsPubkey.Y])),
    );
  });
}

async function checkNode(node: NodeJson, ethers: Connection["ethers"], rewards: Placed["rewards"]): Promise<void> {
  const actual = await rewards.serviceNodes(node.id);
  deepStrictEqual(
    normal({
      id: node.id,
      next: actual.next,
      prev: actual.prev,
      operator: actual.operator,
      blsPubkey: { X: actual.blsPubkey.X, Y: actual.blsPubkey.Y },
      addedTimestamp: actual.addedTimestamp,
      leaveRequestTimestamp: actual.leaveRequestTimestamp,
      latestLeaveRequestTimestamp: actual.latestLeaveRequestTimestamp,
      deposit: actual.deposit,
      ed25519Pubkey: actual.ed25519Pubkey,
      contributors: actual.contributors.map(({ staker, stakedAmount }) => ({
        addr: staker.addr,
        beneficiary: staker.beneficiary,
        stakedAmount,
      })),
    }),
    normal(node),
  );
  if (!isListed(node)) return;
  const key = ethers.solidityPacked(["uint256", "uint256"], [node.blsPubkey.X, node.blsPubkey.Y]);
  deepStrictEqual(
    normal([await rewards.serviceNodeIDs(key), await rewards.ed25519ToServiceNodeID(node.ed25519Pubkey)]),
    normal([node.id, node.id]),
  );
}

function isListed(node: NodeJson): boolean {
  return BigInt(node.operator) !== 0n;
}

/** Integers as decimal strings, whatever their form; hex of addresses and words in lower case. */
function normal(value: unknown): unknown {
  if (typeof value === "bigint" || typeof value === "number") return value.toString();
  if (typeof value === "string") {
    if (/^\d+$/.test(value)) return BigInt(value).toString();
    // an address or a number in hex: equal if they are the same integer
    return /^0x[0-9a-f]+$/i.test(value) ? BigInt(value).toString() : value;
  }
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, item]) => [name, normal(item)]),
    );
  }
  return value;
}

function short(value: unknown): string {
  return JSON.stringify(value).slice(0, 300);
}
