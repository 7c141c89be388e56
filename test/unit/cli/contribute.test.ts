import { readdirSync, rmSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Transaction } from "ethers";
import { requireClaimable } from "../../../src/cli/joining/beneficiary.ts";
import type { Session } from "../../../src/cli/session/session.ts";
import { actionOf, amountOf, requireWithdrawable } from "../../../src/cli/joining/payment.ts";
import type { ContributionView } from "../../../src/cli/joining/contribution.ts";
import { OPERATOR, POOL, REWARDS, TOKEN } from "./support/chain.ts";
import { cli } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const CONTRACT = "0x6000000000000000000000000000000000000006";
const FACTORY = "0x7000000000000000000000000000000000000007";
const key = { env: { PRIVATE_KEY } };

/** Whom a payment goes to is decided by who made the contract and by what it belongs to; the answers come from a table. */
describe("cli: whom contribute pays", function () {
  this.timeout(60_000);
  let net: CliNetwork;
  let pay: string[];

  beforeEach(async () => {
    net = await new CliNetwork().start();
    pay = ["contribute", CONTRACT, ...net.on, "--amount", "100", "--broadcast"];
    net.chain.views = {
      ...net.chain.views,
      owns: () => [true],
      stakingRewardsContract: () => [REWARDS],
      SESH: () => [TOKEN],
      status: () => [1n],
      operator: () => [OPERATOR],
      totalContribution: () => [0n],
      serviceNodeParams: () => [
        { serviceNodePubkey: 1n, serviceNodeSignature1: 0n, serviceNodeSignature2: 0n, fee: 0n },
      ],
      blsPubkey: () => [1n, 2n],
      manualFinalize: () => [false],
      minimumContribution: () => [1n],
      getContributions: () => [[], [], []],
      getReserved: () => [[], [], []],
    };
  });
  afterEach(() => net.stop());

  const refused = async (argv: string[], code: number, words: string) => {
    const ran = await cli(argv, key);
    expect(ran.code, ran.err).to.equal(code);
    expect(ran.err).to.include(words);
    expect(net.chain.sent).to.have.length(0);
  };

  it("shows a contract that nobody vouches for, and pays none", async () => {
    await refused(pay, 4, "Nobody vouches for this contract: the network custom has no known contribution factory.");
    const shown = await cli(["contribute", CONTRACT, ...net.on, "--json"]);
    expect(shown.code, shown.err).to.equal(0);
    expect(shown.json()).to.include({ address: CONTRACT, state: "open" }).and.not.have.property("madeByFactory");
  });

  it("pays none that the factory did not make, nor one of another system's factory", async () => {
    net.chain.views = { ...net.chain.views, owns: () => [false] };
    await refused([...pay, "--factory", FACTORY], 4, "was not made by the contribution factory");
    net.chain.views = { ...net.chain.views, owns: () => [true], stakingRewardsContract: () => [POOL] };
    await refused([...pay, "--factory", FACTORY], 4, `belongs to the rewards contract ${POOL}, not ${REWARDS}.`);
    const { owns: _, ...without } = net.chain.views;
    net.chain.views = without;
    await refused([...pay, "--factory", FACTORY], 2, `${FACTORY} is no contribution factory.`);
  });

  it("compares what the contract says of itself", async () => {
    net.chain.views = { ...net.chain.views, stakingRewardsContract: () => [POOL] };
    await refused(pay, 4, `registers at ${POOL}, not ${REWARDS}.`);
    net.chain.views = { ...net.chain.views, stakingRewardsContract: () => [REWARDS], SESH: () => [POOL] };
    await refused(pay, 4, `takes the token ${POOL}, not ${TOKEN}.`);
    const { SESH: _, ...without } = net.chain.views;
    net.chain.views = without;
    await refused(pay, 4, `${CONTRACT} is no contribution contract.`);
  });

  /** The account has paid, and may take it out. */
  const withdrawable = {
    getContributions: () => [[ACCOUNT], [ACCOUNT], [100n]],
    withdrawContribution: () => [],
    reset: () => [],
  };

  it("does not do again what is included, though the endpoint fell silent before the end was told", async () => {
    const withdraw = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast"];
    net.chain.views = { ...net.chain.views, ...withdrawable };
    net.chain.onRequest = (method) => {
      if (method !== "eth_call" || net.chain.sent.length === 0) return;
      throw Object.assign(new Error("header not found"), { code: -32_000 });
    };
    const env = { ...key.env, SESSION_RPC_ATTEMPTS: "1", SESSION_RPC_BACKOFF: "0.01" };
    const silent = await cli(withdraw, { env });
    expect(silent.code, silent.err).to.equal(3);
    const [sent] = net.chain.sent;
    expect(silent.err).to.include(`${sent?.hash} is included in block `);
    net.chain.onRequest = () => undefined;
    // Another command of the account neither takes it for its own, nor tells of it.
    const reset = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--reset", "--broadcast", "--json"];
    const other = await cli(reset, key);
    expect(other.code, other.err).to.equal(0);
    const [, made] = net.chain.sent;
    expect(other.json<{ transactions: { hash: string }[] }>().transactions.map(({ hash }) => hash)).to.deep.equal([
      made?.hash,
    ]);
    const again = await cli([...withdraw, "--json"], key);
    expect(again.code, again.err).to.equal(0);
    expect(net.chain.sent.map(({ hash }) => hash)).to.deep.equal([sent?.hash, made?.hash]);
    expect(again.json<{ transactions: object[] }>().transactions).to.have.length(1);
    // Told once, it is done: the next is another one.
    const next = await cli(withdraw, key);
    expect(next.code, next.err).to.equal(0);
    expect(net.chain.sent).to.have.length(3);
  });

  it("is done though it cannot be noted that it was told", async () => {
    const withdraw = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast"];
    net.chain.views = { ...net.chain.views, ...withdrawable };
    net.chain.onRequest = (method) => {
      if (method !== "eth_call" || net.chain.sent.length === 0) return;
      const directory = join(net.stateDir, "journal");
      for (const name of readdirSync(directory)) if (name.endsWith(".lock")) rmSync(join(directory, name));
    };
    const ran = await cli([...withdraw, "--json"], key);
    expect(ran.code, ran.err).to.equal(0);
    expect(ran.json<{ transactions: object[] }>().transactions).to.have.length(1);
    expect(ran.err).to.include("lock");
  });

  for (const [where, mining] of [
    ["is included after all", true],
    ["is in the pool after all", false],
  ] as const) {
    it(`does not do again what was given up and ${where}`, async () => {
      const withdraw = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast"];
      net.chain.views = { ...net.chain.views, ...withdrawable };
      net.chain.mining = false;
      expect((await cli([...withdraw, "--wait", "0"], key)).code).to.equal(8);
      const directory = join(net.stateDir, "journal");
      const file = join(directory, (await readdir(directory)).find((name) => name.endsWith(".json")) ?? "");
      // Refused when it was offered once more, and not shown: then it is thought to be nowhere.
      await writeFile(file, (await readFile(file, "utf8")).replace('"state": "signed"', '"state": "refused"'));
      net.chain.mining = mining;
      const again = await cli([...withdraw, "--wait", "0"], key);
      expect(again.code, again.err).to.equal(mining ? 0 : 8);
      expect(again.err).to.include(net.chain.sent[0]?.hash);
      expect(new Set(net.chain.sent.map(({ hash }) => hash)).size).to.equal(1);
    });
  }

  it("sends once more, as it was signed, what was in a block that was taken back", async () => {
    const withdraw = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast"];
    net.chain.views = { ...net.chain.views, ...withdrawable };
    expect((await cli(withdraw, key)).code).to.equal(0);
    const [sent] = net.chain.sent.splice(0);
    net.chain.gasPrice += 1n;
    const again = await cli(withdraw, key);
    expect(again.code, again.err).to.equal(0);
    expect(again.err).to.include(`${sent?.hash} (withdraw the contribution) is no part of the chain any more`);
    expect(net.chain.sent.map(({ hash }) => hash)).to.deep.equal([sent?.hash]);
  });

  it("raises no fees of what an earlier run sent over what was agreed to, unless it is told to", async () => {
    const withdraw = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast"];
    net.chain.views = { ...net.chain.views, ...withdrawable };
    net.chain.mining = false;
    expect((await cli([...withdraw, "--wait", "0"], key)).code).to.equal(8);
    net.chain.sent.length = 0;
    net.chain.mining = true;
    let refuse = 1;
    net.chain.onTransaction = () => {
      if (refuse-- <= 0) return;
      net.chain.gasPrice *= 3n;
      throw Object.assign(new Error("max fee per gas less than block base fee"), { code: -32_000 });
    };
    const dear = await cli(withdraw, key);
    expect(dear.code, dear.err).to.equal(6);
    expect(dear.err).to.include("The endpoint wants higher fees than were offered");
    expect(net.chain.sent).to.have.length(0);
    // It is given up, and the next run says what it costs now.
    const anew = await cli(withdraw, key);
    expect(anew.code, anew.err).to.equal(0);
    expect(net.chain.sent).to.have.length(1);
  });

  it("raises the fees of what an earlier run sent as far as it must where --replace asks for it", async () => {
    const withdraw = ["contribute", CONTRACT, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast"];
    net.chain.views = { ...net.chain.views, ...withdrawable };
    net.chain.mining = false;
    expect((await cli([...withdraw, "--wait", "0"], key)).code).to.equal(8);
    const [left] = net.chain.sent.splice(0);
    net.chain.mining = true;
    net.chain.gasPrice *= 3n;
    const raised = await cli([...withdraw, "--replace"], key);
    expect(raised.code, raised.err).to.equal(0);
    const [low, high] = [left, net.chain.sent[0]].map((one) => Transaction.from(one?.raw));
    expect([high?.nonce, (high?.maxFeePerGas ?? 0n) >= net.chain.gasPrice]).to.deep.equal([low?.nonce, true]);
    expect((low?.maxFeePerGas ?? 0n) < net.chain.gasPrice).to.equal(true);
  });

  it("sends nobody's rewards to nobody", async () => {
    const nobody = `0x${"0".repeat(40)}`;
    await refused(
      [...pay, "--factory", FACTORY, "--beneficiary", nobody],
      2,
      "--beneficiary: this is the zero address",
    );
  });

  it("takes out nothing where nothing was paid", async () => {
    net.chain.views = { ...net.chain.views, ...withdrawable, getContributions: () => [[], [], []] };
    await refused(["contribute", CONTRACT, ...net.on, "--withdraw", "--broadcast"], 4, "has paid nothing into it.");
  });

  it("is one contract in every spelling: a later run finds what was sent", async () => {
    const withdraw = (contract: string) =>
      cli(
        ["contribute", contract, ...net.on, "--state-dir", net.stateDir, "--withdraw", "--broadcast", "--wait", "0"],
        key,
      );
    net.chain.views = { ...net.chain.views, ...withdrawable };
    net.chain.mining = false;
    expect((await withdraw(CONTRACT.slice(2))).code).to.equal(8);
    net.chain.mining = true;
    const again = await withdraw(CONTRACT);
    expect(again.code, again.err).to.equal(0);
    expect(net.chain.sent).to.have.length(1);
  });

  it("is one wish in every spelling: a later run finds by it what was sent", () => {
    const wishes = ["25", "25.0", "25 SESH"].flatMap((amount) =>
      [ACCOUNT, ACCOUNT.slice(2), ACCOUNT.toLowerCase(), `0X${ACCOUNT.slice(2)}`].map((beneficiary) =>
        actionOf({ amount, beneficiary }),
      ),
    );
    expect([...new Set(wishes)]).to.deep.equal([`pay 25000000000 for ${ACCOUNT.toLowerCase()}`]);
  });

  describe("what an account can pay and take out", () => {
    const view = {
      state: "open",
      operator: OPERATOR,
      requirement: 120n,
      total: 60n,
      reservedOpen: 40n,
      minimum: 5n,
      contributors: [{ address: OPERATOR, beneficiary: OPERATOR, amount: 60n }],
      reserved: [
        { address: OPERATOR, amount: 60n, paid: true },
        { address: ACCOUNT, amount: 30n, paid: false },
        { address: POOL, amount: 10n, paid: false },
      ],
    } as unknown as ContributionView;

    it("counts its own reservation: first, whole, and in the rest", () => {
      const amounts = (account: string) => ["min", "rest"].map((word) => amountOf(word, view, account));
      expect(amounts(ACCOUNT)).to.deep.equal([30n, 50n]);
      expect(amounts(POOL)).to.deep.equal([10n, 30n]);
      expect(amounts(TOKEN)).to.deep.equal([5n, 20n]);
      expect(amounts(OPERATOR)).to.deep.equal([5n, 20n]);
      const full = { ...view, total: 80n, minimum: 0n };
      expect(amountOf("rest", full, ACCOUNT)).to.equal(30n);
      expect(() => amountOf("rest", full, TOKEN)).to.throw("Nothing is left to contribute.");
    });

    it("is no withdrawal where the contract would do something else, or nothing", () => {
      const refused =
        (account: string, more: Partial<ContributionView> = {}) =>
        () =>
          requireWithdrawable({ ...view, ...more }, account);
      expect(refused(OPERATOR)).to.throw("The operator's withdrawal refunds everybody and starts over.");
      expect(refused(ACCOUNT)).to.throw(`${ACCOUNT} has paid nothing into it.`);
      expect(refused(OPERATOR, { state: "finalized" })).to.throw("The node is registered: the stake is in it.");
      const paid = { contributors: [{ address: ACCOUNT, beneficiary: ACCOUNT, amount: 30n }] };
      expect(refused(ACCOUNT, paid)).to.not.throw();
    });
  });

  it("has no rewards go to a contract of the system", async () => {
    const session = {
      rewardsAddress: REWARDS,
      contributionFactory: FACTORY,
      token: () => Promise.resolve({ address: TOKEN }),
      pool: () => Promise.resolve({ address: POOL }),
    } as unknown as Session;
    for (const [address, what] of [
      [REWARDS, "the rewards contract"],
      [TOKEN.toLowerCase(), "the token"],
      [POOL, "the pool"],
      [FACTORY, "the contribution factory"],
    ] as const) {
      const error = await requireClaimable([ACCOUNT, address], session).catch((reason: unknown) => reason);
      expect(error, what).to.include({ exit: "usage" });
      expect((error as Error).message).to.equal(
        `Rewards would go to ${what}, ${address}, and nobody could claim them there.`,
      );
    }
    await requireClaimable([ACCOUNT, OPERATOR], session);
  });

  it("knows the factory of the chain behind a bare endpoint", async () => {
    net.chain.chainId = 42_161n;
    net.chain.views = { ...net.chain.views, owns: () => [false] };
    const live = pay.filter((arg) => arg !== "--rewards-contract" && arg !== REWARDS);
    net.chain.views = {
      ...net.chain.views,
      stakingRewardsContract: () => ["0xC2B9fC251aC068763EbDfdecc792E3352E351c00"],
    };
    await refused(live, 4, "was not made by the contribution factory");
  });
});
