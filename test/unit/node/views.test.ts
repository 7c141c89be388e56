/** The views of a ledger, against ethers and the contracts' own ABI. */
import { expect } from "chai";
import { Interface, toBeHex, ZeroAddress } from "ethers";
import fc from "fast-check";
import { rewardRatePoolAbi, seshAbi, serviceNodeRewardsAbi } from "../../../src/chain/abi.ts";
import { Words } from "../../../src/chain/words.ts";
import { createContracts, readPoolAddress } from "../../../src/node/contracts.ts";
import { Rpc } from "../../../src/node/rpc.ts";
import { poolViews, rewardsViews, tokenViews } from "../../../src/node/views.ts";

const rewards = new Interface(serviceNodeRewardsAbi);
const pool = new Interface(rewardRatePoolAbi);
const token = new Interface(seshAbi);

const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const time = fc.integer({ min: 0, max: 2 ** 40 });
const address = fc
  .oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }))
  .map((value) => toBeHex(value, 20));

describe("node/views", () => {
  it("have the calldata of the contracts' ABI", () => {
    const staker = `0x${"5a".repeat(20)}`;
    for (const [name, { data }, args] of [
      ["serviceNodes", rewardsViews.serviceNodes(77n), [77n]],
      ["allServiceNodeIDs", rewardsViews.allServiceNodeIDs(), []],
      ["nextServiceNodeID", rewardsViews.nextServiceNodeID(), []],
      ["isStarted", rewardsViews.isStarted(), []],
      ["foundationPool", rewardsViews.foundationPool(), []],
      ["recipients", rewardsViews.recipients(staker), [staker]],
    ] as const)
      expect(data, name).to.equal(rewards.encodeFunctionData(name, [...args]));
    for (const [name, view] of Object.entries(poolViews))
      expect(view().data, name).to.equal(pool.encodeFunctionData(name));
    expect(tokenViews.balanceOf(staker).data).to.equal(token.encodeFunctionData("balanceOf", [staker]));
  });

  it("read a node as ethers does", () => {
    const contributor = fc.record({ addr: address, beneficiary: address, amount: word });
    fc.assert(
      fc.property(
        fc.record({ next: id, prev: id, operator: address, x: word, y: word, added: time, leave: time, latest: time }),
        fc.array(contributor, { maxLength: 10 }),
        word,
        ({ next, prev, operator, x, y, added, leave, latest }, contributors, ed25519) => {
          const list = contributors.map(({ addr, beneficiary, amount }) => [[addr, beneficiary], amount]);
          const node = [next, prev, operator, [x, y], added, leave, latest, 9n, list, ed25519];
          const answer = rewards.encodeFunctionResult("serviceNodes", [node]);
          const [found] = rewards.decodeFunctionResult("serviceNodes", answer);
          expect(rewardsViews.serviceNodes(1n).decode(new Words(answer))).to.deep.equal({
            blsPubkey: `0x${toBeHex(found.blsPubkey.X, 32).slice(2)}${toBeHex(found.blsPubkey.Y, 32).slice(2)}`,
            ed25519Pubkey: toBeHex(found.ed25519Pubkey, 32),
            addedAt: Number(found.addedTimestamp),
            leaveRequestedAt: found.leaveRequestTimestamp === 0n ? null : Number(found.leaveRequestTimestamp),
            contributors: [...found.contributors].map(({ staker, stakedAmount }) => ({
              staker: staker.addr.toLowerCase(),
              beneficiary: (staker.beneficiary === ZeroAddress ? staker.addr : staker.beneficiary).toLowerCase(),
              amount: stakedAmount,
            })),
          });
        },
      ),
    );
  });

  it("read lists and numbers as ethers does", () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 30 }), word, fc.boolean(), address, (ids, amount, started, where) => {
        const answer = (name: string, values: unknown[]) => new Words(rewards.encodeFunctionResult(name, values));
        const listed = answer("allServiceNodeIDs", [ids, ids.map((x) => [x, amount])]);
        expect(rewardsViews.allServiceNodeIDs().decode(listed)).to.deep.equal(ids);
        expect(rewardsViews.recipients(where).decode(answer("recipients", [amount, 5n]))).to.equal(amount);
        expect(rewardsViews.isStarted().decode(answer("isStarted", [started]))).to.equal(started);
        expect(rewardsViews.foundationPool().decode(answer("foundationPool", [where]))).to.equal(where);
        const next = answer("nextServiceNodeID", [ids[0] ?? 1n]);
        expect(rewardsViews.nextServiceNodeID().decode(next)).to.equal(ids[0] ?? 1n);
      }),
    );
  });

  it("of something that is no such contract end in a sentence", async () => {
    const says = (answer: string) => new Rpc({ send: async () => answer });
    const at = "0x00000000000000000000000000000000000000a1";
    const hash = `0x${"11".repeat(32)}`;
    const contracts = (answer: string) => createContracts({ rpc: says(answer), rewards: at, pool: at });
    const failure = (promise: Promise<unknown>) =>
      promise.then(
        () => "",
        (error: Error) => error.message,
      );
    const other = `the contract at ${at} is no ServiceNodeRewards:`;
    expect(await failure(contracts("0x1234").isStarted(hash))).to.equal(`${other} isStarted() answers something else`);
    expect(await failure(contracts("0x12").allNodes(hash))).to.equal(
      `${other} allServiceNodeIDs() answers something else`,
    );
    expect(await failure(readPoolAddress(says("0x12"), at, hash))).to.equal(
      `the contract at ${at} is no ServiceNodeRewards: foundationPool() answers something else`,
    );
    expect(await failure(readPoolAddress(says("0x"), at, hash))).to.equal(`there is no contract at ${at}`);
  });
});
