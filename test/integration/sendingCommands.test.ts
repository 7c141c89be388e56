/** What a command sends, and what a person is told: lost answers, Ctrl-C, questions, lists that stopped, bounds, calldata for others. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { FaultProxy } from "../../checks/faults/proxy.ts";
import type { SendRecord } from "../../src/chain/index.ts";
import { RECIPIENT_KEY } from "../helpers/chaosSystem.ts";
import { sendingLab } from "../helpers/sendingLab.ts";
import { SESH_UNIT } from "../helpers/staking.ts";
import { cli } from "../unit/cli/support/io.ts";

const SPENDER = "0x5e00000000000000000000000000000000000005";

describe("sending, from the command line", function () {
  this.timeout(180_000);
  const lab = sendingLab();
  const { rpcSend, count } = lab;
  const on = (url = lab.rpc.url) => ["--network", "localhost", "--rpc", url, "--rewards-contract", lab.world.contract];
  const nodes = () => ["--node-urls", lab.world.nodes.map(({ url }) => url).join()];
  const state = (name: string) => ["--state-dir", join(lab.directory, name)];
  const key = { env: { PRIVATE_KEY: RECIPIENT_KEY, SESSION_RPC_TIMEOUT: "1" } };
  const balance = () => lab.world.system.token.balanceOf(lab.world.recipient.address);
  const lifetime = (amount: bigint) => (lab.world.chaos.amountOf = () => amount * SESH_UNIT);

  it("claims once though the answer was lost, and the second run says so", async () => {
    lifetime(100n);
    const [before, nonce] = [await balance(), await count()];
    const abort = new AbortController();
    lab.rpc.arm(1, () => setTimeout(() => abort.abort(), 300));
    const claim = ["claim", ...nodes(), ...on(), ...state("lost"), "--broadcast"];
    const first = await cli(claim, { ...key, signal: abort.signal });
    expect(first.code, first.err).to.equal(130);
    const [, hash] = /sending (0x[0-9a-f]{64})/.exec(first.err) ?? [];
    expect(first.err).to.include(`Left while ${hash}`).and.include("The same command looks for it");
    // Everybody has earned a little more by now: the next claim would not be for nothing.
    lifetime(101n);
    const second = await cli(claim, key);
    expect(second.code, second.err).to.equal(0);
    expect(second.out).to.match(new RegExp(`An earlier run claimed 100 SESH: ${hash}, included in block \\d+\\.`));
    expect(await count()).to.equal(nonce + 1);
    expect((await balance()) - before).to.equal(100n * SESH_UNIT);
  });

  it("knows what it has seen included, whatever replica answers the next run", async () => {
    const args = ["claim", ...nodes(), ...state("lost"), "--json"];
    for (const offset of [0, 1, 2]) {
      const proxy = await new FaultProxy(lab.rpc.url, { fault: "lagging", offset }).start();
      const env = { ...key.env, SESSION_RPC_BACKOFF: "0.01" };
      lifetime(100n);
      const ran = await cli([...args, ...on(proxy.url)], { env }).finally(() => proxy.stop());
      expect(ran.code, ran.err).to.equal(0);
      expect(ran.json()["status"], `from request ${offset} on`).to.equal("nothing-to-claim");
    }
  });

  it("sends the same bytes again when they were lost on the way", async () => {
    lifetime(200n);
    const nonce = await count();
    const abort = new AbortController();
    lab.rpc.arm(1, () => setTimeout(() => abort.abort(), 100), "lose");
    const claim = ["claim", ...nodes(), ...on(), ...state("swallowed"), "--broadcast", "--json"];
    const first = await cli(claim, { ...key, signal: abort.signal });
    expect(first.code, first.err).to.equal(130);
    const { error } = first.json<{ error: { details: { hash: string } } }>();
    expect(await count()).to.equal(nonce);
    const second = await cli(claim, key);
    expect(second.code, second.err).to.equal(0);
    const { transactions, amount } = second.json<{ transactions: SendRecord[]; amount: string }>();
    expect(transactions.map(({ hash }) => hash)).to.deep.equal([error.details.hash]);
    expect(amount).to.equal(`${100n * SESH_UNIT}`);
    expect(await count()).to.equal(nonce + 1);
  });

  it("--replace raises the fees of what hangs", async () => {
    lifetime(300n);
    await rpcSend("evm_setAutomine", false);
    const claim = ["claim", ...nodes(), ...on(), ...state("stuck"), "--broadcast", "--wait", "0"];
    const first = await cli(claim, key);
    expect(first.code, first.err).to.equal(8);
    const again = await cli([...claim, "--replace"], key);
    expect(again.code, again.err).to.equal(8);
    const hashes = [...`${first.err}${again.err}`.matchAll(/sending (0x[0-9a-f]{64})/g)].map(([, hash]) => hash);
    expect(new Set(hashes).size).to.equal(2);
    await rpcSend("evm_mine");
    await rpcSend("evm_setAutomine", true);
    const last = await cli(claim, key);
    expect(last.out).to.include(`An earlier run claimed 100 SESH: ${hashes[1]}`);
  });

  it("asks on a terminal, and sends nothing without a yes", async () => {
    lifetime(400n);
    const nonce = await count();
    const claim = ["claim", ...nodes(), ...on(), ...state("asked"), "--broadcast"];
    const no = await cli(claim, { ...key, terminal: true, stdin: "n\n" });
    expect(no.code).to.equal(130);
    expect(no.err)
      .to.match(/Send it, at most 0\.\d{9} ETH\? \[y\/N\]/)
      .and.include("Nothing was sent.");
    expect(no.out).to.include("this claim pays").and.include("In all at most 0.");
    expect(await count()).to.equal(nonce);
    const yes = await cli(claim, { ...key, terminal: true, stdin: "y\n" });
    expect(yes.code, yes.err).to.equal(0);
    expect(yes.out).to.include("Claimed 100 SESH.");
    lifetime(500n);
    const unasked = await cli([...claim, "--yes"], { ...key, terminal: true });
    expect(unasked.code, unasked.err).to.equal(0);
    expect(unasked.err).not.to.include("[y/N]");
  });

  it("sends nothing below --min-amount", async () => {
    lifetime(501n);
    const claim = ["claim", ...nodes(), ...on(), ...state("least"), "--broadcast", "--min-amount", "100"];
    const nonce = await count();
    const ran = await cli(claim, key);
    expect(ran.code).to.equal(0);
    expect(ran.out).to.include("1 SESH can be claimed now, less than --min-amount 100: nothing was sent.");
    expect(await count()).to.equal(nonce);
  });

  it("claims every so often as a service, and stops on a signal", async () => {
    lifetime(700n);
    const abort = new AbortController();
    const claim = ["claim", ...nodes(), ...on(), ...state("service"), "--broadcast", "--every", "24h"];
    const running = cli(claim, { ...key, signal: abort.signal });
    const before = await balance();
    while ((await balance()) - before < 200n * SESH_UNIT) await new Promise((resolve) => setTimeout(resolve, 50));
    setTimeout(() => abort.abort(), 500);
    const ran = await running;
    expect(ran.code, ran.err).to.equal(0);
    expect(ran.err).to.include("next in 1 d");
  });

  it("goes on with a list where it stopped, and leaves out who gains too little", async () => {
    const people = [1, 2, 3, 4].map((n) => `0x${`${n}`.repeat(40)}`);
    const file = join(lab.directory, "people.txt");
    await writeFile(file, people.join("\n"));
    lab.world.chaos.amountOf = () => 10n * SESH_UNIT;
    const list = ["claim", "--file", file, "--batch-size", "2", ...nodes(), ...on(), ...state("list"), "--broadcast"];
    const abort = new AbortController();
    lab.rpc.arm(2, () => setTimeout(() => abort.abort(), 300));
    const first = await cli(list, { ...key, signal: abort.signal });
    expect(first.code, first.err).to.equal(130);
    // A little more for everybody: recorded again it would cost a transaction each.
    lab.world.chaos.amountOf = () => 10n * SESH_UNIT + 1n;
    const nonce = await count();
    const second = await cli([...list, "--json"], key);
    expect(second.code, second.err).to.equal(0);
    expect(await count()).to.equal(nonce);
    const { recipients } = second.json<{ recipients: { recipient: string; status: string }[] }>();
    expect(recipients.map(({ status }) => status)).to.deep.equal(Array(4).fill("done-before"));

    const third = await cli([...list, "--json", "--min-amount", "1"], key);
    const statuses = third.json<{ recipients: { status: string }[] }>().recipients.map(({ status }) => status);
    expect(statuses).to.deep.equal(Array(4).fill("below-minimum"));
    expect(await count()).to.equal(nonce);
  });

  it("counts the second transaction in the bound, and stays below it", async () => {
    const recipient = lab.world.recipient.address;
    lifetime(900n);
    const dry = await cli(["claim", ...nodes(), ...on(), "--amount", "50", "--json"], key);
    const { atMost, transactions } = dry.json<{ atMost: string; transactions: { maxCost: string }[] }>();
    expect(transactions).to.have.length(2);
    expect(BigInt(atMost)).to.equal(transactions.reduce((sum, { maxCost }) => sum + BigInt(maxCost), 0n));
    const before = await lab.world.provider.getBalance(recipient);
    const ran = await cli(["claim", ...nodes(), ...on(), "--amount", "50", "--broadcast", "--yes"], key);
    expect(ran.code, ran.err).to.equal(0);
    const spent = before - (await lab.world.provider.getBalance(recipient));
    expect(spent > 0n && spent <= BigInt(atMost)).to.equal(true);
    const capped = await cli(["claim", ...nodes(), ...on(), "--max-cost", "0.000000001"], key);
    expect(capped.code).to.equal(6);
  });

  it("refuses calldata and broadcast together, and says until when calldata is good", async () => {
    const both = await cli(["exit", "2", ...on(), "--output", "calldata", "--broadcast"], key);
    expect(both.code).to.equal(2);
    expect(both.err).to.include("--output calldata writes transactions for others to send");
    const ran = await cli(["liquidate", "2", ...nodes(), ...on(), "--output", "calldata", "--from", SPENDER], {});
    expect(ran.code, ran.err).to.equal(0);
    const { meta, transactions } = ran.json<{
      meta: { validUntil: number; description: string };
      transactions: { data: string | null; contractMethod: { name: string }; contractInputsValues: object }[];
    }>();
    const block = await lab.world.provider.getBlock("latest");
    expect(meta.validUntil - (block?.timestamp ?? 0)).to.be.within(590, 600);
    expect(meta.description).to.include("liquidate node 2; send it before ");
    expect(ran.err).to.include("valid until ");
    expect(transactions[0]?.contractMethod.name).to.equal("liquidateBLSPublicKeyWithSignature");
    expect(transactions[0]?.data).to.equal(null);
    expect(transactions[0]?.contractInputsValues).to.have.keys("blsPubkey", "timestamp", "blsSignature", "ids");
  });
});
