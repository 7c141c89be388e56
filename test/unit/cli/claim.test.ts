import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Provider } from "ethers";
import { formatEther, Interface, parseUnits, Transaction, Wallet } from "ethers";
import { serviceNodeRewardsAbi, serviceNodeRewardsAdditions } from "../../../src/chain/abi.ts";
import { claimedBy } from "../../../src/cli/claiming/claim.ts";
import { REWARDS, revertWith } from "./support/chain.ts";
import { cli } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const SESH = 10n ** 9n;
const abi = new Interface([...serviceNodeRewardsAbi, ...serviceNodeRewardsAdditions]);
const key = { env: { PRIVATE_KEY } };

interface Report {
  status: string;
  path: string;
  amount: string;
  lifetime: string;
  claimable: string;
  collected: { signers: string[]; nonSigners: { id: string; reason: string }[]; badNodes: { id: string }[] };
  error: { code: string; exitCode: number; message: string };
}

describe("cli: claim and rewards", function () {
  this.timeout(60_000);
  let net: CliNetwork;
  const state = () => ["--state-dir", net.stateDir];
  const claimFiles = async (): Promise<string[]> => {
    const place = join(net.stateDir, "claims", `31337-${REWARDS}`);
    return (await readdir(place).catch(() => [])).map((name) => join(place, name));
  };

  beforeEach(async () => {
    net = await new CliNetwork().start();
  });
  afterEach(() => net.stop());

  it("takes no receipt for one that says nothing was paid", async () => {
    const provider = { getTransactionReceipt: () => Promise.resolve(null) } as unknown as Provider;
    const asked = claimedBy(`0x${"ab".repeat(32)}`, { provider, contract: REWARDS, recipient: ACCOUNT });
    const error = await asked.catch((reason: unknown) => reason as Error);
    expect(error).to.include({ name: "ChainError", code: "no-receipt" });
  });

  it("holds all its transactions together to --max-cost, whatever each is raised to", async () => {
    const gwei = net.chain.gasPrice;
    const note = net.chain.onTransaction;
    net.chain.onTransaction = (transaction) => {
      if (transaction.name === "claimRewards" && net.chain.gasPrice === gwei) {
        net.chain.gasPrice = (gwei * 16n) / 10n;
        throw Object.assign(new Error("max fee per gas less than block base fee"), { code: -32_000 });
      }
      note(transaction);
    };
    const maxCost = 1_050_000n * gwei;
    const claim = ["claim", ...net.with, ...state(), "--amount", "50", "--broadcast"];
    const ran = await cli([...claim, "--max-cost", formatEther(maxCost)], key);
    const [first, second] = net.chain.sent.map(({ name, raw }) => {
      const { gasLimit, maxFeePerGas } = Transaction.from(raw);
      return { name, most: gasLimit * (maxFeePerGas ?? 0n) };
    });
    expect(first?.name, ran.err).to.equal("updateRewardsBalance");
    const spent = 240_000n * gwei + (second?.most ?? 0n);
    expect(spent <= maxCost, `${spent} of ${maxCost}`).to.equal(true);
    expect(ran.code, ran.err).to.equal(6);
  });

  describe("rewards", () => {
    it("shows the record, and with nodes what the network signed", async () => {
      const plain = (await cli(["rewards", ACCOUNT, ...net.on, "--json"])).json();
      expect(plain).to.deep.include({
        recorded: `${5_000n * SESH}`,
        claimed: `${2_000n * SESH}`,
        claimable: `${3_000n * SESH}`,
      });
      expect(plain).not.to.have.property("signed");
      const signed = (await cli(["rewards", ACCOUNT, ...net.with, "--json"])).json();
      expect(signed).to.deep.include({ signed: `${9_000n * SESH}`, claimable: `${7_000n * SESH}` });
      expect((await cli(["rewards", ACCOUNT, ...net.with])).out)
        .to.include("7,000 SESH")
        .and.include("6 of 6");
    });

    it("refuses what is no address, with exit code 2", async () => {
      expect((await cli(["rewards", "0x12", ...net.on])).code).to.equal(2);
    });
  });

  describe("a dry run", () => {
    it("is the default, and sends nothing", async () => {
      for (const argv of [[], ["--dry-run"]]) {
        const ran = await cli(["claim", ...net.with, ...argv, "--json"], key);
        expect(ran.code).to.equal(0);
        const report = ran.json<Report>();
        expect(report).to.include({ status: "simulated", path: "update-then-claim", amount: `${7_000n * SESH}` });
        expect(report.collected.signers).to.have.length(6);
      }
      expect(net.chain.sent).to.deep.equal([]);
      expect(net.chain.requests).not.to.include("eth_sendRawTransaction");
    });

    it("needs no key but an account", async () => {
      const ran = await cli(["claim", ...net.with, "--from", ACCOUNT]);
      expect(ran.code).to.equal(0);
      expect(ran.out).to.include("Dry run");
      const without = await cli(["claim", ...net.with]);
      expect(without.code).to.equal(7);
      expect(without.err).to.include("PRIVATE_KEY");
    });

    it("leaves nothing on disk", async () => {
      await cli(["claim", ...net.with, ...state()], key);
      expect(await claimFiles()).to.deep.equal([]);
    });
  });

  describe("with --broadcast", () => {
    it("updates and claims in two transactions on a live-style contract", async () => {
      const ran = await cli(["claim", ...net.with, ...state(), "--broadcast", "--json"], key);
      expect(ran.code).to.equal(0);
      expect(ran.json<Report>().status).to.equal("claimed");
      expect(net.chain.sent.map(({ name, nonce }) => [name, nonce])).to.deep.equal([
        ["updateRewardsBalance", 0],
        ["claimRewards", 1],
      ]);
      expect(net.chain.sent[0]?.args.slice(0, 2)).to.deep.equal([ACCOUNT, 9_000n * SESH]);
      expect(await claimFiles()).to.deep.equal([]);
    });

    it("does both in one where the contract can", async () => {
      net.addFeature("updateRewardsBalanceAndClaim");
      await cli(["claim", ...net.with, ...state(), "--broadcast"], key);
      expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["updateRewardsBalanceAndClaim"]);
    });

    it("starts from --nonce and counts on", async () => {
      await cli(["claim", ...net.with, ...state(), "--broadcast", "--nonce", "7"], key);
      expect(net.chain.sent.map(({ nonce }) => nonce)).to.deep.equal([7, 8]);
    });

    it("takes the account from a keystore, its paths from the environment too", async () => {
      const keystore = join(net.directory, "account.json");
      const password = join(net.directory, "password");
      await writeFile(keystore, new Wallet(PRIVATE_KEY).encryptSync("open sesame"));
      await writeFile(password, "open sesame\n");
      const env = { KEYSTORE: keystore, KEYSTORE_PASSWORD_FILE: password };
      const ran = await cli(["claim", ...net.with, "--json"], { env });
      expect(ran.json<{ recipient: string }>().recipient).to.equal(ACCOUNT);
    });

    it("refuses --from of another account than the key's", async () => {
      const ran = await cli(["claim", ...net.with, "--broadcast", "--from", REWARDS], key);
      expect(ran.code).to.equal(2);
      expect(net.chain.sent).to.have.length(0);
    });

    it("refuses together with --dry-run", async () => {
      expect((await cli(["claim", ...net.with, "--broadcast", "--dry-run"], key)).code).to.equal(2);
    });
  });

  describe("caps", () => {
    it("refuses with exit code 6 when gas costs more than --max-fee-per-gas", async () => {
      net.chain.gasPrice = parseUnits("0.02", "gwei");
      for (const cap of ["0.01", "0.01gwei", "10000000wei"]) {
        const ran = await cli(["claim", ...net.with, "--max-fee-per-gas", cap, "--broadcast", ...state()], key);
        expect(ran.code, cap).to.equal(6);
      }
      expect((await cli(["claim", ...net.with, "--max-fee-per-gas", "0.03"], key)).code).to.equal(0);
      expect(net.chain.sent).to.have.length(0);
    });

    it("refuses with exit code 6 over --max-cost", async () => {
      const ran = await cli(["claim", ...net.with, "--max-cost", "0.000001"], key);
      expect(ran.code).to.equal(6);
      expect((await cli(["claim", ...net.with, "--max-cost", "0.1"], key)).code).to.equal(0);
    });

    it("does not take a price without sense", async () => {
      expect((await cli(["claim", ...net.with, "--max-fee-per-gas", "cheap"], key)).code).to.equal(2);
    });
  });

  describe("--output calldata", () => {
    it("gives a batch for a multisig and sends nothing", async () => {
      const ran = await cli(["claim", ...net.with, "--from", ACCOUNT, "--output", "calldata"]);
      expect(ran.code).to.equal(0);
      const batch = ran.json<{
        version: string;
        chainId: string;
        transactions: { to: string; value: string; contractMethod: { name: string } }[];
        calldata: string[];
      }>();
      expect(batch).to.include({ version: "1.0", chainId: "31337" });
      expect(batch.transactions.map(({ to, value }) => [to, value])).to.deep.equal([
        [REWARDS, "0"],
        [REWARDS, "0"],
      ]);
      expect(batch.transactions.map(({ contractMethod }) => contractMethod.name)).to.deep.equal([
        "updateRewardsBalance",
        "claimRewards",
      ]);
      const [update, claim] = batch.calldata.map((data) => abi.parseTransaction({ data }));
      expect(update?.name).to.equal("updateRewardsBalance");
      expect(update?.args[1]).to.equal(9_000n * SESH);
      expect(claim?.name).to.equal("claimRewards");
      expect(net.chain.sent).to.have.length(0);
    });
  });

  describe("refusals", () => {
    it("names who did not sign, with exit code 5", async () => {
      await Promise.all(net.nodes.slice(0, 3).map((node) => node.stop()));
      const ran = await cli(["claim", ...net.with, "--json"], key);
      // 3,000 SESH are on record, and need no signature.
      expect(ran.json<Report>().path).to.equal("claim-only");
      net.claimed = net.recorded;
      const refused = await cli(["claim", ...net.with, "--json"], key);
      expect(refused.code).to.equal(5);
      expect(refused.json<Report>().error).to.include({ code: "too-few-signers", exitCode: 5 });
      expect(refused.err).to.include("3 of 6 nodes signed; the contract requires 4.").and.include("3 refused");
    });

    it("gives the contract's error in words, with exit code 4", async () => {
      const { views } = net.chain;
      net.chain.views = {
        ...views,
        updateRewardsBalance: () => {
          throw revertWith("EnforcedPause", []);
        },
      };
      const ran = await cli(["claim", ...net.with, "--json"], key);
      expect(ran.code).to.equal(4);
      expect(ran.json<Report>().error.code).to.equal("EnforcedPause");
      expect(ran.err).to.match(/error .*paused/i);
    });

    it("says when there is nothing to claim, with exit code 0", async () => {
      net.lifetime = net.recorded = net.claimed;
      const ran = await cli(["claim", ...net.with], key);
      expect(ran.code).to.equal(0);
      expect(ran.out).to.include("nothing to claim");
      const sending = await cli(["claim", ...net.with, ...state(), "--broadcast"], key);
      expect([sending.code, sending.out.match(/nothing to claim/g)?.length]).to.deep.equal([0, 1]);
    });
  });

  describe("an interrupted claim", () => {
    const broadcast = () => cli(["claim", ...net.with, ...state(), "--broadcast", "--json"], key);

    it("goes on with the signatures on disk while the nodes are gone, and sends once", async () => {
      const { onTransaction } = net.chain;
      net.chain.onTransaction = () => {
        throw new Error("exceeds block gas limit");
      };
      expect((await broadcast()).code).not.to.equal(0);
      const [file] = await claimFiles();
      expect((await stat(file as string)).mode & 0o777).to.equal(0o600);
      expect(JSON.parse(await readFile(file as string, "utf8")).collection.signatures).to.have.length(6);

      net.chain.onTransaction = onTransaction;
      await Promise.all(net.nodes.map((node) => node.stop()));
      const ran = await broadcast();
      expect(ran.code).to.equal(0);
      expect(ran.err).to.include("going on with signatures collected");
      expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["updateRewardsBalance", "claimRewards"]);
      expect(await claimFiles()).to.deep.equal([]);
    });

    it("rebuilds them for the set of now", async () => {
      net.chain.onTransaction = () => {
        throw new Error("exceeds block gas limit");
      };
      await broadcast();
      await Promise.all(net.nodes.map((node) => node.stop()));
      net.chain.nodes.splice(0, 1);
      net.chain.onTransaction = ({ name, args }) => {
        if (name === "updateRewardsBalance") net.recorded = args[1] as bigint;
      };
      const ran = await broadcast();
      expect(ran.code).to.equal(0);
      expect(ran.json<Report>().collected.signers).to.deep.equal(["2", "3", "4", "5", "6"]);
    });

    it("asks again when they are too old, damaged, or of no use any more", async () => {
      net.chain.onTransaction = () => {
        throw new Error("exceeds block gas limit");
      };
      await broadcast();
      const [file] = (await claimFiles()) as [string];
      const kept = JSON.parse(await readFile(file, "utf8"));
      const [first, ...others] = kept.collection.signatures;
      const old = { ...kept, collectedAt: kept.collectedAt - 1_801 };
      const damaged = {
        ...kept,
        collection: { ...kept.collection, signatures: [{ ...first, signature: "0x00" }, ...others] },
      };
      const more = { ...kept, collection: { ...kept.collection, amounts: [`${10n ** 18n}`] } };
      for (const content of [old, damaged, more]) {
        await writeFile(file, JSON.stringify(content));
        const served = net.nodes[0]?.served ?? 0;
        await broadcast();
        expect(net.nodes[0]?.served).to.be.greaterThan(served);
        expect(net.chain.sent).to.have.length(0);
      }
    });

    it("asks again with --fresh", async () => {
      net.chain.onTransaction = () => {
        throw new Error("exceeds block gas limit");
      };
      await broadcast();
      const served = net.nodes[0]?.served ?? 0;
      await cli(["claim", ...net.with, ...state(), "--broadcast", "--fresh"], key);
      expect(net.nodes[0]?.served).to.be.greaterThan(served);
    });

    /** Interrupts a claim as soon as the last of the nodes has been asked. */
    const interrupt = async () => {
      const abort = new AbortController();
      const argv = ["claim", ...net.with, ...state(), "--broadcast", "--timeout", "30", "--deadline", "30"];
      const running = cli(argv, { ...key, signal: abort.signal });
      // Its height and its signature.
      while (net.nodes.some((node) => node.served < 2)) await new Promise((resolve) => setTimeout(resolve, 10));
      setTimeout(() => abort.abort(), 300);
      const ran = await running;
      expect(ran.code, ran.err).to.equal(130);
      expect(net.chain.sent).to.have.length(0);
      return ran;
    };

    it("stops on a signal with exit code 130, and goes on with the signatures that it had by then", async () => {
      (net.nodes[5] as (typeof net.nodes)[number]).behaviour = "hanging";
      const ran = await interrupt();
      expect(ran.err).to.include("The signatures are kept in");

      await Promise.all(net.nodes.map((node) => node.stop()));
      const again = await broadcast();
      expect(again.code, again.err).to.equal(0);
      expect(again.json<Report>().collected.signers).to.deep.equal(["1", "2", "3", "4", "5"]);
      expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["updateRewardsBalance", "claimRewards"]);
    });

    it("keeps nothing of a signal that came before enough had signed", async () => {
      for (const node of net.nodes.slice(2)) node.behaviour = "hanging";
      await interrupt();
      expect(await claimFiles()).to.deep.equal([]);
    });
  });

  describe("many recipients", () => {
    const others = [1n, 2n, 3n].map((n) => `0x${(n << 140n).toString(16).padStart(40, "0")}`);

    it("records each, from a list with comments", async () => {
      const file = join(net.directory, "recipients.txt");
      await writeFile(file, `# people\n${others[0]}\n\n${others[1]} # second\n${others[2]}\n`);
      const recorded = new Map<string, bigint>();
      net.chain.views = {
        ...net.chain.views,
        recipients: (who: string) => [recorded.get(who.toLowerCase()) ?? 0n, 0n],
      } as never;
      net.chain.onTransaction = ({ args }) => void recorded.set((args[0] as string).toLowerCase(), args[1] as bigint);

      const argv = ["claim", "--file", file, ...net.with, ...state(), "--json"];
      expect((await cli(argv, key)).code).to.equal(0);
      expect(net.chain.sent).to.have.length(0);

      const ran = await cli([...argv, "--broadcast"], key);
      expect(ran.code).to.equal(0);
      const { recipients } = ran.json<{ recipients: { status: string; added: string }[] }>();
      expect(recipients.map(({ status, added }) => [status, added])).to.deep.equal(
        others.map(() => ["recorded", `${9_000n * SESH}`]),
      );
      expect([...recorded.keys()]).to.deep.equal(others);

      const again = await cli([...argv, "--broadcast"], key);
      const second = again.json<{ recipients: { status: string }[] }>().recipients;
      expect(second.map(({ status }) => status)).to.deep.equal(["up-to-date", "up-to-date", "up-to-date"]);
      expect(net.chain.sent).to.have.length(3);
    });

    it("ends with exit code 9 when one of them fails", async () => {
      const file = join(net.directory, "recipients.csv");
      await writeFile(file, `address\n${others.join("\n")}\n`);
      net.chain.views = {
        ...net.chain.views,
        updateRewardsBalance: (who: string) => {
          if (who.toLowerCase() === others[1]) throw revertWith("NullAddress", []);
          return [];
        },
      } as never;
      const ran = await cli(["claim", "--file", file, ...net.with, ...state()], key);
      expect(ran.code).to.equal(9);
      expect(ran.out).to.include("failed:");
    });

    it("refuses a list with a wrong or repeated address", async () => {
      const file = join(net.directory, "bad.txt");
      for (const text of ["0x12\n", `${others[0]}\n${others[0]}\n`, "# nobody\n"]) {
        await writeFile(file, text);
        expect((await cli(["claim", "--file", file, ...net.with], key)).code, text).to.equal(2);
      }
    });
  });
});
