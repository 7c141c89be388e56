import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Transaction } from "ethers";
import { openJournalFile } from "../../../src/chain/files/index.ts";
import { Journal } from "../../../src/chain/index.ts";
import { judgeProfit } from "../../../src/cli/watch/profit.ts";
import { cli } from "./support/io.ts";
import type { Ran } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const key = { env: { PRIVATE_KEY } };

interface Line {
  msg: string;
  node?: string;
  hash?: string;
  [name: string]: unknown;
}
const lines = ({ out }: Ran): Line[] =>
  out
    .trim()
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text) as Line);

describe("cli: watch", function () {
  this.timeout(60_000);
  let net: CliNetwork;
  const journalPath = () => join(net.stateDir, "journal", `31337-00000000-${ACCOUNT.toLowerCase()}.json`);
  const journal = async () =>
    (JSON.parse(await readFile(journalPath(), "utf8")) as { entries: { state: string; hash: string; nonce: number }[] })
      .entries;
  const watch = (...argv: string[]) =>
    cli(
      [
        "watch",
        ...net.with,
        "--daemon-url",
        net.daemonUrl,
        "--state-dir",
        net.stateDir,
        "--sesh-price",
        "0.001",
        ...argv,
      ],
      key,
    );

  beforeEach(async () => {
    net = await new CliNetwork().start();
    net.departing = [
      { id: 2, type: "deregister", ripeAt: net.chain.timestamp - 1 },
      { id: 3, type: "exit", ripeAt: net.chain.timestamp + 1_000 },
    ];
    net.chain.onTransaction = ({ name }) => {
      if (name !== "liquidateBLSPublicKeyWithSignature" || !net.chain.mining) return;
      net.chain.nodes.splice(1, 1);
    };
  });
  afterEach(() => net.stop());

  it("only says what it would do without --broadcast", async () => {
    const ran = await watch("--once");
    expect(ran.code).to.equal(0);
    const would = lines(ran).find(({ msg }) => msg.startsWith("would liquidate"));
    expect(would).to.include({ node: "2", share: "7.5", gas: 250_000, signers: 6 });
    expect(net.chain.sent).to.have.length(0);
  });

  it("liquidates what is ripe, through the journal", async () => {
    const ran = await watch("--once", "--broadcast");
    expect(ran.code).to.equal(0);
    expect(lines(ran).map(({ msg }) => msg)).to.include("liquidated");
    expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["liquidateBLSPublicKeyWithSignature"]);
    expect((await journal()).map(({ state, hash }) => [state, hash])).to.deep.equal([
      ["included", net.chain.sent[0]?.hash],
    ]);
    expect((await stat(journalPath())).mode & 0o777).to.equal(0o600);
    const again = await watch("--once", "--broadcast");
    expect(again.code).to.equal(0);
    expect(net.chain.sent).to.have.length(1);
  });

  it("does not send what is not worth its gas", async () => {
    for (const argv of [
      ["--sesh-price", "0.0000001"],
      ["--sesh-price", "0.001", "--min-profit", "0.1"],
    ]) {
      const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", net.stateDir];
      const ran = await cli([...base, ...argv, "--once", "--broadcast"], key);
      expect(lines(ran).map(({ msg }) => msg)).to.include("not worth the gas now");
    }
    expect(net.chain.sent).to.have.length(0);
  });

  it("reads the price from a file each time, and refuses to run without any", async () => {
    const file = join(net.directory, "price");
    await writeFile(file, "0.001\n");
    const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", net.stateDir, "--once"];
    const ran = await cli([...base, "--price-file", file], key);
    expect(lines(ran).map(({ msg }) => msg)).to.include("would liquidate (dry run)");
    expect((await cli(base, key)).code).to.equal(2);
  });

  describe("after a restart", () => {
    const kill = async (): Promise<string> => {
      // The transaction is signed and written down, but never included; the service is stopped meanwhile.
      net.chain.mining = false;
      const abort = new AbortController();
      const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", net.stateDir];
      const running = cli(
        [...base, "--any-price", "--broadcast", "--interval", "1", "--metrics-port", "0", "--grace", "0"],
        {
          ...key,
          signal: abort.signal,
        },
      );
      while (net.chain.sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      abort.abort();
      const ran = await running;
      expect(ran.code).to.equal(0);
      expect(lines(ran).map(({ msg }) => msg)).to.include.members(["watching", "stopped"]);
      const [intent] = await journal();
      expect(intent).to.include({ state: "signed", nonce: 0 });
      return intent?.hash ?? "";
    };

    it("waits for the transaction it knows, and sends no other", async () => {
      const hash = await kill();
      const ran = await watch("--once", "--broadcast");
      expect(ran.code).to.equal(8);
      expect(net.chain.sent).to.have.length(1);
      expect(lines(ran).map(({ msg }) => msg)).to.include("waiting for a transaction sent earlier");

      net.chain.mining = true;
      net.chain.nodes.splice(1, 1);
      const after = await watch("--once", "--broadcast");
      expect(lines(after)[0]).to.include({ msg: "a transaction sent earlier is included", hash });
      expect(net.chain.sent).to.have.length(1);
      expect((await journal())[0]?.state).to.equal("included");
    });

    it("sends nothing beside what another machine sent, nor asks anybody to sign, and is not well meanwhile", async () => {
      // As another machine does it: with a journal of its own, from the same account.
      const hash = await kill();
      const own = join(net.directory, "another machine");
      const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", own, "--any-price"];
      const once = await cli([...base, "--broadcast", "--once"], key);
      expect(once.code).to.equal(8);
      const [told] = lines(once).filter(({ msg }) => msg === "waiting for a transaction that another machine sent");
      expect(told?.["reason"]).to.match(
        /^Nonce 0 of 0x\w+ is taken by a transaction .* that this machine did not send/,
      );

      const abort = new AbortController();
      const more = ["--broadcast", "--interval", "1", "--stall-after", "1", "--metrics-port", "19467"];
      const running = cli([...base, ...more], { ...key, signal: abort.signal });
      const ask = (path: string) => fetch(`http://127.0.0.1:19467/${path}`).catch(() => undefined);
      const eventually = async (what: (health: { status: number; stalled: boolean }) => boolean) => {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          const response = await ask("health");
          if (!response) continue;
          const { stalled } = (await response.json()) as { stalled: boolean };
          if (what({ status: response.status, stalled })) return;
        }
      };
      await eventually(({ status, stalled }) => status === 503 && stalled);
      const metrics = (await (await ask("metrics"))?.text()) ?? "";
      expect(metrics).to.include("session_watch_stalled 1").and.include('polls_total{result="waiting"}');
      expect(metrics).to.not.include('polls_total{result="ok"}');
      const calls = net.chain.requests.filter((method) => method === "eth_estimateGas").length;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(net.chain.requests.filter((method) => method === "eth_estimateGas")).to.have.length(calls);
      expect(net.chain.sent.map((entry) => entry.hash)).to.deep.equal([hash]);

      net.chain.mining = true;
      net.chain.nodes.splice(1, 1);
      net.departing = [];
      await eventually(({ status, stalled }) => status === 200 && !stalled);
      abort.abort();
      const ran = await running;
      expect(ran.code).to.equal(0);
      expect(lines(ran).find(({ msg }) => msg.startsWith("stalled"))).to.include({
        level: 50,
        msg: "stalled: a transaction that another machine sent is not included",
      });
      expect(net.chain.sent).to.have.length(1);
    });

    it("is neither well nor silent while it is stuck, and raises the fees with --replace", async () => {
      const hash = await kill();
      const abort = new AbortController();
      const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", net.stateDir, "--any-price"];
      const more = ["--broadcast", "--interval", "1", "--stall-after", "1", "--metrics-port", "19466"];
      const running = cli([...base, ...more, "--replace", "--replace-after", "1"], { ...key, signal: abort.signal });
      const ask = (path: string) => fetch(`http://127.0.0.1:19466/${path}`).catch(() => undefined);
      let health: Response | undefined;
      do {
        await new Promise((resolve) => setTimeout(resolve, 50));
        health = await ask("health");
      } while (health === undefined || net.chain.sent.length < 2);
      expect(health.status).to.equal(503);
      expect(await health.json()).to.include({ ok: false, pending: 1, stalled: true });
      expect(await (await ask("metrics"))?.text()).to.include("session_watch_stalled 1");
      abort.abort();
      const ran = await running;
      const [stalled] = lines(ran).filter(({ msg }) => msg.startsWith("stalled"));
      expect(stalled).to.include({
        level: 50,
        msg: "stalled: a transaction is not included; --replace raises its fees",
      });
      const [first, second] = net.chain.sent.map(({ raw }) => Transaction.from(raw));
      expect(first?.hash).to.equal(hash);
      expect([second?.nonce, second?.data]).to.deep.equal([first?.nonce, first?.data]);
      expect(second?.maxFeePerGas).to.be.at.least(((first?.maxFeePerGas ?? 0n) * 9n) / 8n);
    });

    it("sends the same bytes again when the endpoint lost them", async () => {
      const hash = await kill();
      net.chain.sent.length = 0;
      await watch("--once", "--broadcast");
      expect(net.chain.sent.map((entry) => entry.hash)).to.deep.equal([hash]);
    });

    it("does not mistake a transaction that is included while it looks for one that was replaced", async () => {
      const hash = await kill();
      net.departing = [];
      net.chain.onRequest = (method) => {
        if (method === "eth_getTransactionCount") net.chain.mining = true;
      };
      const ran = await watch("--once", "--broadcast");
      expect(lines(ran)[0]).to.include({ msg: "a transaction sent earlier is included", hash });
      expect((await journal())[0]?.state).to.equal("included");
    });

    it("gives nothing up because the endpoint does not say what became of it", async () => {
      const hash = await kill();
      net.chain.onRequest = (method) => {
        if (method === "eth_getTransactionReceipt") throw Object.assign(new Error("slow down"), { code: -32_005 });
      };
      const env = { ...key.env, SESSION_RPC_ATTEMPTS: "2", SESSION_RPC_BACKOFF: "0.01" };
      const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", net.stateDir];
      const ran = await cli([...base, "--any-price", "--once", "--broadcast"], { env });
      expect(ran.code).to.equal(3);
      const [failed, ...rest] = lines(ran);
      expect(failed).to.include({ msg: "poll failed", code: "rate-limited" });
      expect(failed?.["reason"]).to.match(/slow down \(code -32005\)/);
      expect(rest).to.deep.equal([]);
      expect(await journal()).to.have.length(1);
      expect((await journal())[0]).to.include({ state: "signed", hash });
    });

    it("gives up a transaction whose nonce is used by what the endpoint does not show", async () => {
      await kill();
      net.chain.sent[0]!.hash = `0x${"ab".repeat(32)}`;
      net.chain.mining = true;
      net.departing = [];
      const ran = await watch("--once", "--broadcast");
      expect(lines(ran).map(({ msg }) => msg)).to.include(
        "what became of a transaction sent earlier is not shown: its node is looked at anew",
      );
      expect((await journal())[0]?.state).to.equal("replaced");
    });
    it("leaves what another command of the account sent as it is: neither given up, nor raised, nor sent again", async () => {
      const hash = await kill();
      const theirs = JSON.parse(await readFile(journalPath(), "utf8")) as { entries: object[] };
      Object.assign(theirs.entries[0] ?? {}, { command: "contribute 0x60 pay 20", key: "contributeFunds" });
      await writeFile(journalPath(), JSON.stringify(theirs));
      net.departing = [];
      const waiting = await watch("--once", "--broadcast", "--replace", "--replace-after", "1");
      expect(waiting.code, waiting.out).to.equal(8);
      expect(net.chain.sent.map((one) => one.hash)).to.deep.equal([hash]);
      // Its nonce is used, and the endpoint does not show by what: it may have paid.
      net.chain.sent[0]!.hash = `0x${"ab".repeat(32)}`;
      net.chain.mining = true;
      const ran = await watch("--once", "--broadcast");
      expect(ran.code, ran.out).to.equal(0);
      expect((await journal()).map((one) => [one.hash, one.state])).to.deep.equal([[hash, "signed"]]);
      expect(net.chain.sent).to.have.length(1);
    });
  }).timeout(120_000);

  describe("as a service", () => {
    const run = (signal: AbortSignal, ...argv: string[]) => {
      const base = ["watch", ...net.with, "--daemon-url", net.daemonUrl, "--state-dir", net.stateDir, "--any-price"];
      return cli([...base, "--interval", "1", ...argv], { ...key, signal });
    };

    it("serves metrics and health, backs off while the chain fails, and recovers", async () => {
      const abort = new AbortController();
      const port = "19464";
      const running = run(abort.signal, "--metrics-port", port);
      const get = async (path: string) => {
        const response = await fetch(`http://127.0.0.1:${port}${path}`);
        return { status: response.status, text: await response.text() };
      };
      const eventually = async (path: string, test: (answer: { status: number; text: string }) => boolean) => {
        for (let i = 0; i < 100; i++) {
          const answer = await get(path).catch(() => undefined);
          if (answer && test(answer)) return answer;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error(`${path} never came to what was awaited`);
      };
      const healthy = await eventually("/health", ({ status }) => status === 200);
      expect(JSON.parse(healthy.text)).to.include({ ok: true, failures: 0, pending: 0, broadcast: false });
      const metrics = await eventually("/metrics", ({ text }) =>
        text.includes('session_watch_polls_total{result="ok"}'),
      );
      expect(metrics.text).to.include('session_watch_candidates{ripe="yes"} 1').and.include("session_watch_signers 6");

      const { views } = net.chain;
      const polls = () => net.chain.requests.filter((method) => method === "eth_getBlockByNumber").length;
      net.chain.views = {};
      await eventually("/health", ({ text }) => (JSON.parse(text) as { failures: number }).failures >= 2);
      const before = polls();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(polls() - before, "it does not spin").to.be.at.most(4);
      net.chain.views = views;
      await eventually("/health", ({ text }) => (JSON.parse(text) as { failures: number }).failures === 0);

      abort.abort();
      const ran = await running;
      expect(ran.code).to.equal(0);
      expect(lines(ran).map(({ msg }) => msg)).to.include.members([
        "watching",
        "poll failed",
        "polls go well again",
        "stopped",
      ]);
    });

    it("refuses to share its state with a living process, and takes over from a dead one", async () => {
      await mkdir(join(net.stateDir, "journal"), { recursive: true });
      const lock = `${journalPath()}.lock`;
      await writeFile(lock, "1");
      const ran = await watch("--once", "--broadcast");
      expect(ran.code).to.equal(2);
      expect(ran.err).to.include(`Process 1 on ${hostname()} works with the account ${ACCOUNT}`).and.include(lock);
      // A dry run sends nothing, and needs nobody's leave.
      expect((await watch("--once")).code).to.equal(0);
      await writeFile(lock, "999999999");
      expect((await watch("--once", "--broadcast")).code).to.equal(0);
    });

    it("asks less and less often about a node that the network does not sign for", async () => {
      for (const node of net.nodes) node.behaviour = "unwilling";
      const abort = new AbortController();
      const running = run(abort.signal, "--metrics-port", "0", "--log-level", "debug");
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      abort.abort();
      const told = lines(await running);
      // Polls 1, 2, 4 and 8 ask; those between do not.
      const due = told.filter(({ msg }) => msg === "polled").map(({ due }) => due);
      expect(due.slice(0, 7)).to.deep.equal([1, 1, 0, 1, 0, 0, 0]);
      expect(told.filter(({ msg }) => msg === "not liquidated").length).to.be.within(3, 4);
      expect(net.chain.sent).to.have.length(0);
    });

    /** A contract that says what it is, and nothing else. */
    const silence = () => {
      const { designatedToken, foundationPool, blsNonSignerThreshold } = net.chain.views;
      net.chain.views = { designatedToken, foundationPool, blsNonSignerThreshold } as typeof net.chain.views;
    };

    it("is not healthy before its first good poll", async () => {
      silence();
      const abort = new AbortController();
      const running = run(abort.signal, "--metrics-port", "19465");
      let response: Response | undefined;
      while (!response) {
        response = await fetch("http://127.0.0.1:19465/health").catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      abort.abort();
      await running;
      expect(response.status).to.equal(503);
      expect(await response.json()).to.include({ ok: false, lastSuccess: null });
    });

    it("ends with 3 when its only poll fails", async () => {
      net.departing = [];
      silence();
      expect((await watch("--once")).code).to.equal(3);
    });
  });

  describe("profit", () => {
    const facts = { share: 7_500_000_000n, gas: 400_000n, gasPrice: 10n ** 7n, minimum: 0n };

    it("compares the share's worth with the gas", () => {
      const judged = judgeProfit({ ...facts, weiPerSesh: 10n ** 13n });
      expect(judged).to.deep.equal({
        revenue: 75n * 10n ** 12n,
        cost: 4n * 10n ** 12n,
        profit: 71n * 10n ** 12n,
        worthIt: true,
      });
      expect(judgeProfit({ ...facts, weiPerSesh: 533_333_333_334n }).worthIt).to.equal(true);
      expect(judgeProfit({ ...facts, weiPerSesh: 533_333_333_333n }).worthIt).to.equal(false);
      expect(judgeProfit({ ...facts, weiPerSesh: 10n ** 13n, minimum: 71n * 10n ** 12n + 1n }).worthIt).to.equal(false);
      expect(judgeProfit({ ...facts, weiPerSesh: undefined }).worthIt).to.equal(true);
    });
  });

  it("keeps a journal of bounded length, and never drops an open intent", async () => {
    const path = join(net.directory, "journal.json");
    const open = async () => Journal.open(await openJournalFile(path, "a test"));
    const opened = await open();
    const names = { command: "test", final: true, what: "test", method: "test", from: ACCOUNT };
    const add = (i: number) => {
      const hash = `0x${i.toString(16).padStart(64, "0")}`;
      return opened.begin({ ...names, key: `${i}`, nonce: i }, { hash, raw: "0x02" });
    };
    const first = await add(0);
    for (let i = 1; i <= 205; i++) await opened.settle(await add(i), "included");
    expect(opened.all).to.have.length(201);
    expect(opened.open).to.deep.equal([first]);
    await opened.close();
    const reopened = await open();
    expect(reopened.all).to.have.length(201);
    expect(reopened.open).to.deep.equal([first]);
    await reopened.close();
  });
});
