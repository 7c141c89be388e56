import { request } from "node:http";
import { expect } from "chai";
import { Concurrency, DEFAULT_LIMITS, FairQueue, limitKey, RequestLimiter } from "../../../src/node/limits.ts";
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../../src/node/index.ts";
import type { NodeParams, Signer } from "../../../src/node/index.ts";
import { FakeChain, REWARDS } from "../../helpers/fakeChain.ts";

const isBusy = (work: () => unknown): boolean => {
  try {
    work();
    return false;
  } catch (error) {
    expect(error).to.include({ name: "Refusal", code: "busy" });
    return true;
  }
};

describe("node/limits", () => {
  it("count an IPv6 network as one asker, and a mapped IPv4 address as itself", () => {
    expect(limitKey("127.0.0.1")).to.equal("127.0.0.1");
    expect(limitKey("::ffff:10.0.0.7")).to.equal("10.0.0.7");
    const key = limitKey("2001:db8:0:5::1");
    expect(key).to.equal("2001:db8:0:5");
    expect(limitKey("2001:0db8:0000:0005:ffff:1:2:3")).to.equal(key);
    expect(limitKey("2001:db8:0:6::1")).not.to.equal(key);
    expect(limitKey("::1")).to.equal("0:0:0:0");
    expect(limitKey("fe80::1%eth0")).to.equal("fe80:0:0:0");
  });

  it("let an address burst, then ask at its rate, and take nothing from others", () => {
    let now = 0;
    const limits = { ...DEFAULT_LIMITS, requestsPerSecond: 2, requestBurst: 3, totalRequestsPerSecond: 10 };
    const limiter = new RequestLimiter(limits, () => now);
    const asks = (address: string, count: number): number =>
      Array.from({ length: count }, () => isBusy(() => limiter.request(address))).filter((refused) => !refused).length;
    expect(asks("a", 100)).to.equal(3);
    expect(asks("b", 100)).to.equal(3);
    now = 1;
    expect(asks("a", 100)).to.equal(2);
    now = 100;
    expect(["a", "b", "c", "d", "e"].map((address) => asks(address, 3))).to.deep.equal([3, 3, 3, 1, 0]);
  });

  it("serve waiting addresses in turn", async () => {
    const queue = new FairQueue({ waitingPerAddress: 50, waitingInAll: 80 });
    const order: string[] = [];
    const pieces = (name: string, count: number) => Array.from({ length: count }, () => () => order.push(name));
    const flood = queue.run("flood", pieces("flood", 50));
    expect(isBusy(() => queue.run("flood", pieces("flood", 2)))).to.equal(true);
    const honest = queue.run("honest", pieces("honest", 1));
    expect(isBusy(() => queue.run("third", pieces("third", 40)))).to.equal(true);
    await honest;
    expect(order.length).to.be.at.most(4);
    await flood;
    expect(order.filter((name) => name === "flood")).to.have.length(50);
    const fails = queue.run("honest", [
      () => {
        throw new Error("no");
      },
    ]);
    await fails.then(
      () => expect.fail("resolved"),
      (error: Error) => expect(error.message).to.equal("no"),
    );
    expect(await queue.run("honest", [() => 7])).to.deep.equal([7]);
  });

  it("bound what an address has running", async () => {
    const most = new Concurrency(1);
    let end: () => void = () => undefined;
    const first = most.run("a", () => new Promise<void>((resolve) => (end = resolve)));
    await most
      .run("a", async () => undefined)
      .then(
        () => expect.fail("ran"),
        (error: unknown) => expect(error).to.include({ code: "busy" }),
      );
    await most.run("b", async () => undefined);
    end();
    await first;
    await most.run("a", async () => undefined);
  });
});

const JSON_BODY = { "content-type": "application/json" };

describe("a flood", function () {
  this.timeout(30_000);

  it("of dear requests from one address delays another's by a signature, not by the flood", async () => {
    const T0 = 1_700_000_000;
    const chain = new FakeChain(T0);
    const people = Array.from({ length: 200 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`);
    const keys = nodeKeysFromSeed("flooded");
    const { x, y } = keys.blsPublicKey.toAffine();
    const contributors = people.map((staker) => ({ staker, beneficiary: staker, amount: 1_000n }));
    const node = { id: 1n, key: { X: x, Y: y }, ed25519: BigInt(keys.ed25519Pubkey), contributors };
    chain.mine(1, [{ kind: "seeded", node }], { started: true, rate: 10n ** 12n });
    for (let round = 0; round < 40; round++) chain.mine(120);
    // No tick of its own in between: the node would sign its announcement, too.
    const still = { pollMs: 600_000, testIntervalMs: 600_000 };
    const params: NodeParams = { ...PARAMS.mainnet, payableAfterRounds: 0, confirmations: 0, ...still };
    // A signature that costs what it costs, without the hash that costs as much again.
    let signed = 0;
    const signer: Signer = {
      blsPubkey: keys.blsPubkey,
      sign: () => {
        signed++;
        const end = performance.now() + 3;
        while (performance.now() < end);
        return `0x${"11".repeat(128)}`;
      },
      proveOwnership: () => "0x",
    };
    const attacked = createNode(
      { rpcUrl: "", contract: REWARDS, keys, params, limits: { waitingPerAddress: 400 } },
      { provider: chain, clock: manualClock(T0), signer },
    );
    await attacked.start();
    try {
      const { port } = new URL(attacked.url);
      // The whole of 127.0.0.0/8 is this machine: two of its addresses are two askers.
      const ask = (from: string, body: unknown): Promise<number> =>
        new Promise((resolve, reject) => {
          const sent = request(
            { port, host: "127.0.0.1", localAddress: from, path: "/v1/rewards", method: "POST", headers: JSON_BODY },
            (response) => response.resume().on("end", () => resolve(response.statusCode ?? 0)),
          );
          sent.on("error", reject).end(JSON.stringify(body));
        });
      const flood = Array.from({ length: 30 }, (_, i) => ask("127.0.0.1", { recipients: people, height: 10 + i }));
      expect(await Promise.race(flood)).to.equal(429);
      const before = signed;
      expect(await ask("127.0.0.2", { recipients: people.slice(0, 1), height: 41 })).to.equal(200);
      expect(signed - before).to.be.at.most(200);
      const statuses = await Promise.all(flood);
      expect(statuses.filter((status) => status === 200)).to.have.length(2);
      expect(statuses.filter((status) => status === 429)).to.have.length(28);
      expect(signed).to.be.at.most(401);
    } finally {
      await attacked.stop();
    }
  });
});
