import { expect } from "chai";
import { Concurrency, DEFAULT_LIMITS, FairQueue, limitKey, RequestLimiter } from "../../../src/node/limits.ts";

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
