import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ethers } from "ethers";
import { rpcProvider } from "../../deploy/lib/connect.ts";
import type { OperationFile } from "../../deploy/ops/journal.ts";
import { OperationJournal } from "../../deploy/ops/journal.ts";
import type { LocalNode } from "../helpers/deployCommand.ts";
import { DEPLOYER, DEPLOYER_KEY, scratch, startNode } from "../helpers/deployCommand.ts";
import type { SwallowingRpc } from "../helpers/swallowingRpc.ts";
import { startSwallowingRpc } from "../helpers/swallowingRpc.ts";

const CHAIN_ID = 421_614;
const AMOUNT = 7n;
/** Initcode of a contract with one byte of code. */
const INITCODE = "0x60015f5360015ff3";

describe("the journal of an operation", function () {
  let node: LocalNode;
  let rpc: SwallowingRpc;
  let directory: ReturnType<typeof scratch>;
  let provider: ethers.JsonRpcProvider;
  let wallet: ethers.Wallet;
  let people = 0;
  let to: string;

  before(async function () {
    node = await startNode(CHAIN_ID);
    rpc = await startSwallowingRpc(node.url);
    provider = rpcProvider(rpc.url, CHAIN_ID);
    wallet = new ethers.Wallet(DEPLOYER_KEY, provider);
  });
  after(async function () {
    provider.destroy();
    await rpc.close();
    await node.close();
  });
  beforeEach(function () {
    directory = scratch();
    to = ethers.toBeHex(0x5e55_0000 + ++people, 20);
  });
  afterEach(() => directory.remove());

  const open = () => OperationJournal.open({ record: directory.path, network: "arbitrumSepolia" }, "test");
  const options = () => ({ provider, signer: wallet, from: DEPLOYER });
  const count = () => node.provider.getTransactionCount(DEPLOYER);
  const gift = () => ({ to, data: "0x", value: AMOUNT, method: "", what: "a gift" });
  const birth = { to: "", data: INITCODE, value: 0n, method: "constructor", what: "a contract" };

  /** Runs `work` until its transaction is out (or lost) and forgets about it, as a kill does. */
  async function killed(work: () => Promise<unknown>, lose?: "lose"): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      rpc.arm(1, resolve, lose);
      work().catch(reject);
    });
  }

  it("does not send a call again whose answer was lost", async function () {
    const before = await count();
    await killed(async () => (await open()).once("gift", gift(), options()));
    expect((await count()) - before).to.equal(1);
    const entry = await (await open()).once("gift", gift(), options());
    expect(entry.block).to.be.greaterThan(0);
    expect((await count()) - before).to.equal(1);
    expect(await node.provider.getBalance(to)).to.equal(AMOUNT);
  });

  it("asks before a new transaction, with what it may cost, and sends nothing after a no", async function () {
    const before = await count();
    const asked: string[] = [];
    const consenting = (yes: boolean) =>
      OperationJournal.open(
        {
          record: directory.path,
          network: "arbitrumSepolia",
          consent: (question) => {
            asked.push(question);
            return yes ? Promise.resolve() : Promise.reject(new Error("no"));
          },
        },
        "test",
      );
    const refused = await (await consenting(false)).once("gift", gift(), options()).catch((error: unknown) => error);
    expect(refused).to.have.property("message", "no");
    expect((await count()) - before).to.equal(0);
    await (await consenting(true)).once("gift", gift(), options());
    expect((await count()) - before).to.equal(1);
    // It is there already.
    await (await consenting(false)).once("gift", gift(), options());
    expect(asked).to.have.length(2);
    for (const question of asked) {
      expect(question).to.match(
        /^A gift on arbitrumSepolia from 0xf39Fd6e5\w+, at most 0\.\d+ ETH, and what follows\?$/,
      );
    }
  });

  it("sends a call that was lost once more, as it was signed", async function () {
    const before = await count();
    await killed(async () => (await open()).once("gift", gift(), options()), "lose");
    expect((await count()) - before).to.equal(0);
    const { hash } = (await open()).entries["gift"] ?? {};
    const entry = await (await open()).once("gift", gift(), options());
    expect(entry.hash).to.equal(hash);
    expect(entry.attempts.map((attempt) => attempt.hash)).to.deep.equal([hash]);
    expect(await node.provider.getBalance(to)).to.equal(AMOUNT);
    expect((await count()) - before).to.equal(1);
  });

  it("sends a call once more, as it was signed, whose block was taken back", async function () {
    const before = await count();
    const snapshot: unknown = await provider.send("evm_snapshot", []);
    const { hash } = await (await open()).once("gift", gift(), options());
    await provider.send("evm_revert", [snapshot]);
    expect((await count()) - before).to.equal(0);
    // The next run may be another connection: what this one has seen is not known to it.
    const fresh = rpcProvider(rpc.url, CHAIN_ID);
    try {
      const entry = await (
        await open()
      ).once("gift", gift(), { ...options(), provider: fresh, signer: wallet.connect(fresh) });
      expect(entry.hash).to.equal(hash);
      expect((await count()) - before).to.equal(1);
      expect(await node.provider.getBalance(to)).to.equal(AMOUNT);
    } finally {
      fresh.destroy();
    }
  });

  it("sends anew what lost its nonce to another transaction", async function () {
    await killed(async () => (await open()).once("gift", gift(), options()), "lose");
    await (await new ethers.Wallet(DEPLOYER_KEY, node.provider).sendTransaction({ to: DEPLOYER })).wait();
    const before = await count();
    await (await open()).once("gift", gift(), options());
    expect((await count()) - before).to.equal(1);
    expect(await node.provider.getBalance(to)).to.equal(AMOUNT);
  });

  it("creates once, whether the answer or the transaction was lost", async function () {
    const before = await count();
    for (const lose of [undefined, "lose"] as const) {
      const key = `contract ${lose}`;
      await killed(async () => (await open()).create(key, birth, options()), lose);
      const { contract } = await (await open()).create(key, birth, options());
      expect(await node.provider.getCode(contract ?? "")).to.equal("0x01");
    }
    expect((await count()) - before).to.equal(2);
  });

  it("refuses to guess about an account that the node holds", async function () {
    const signer = await provider.getSigner(0);
    // A kill after the nonce was written down and before the node answered.
    const file = join(directory.path, "operations", "test.json");
    (await open()).save();
    const content = JSON.parse(readFileSync(file, "utf8")) as OperationFile;
    const begun = { key: "gift", command: "test", final: true, what: "a gift", method: "", attempts: [], at: 0 };
    content.entries.push({ ...begun, state: "signed", nonce: (await count()) - 1, from: DEPLOYER });
    writeFileSync(file, JSON.stringify(content));

    await expectRefusal(
      async () => (await open()).once("gift", gift(), { provider, signer, from: DEPLOYER }),
      /^"a gift" may have been sent with nonce \d+ of 0x\w{40} by a run that was killed: look at the chain, then remove "gift" from /,
    );
    expect(await node.provider.getBalance(to)).to.equal(0n);
  });

  it("does not do again what waits once more since its block was taken back", async function () {
    const before = await count();
    const snapshot: unknown = await provider.send("evm_snapshot", []);
    // Connections of their own: what they have seen is not known to the others.
    const earlier = rpcProvider(rpc.url, CHAIN_ID);
    const own = { ...options(), provider: earlier, signer: wallet.connect(earlier) };
    const { hash, attempts } = await (await open()).once("gift", gift(), own);
    earlier.destroy();
    await provider.send("evm_revert", [snapshot]);
    const fresh = rpcProvider(rpc.url, CHAIN_ID);
    await fresh.send("evm_setAutomine", [false]);
    const mining = setInterval(() => void fresh.send("evm_mine", []), 200);
    try {
      await fresh.broadcastTransaction(attempts[0]?.raw ?? "");
      const journal = await open();
      await journal.renew("gift", fresh);
      const again = await journal.once("gift", gift(), {
        ...options(),
        provider: fresh,
        signer: wallet.connect(fresh),
      });
      expect(again.hash).to.equal(hash);
      expect(await node.provider.getBalance(to)).to.equal(AMOUNT);
      expect((await count()) - before).to.equal(1);
    } finally {
      clearInterval(mining);
      await fresh.send("evm_setAutomine", [true]);
      fresh.destroy();
    }
  });

  it("does again what the chain shows undone, and keeps what is only begun", async function () {
    await (await open()).once("gift", gift(), options());
    const journal = await open();
    await journal.renew("gift", provider);
    await journal.once("gift", gift(), options());
    expect(await node.provider.getBalance(to)).to.equal(2n * AMOUNT);

    await killed(async () => (await open()).once("second", gift(), options()));
    const later = await open();
    await later.renew("second", provider);
    await later.once("second", gift(), options());
    expect(await node.provider.getBalance(to)).to.equal(3n * AMOUNT);
  });
});

async function expectRefusal(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work().then(
    () => undefined,
    (caught: unknown) => caught as Error,
  );
  expect(error?.name).to.equal("Refusal");
  expect(error?.message).to.match(message);
}
