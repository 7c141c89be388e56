import { deepEqual, equal } from "node:assert/strict";
import { id as hashOf } from "ethers";
import {
  aggregatePublicKeys,
  exitMessage,
  liquidateMessage,
  publicKeyFromParams,
  publicKeyToParams,
  rewardMessage,
} from "../../src/bls/index.ts";
import type { Connection, Placed } from "./placeState.ts";
import type { Run } from "./run.ts";
import type { KnownKey, Signers } from "./signers.ts";
import type { StateFile } from "./stateFile.ts";

const ONE_SESH = 1_000_000_000n;
const MINIMUM_EXIT_AGE = 7200;
const NOBODY = "0x0000000000000000000000000000000000000000";

/** What goes on every day, signed with the keys of the state: claim, registration, exit and liquidation. */
export async function checkActions(
  run: Run,
  { networkHelpers }: Connection,
  { rewards, token, actAs }: Placed,
  state: StateFile,
  signers: Signers,
): Promise<void> {
  const owner = await actAs(state.owner);
  if (await rewards.paused()) await run("unpause", async () => void (await rewards.connect(owner).unpause()));
  if (!(await rewards.isStarted())) await run("start", async () => void (await rewards.connect(owner).start()));

  await run("a reward update signed by the nodes, and its claim", async () => {
    const recipient = Object.keys(state.expected.recipients)[0] ?? state.owner;
    const before = await rewards.recipients(recipient);
    const lifetime = before.rewards + ONE_SESH;
    const { signature, nonSigners } = await signers.sign(rewardMessage(signers.tags, { recipient, amount: lifetime }));
    const account = await actAs(recipient);
    await rewards.connect(account).updateRewardsBalance(recipient, lifetime, signature, nonSigners);
    equal((await rewards.recipients(recipient)).rewards, lifetime);

    await leaveFullCycle();
    const balance = await token.balanceOf(recipient);
    await rewards.connect(account)["claimRewards(uint256)"](ONE_SESH);
    equal((await token.balanceOf(recipient)) - balance, ONE_SESH);
    equal((await rewards.recipients(recipient)).claimed, before.claimed + ONE_SESH);
  });

  await run("a registration with proof of possession", async () => {
    const key = await signers.unused();
    if (key === undefined) throw new Error("every key is in use");
    const ed25519 = BigInt(hashOf(`Ed25519 key of ${state.proxy}`));
    const { blsPubkey, proof } = signers.prove(key, owner.address, ed25519);
    const before = { total: await rewards.totalNodes(), next: await rewards.nextServiceNodeID() };
    const requirement = await rewards.stakingRequirement();
    await token.connect(owner).approve(state.proxy, requirement);
    const balance = await token.balanceOf(state.proxy);

    await rewards
      .connect(owner)
      .addBLSPublicKey(
        blsPubkey,
        proof,
        { serviceNodePubkey: ed25519, serviceNodeSignature1: 0n, serviceNodeSignature2: 0n, fee: 0n },
        [],
      );

    equal(await rewards.totalNodes(), before.total + 1n);
    equal(await rewards.ed25519ToServiceNodeID(ed25519), before.next);
    equal((await token.balanceOf(state.proxy)) - balance, requirement);
  });

  await run("an exit signed by the nodes", async () => {
    const { id, key, blsPubkey } = await leaving(1);
    const total = await rewards.totalNodes();
    const timestamp = await networkHelpers.time.latest();
    const message = exitMessage(signers.tags, { publicKey: key.publicKey, timestamp });
    const { signature, nonSigners } = await signers.sign(message);

    await rewards.connect(owner).exitBLSPublicKeyWithSignature(blsPubkey, timestamp, signature, nonSigners);

    equal(await rewards.totalNodes(), total - 1n);
    equal((await rewards.serviceNodes(id)).operator, NOBODY);
  });

  await run("a liquidation signed by the nodes, and its shares", async () => {
    const { id, key, blsPubkey } = await leaving(0);
    const { deposit } = await rewards.serviceNodes(id);
    const timestamp = await networkHelpers.time.latest();
    const message = liquidateMessage(signers.tags, { publicKey: key.publicKey, timestamp });
    const { signature, nonSigners } = await signers.sign(message);
    const liquidator = await actAs("0x00000000000000000000000000000000000a11ce");
    const balances = async () =>
      [await token.balanceOf(liquidator), await token.balanceOf(state.foundationPool)] as const;
    const [liquidatorBefore, poolBefore] = await balances();

    await rewards.connect(liquidator).liquidateBLSPublicKeyWithSignature(blsPubkey, timestamp, signature, nonSigners);

    const [liquidatorRatio, poolRatio, recipientRatio] = await Promise.all([
      rewards.liquidatorRewardRatio(),
      rewards.poolShareOfLiquidationRatio(),
      rewards.recipientRatio(),
    ]);
    const sum = liquidatorRatio + poolRatio + recipientRatio;
    const [liquidatorAfter, poolAfter] = await balances();
    equal(liquidatorAfter - liquidatorBefore, (deposit * liquidatorRatio) / sum);
    equal(poolAfter - poolBefore, (deposit * poolRatio + sum - 1n) / sum);
    equal((await rewards.serviceNodes(id)).operator, NOBODY);
  });

  // the last of a state of very few nodes has left by now
  const [id] = (await rewards.allServiceNodeIDs()).ids;
  if (id !== undefined) {
    await run("an exit without signature, 30 days after its request", async () => {
      const node = await rewards.serviceNodes(id);
      if (node.leaveRequestTimestamp === 0n) {
        const account = await actAs(node.operator);
        await rewards.connect(account).initiateExitBLSPublicKey(id);
      }
      await networkHelpers.time.increase(30 * 86_400);
      await rewards.connect(owner).exitBLSPublicKeyAfterWaitTime(id);
      equal((await rewards.serviceNodes(id)).operator, NOBODY);
    });
  }

  await run("the aggregate key is the sum of the listed keys", async () => {
    const { ids, pubkeys } = await rewards.allServiceNodeIDs();
    const keys = pubkeys.map(({ X, Y }) => publicKeyFromParams({ X, Y }));
    const { X, Y } = await rewards.aggregatePubkey();
    deepEqual({ X, Y }, publicKeyToParams(aggregatePublicKeys(keys)));
    equal(await rewards.totalNodes(), BigInt(ids.length));
  });

  /** The `index`-th node whose key is known, old enough to leave. */
  async function leaving(index: number): Promise<{ id: bigint; key: KnownKey; blsPubkey: { X: bigint; Y: bigint } }> {
    const { ids, pubkeys } = await rewards.allServiceNodeIDs();
    const candidates = ids.flatMap((id, i) => {
      const blsPubkey = { X: pubkeys[i]?.X ?? 0n, Y: pubkeys[i]?.Y ?? 0n };
      const key = signers.known(blsPubkey);
      return key === undefined ? [] : [{ id, key, blsPubkey }];
    });
    const candidate = candidates[index] ?? candidates[0];
    if (candidate === undefined) throw new Error("no node whose secret key is known");
    const { addedTimestamp } = await rewards.serviceNodes(candidate.id);
    const earliest = Number(addedTimestamp) + MINIMUM_EXIT_AGE;
    if ((await networkHelpers.time.latest()) < earliest) await networkHelpers.time.increaseTo(earliest);
    return candidate;
  }

  /** The state may have been taken when the cycle's cap was spent: claims go on in the next cycle. */
  async function leaveFullCycle(): Promise<void> {
    const cycle = await rewards.claimCycle();
    const now = BigInt(await networkHelpers.time.latest());
    const spent = now / cycle === (await rewards.currentClaimCycle()) ? await rewards.currentClaimTotal() : 0n;
    if (spent + ONE_SESH > (await rewards.claimThreshold()))
      await networkHelpers.time.increaseTo((now / cycle + 1n) * cycle);
  }
}
