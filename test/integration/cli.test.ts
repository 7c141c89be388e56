/** The command line against the real contracts: everything that sends, over a real JSON-RPC endpoint and real HTTP nodes. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Contract, Interface, Wallet, ZeroAddress } from "ethers";
import { ed25519 } from "@noble/curves/ed25519.js";
import {
  hexFromBytes,
  publicKeyToHex,
  signatureFromParams,
  signatureToHex,
  signRegistration,
} from "../../src/bls/index.ts";
import { formatSesh, serviceNodeContributionFactoryAbi } from "../../src/chain/index.ts";
import type { ChaosSystem } from "../helpers/chaosSystem.ts";
import { RECIPIENT_KEY, startChaosSystem } from "../helpers/chaosSystem.ts";
import { behindProxy } from "../helpers/family.ts";
import { REQUIREMENT, SESH_UNIT } from "../helpers/staking.ts";
import type { TestNode } from "../helpers/TestNetwork.ts";
import { testNode } from "../helpers/TestNetwork.ts";
import { cli } from "../unit/cli/support/io.ts";

const OTHER_KEY = `0x${"5f".repeat(32)}`;
const DAY = 86_400;

/** Test nodes whose Ed25519 key is a real one, which signs. */
const seedOf = (index: number): Uint8Array => new Uint8Array(32).fill(index);
const identified = (index: number): TestNode => ({
  ...testNode(index),
  ed25519Pubkey: BigInt(hexFromBytes(ed25519.getPublicKey(seedOf(index)))),
});

describe("cli against real contracts", function () {
  this.timeout(180_000);
  let world: ChaosSystem;
  let directory: string;
  let on: string[];
  let signing: string[];
  let state: string[];
  let factory: string;
  const other = new Wallet(OTHER_KEY);
  const run = (argv: string[], key = RECIPIENT_KEY) => cli([...argv, ...on, "--json"], { env: { PRIVATE_KEY: key } });
  const send = async (argv: string[], key = RECIPIENT_KEY) => {
    const ran = await run([...argv, "--broadcast"], key);
    expect(ran.code, ran.err).to.equal(0);
    return ran.json();
  };
  const balance = (address: string) => world.system.token.balanceOf(address);

  /** What a node gives its operator. */
  const registrationFile = async (index: number, operator: string): Promise<string> => {
    const node = identified(index);
    const proof = world.system.network.proofOfPossession(node, operator);
    const file = join(directory, `node-${index}.json`);
    await writeFile(
      file,
      JSON.stringify({
        address: operator.slice(2).toLowerCase(),
        bls_pubkey: publicKeyToHex(node.publicKey).slice(2),
        proof_of_possession: signatureToHex(signatureFromParams(proof)).slice(2),
        service_node_pubkey: node.ed25519Pubkey.toString(16).padStart(64, "0"),
        service_node_signature: hexFromBytes(signRegistration(seedOf(index), node.publicKey)).slice(2),
      }),
    );
    return file;
  };

  before(async () => {
    world = await startChaosSystem({ seeds: 6 });
    directory = await mkdtemp(join(tmpdir(), "cli-integration-"));
    const nodes = join(directory, "nodes.json");
    await writeFile(nodes, JSON.stringify(world.nodes.map(({ url, hex }) => ({ url, blsPubkey: hex }))));
    on = ["--network", "localhost", "--rpc", world.url, "--rewards-contract", world.contract];
    signing = ["--nodes-file", nodes];
    state = ["--state-dir", join(directory, "state")];
    const { ethers, networkHelpers } = world.connection;
    await networkHelpers.setBalance(other.address, 10n ** 18n);
    for (const person of [world.recipient.address, other.address]) {
      await world.system.token.transfer(person, 60_000n * SESH_UNIT);
    }
    const implementation = await ethers.deployContract("ServiceNodeContributionFactory");
    factory = await (await behindProxy(ethers, implementation, world.system.owner, [world.contract])).getAddress();
  });
  after(async () => {
    await world.stop();
    await rm(directory, { recursive: true });
  });

  it("claims one's rewards to the atom", async () => {
    world.chaos.amountOf = () => 1_234_567_890_123n;
    const before = await balance(world.recipient.address);
    const report = await send(["claim", ...signing, ...state]);
    expect(report["status"]).to.equal("claimed");
    expect((await balance(world.recipient.address)) - before).to.equal(1_234_567_890_123n);
  });

  it("records the rewards of a list of recipients", async () => {
    world.chaos.amountOf = (recipient) => BigInt(recipient.slice(0, 10)) + 10n ** 13n;
    const people = [1, 2, 3].map((n) => `0x${`${n}`.repeat(40)}`);
    const file = join(directory, "people.txt");
    await writeFile(file, [...people].reverse().join("\n"));
    const argv = ["claim", "--file", file, "--batch-size", "2", ...signing, ...state];
    const { transactions, batches } = (await send(argv)) as unknown as {
      transactions: { method: string; hash: string }[];
      batches: object[];
    };
    expect(transactions.map(({ method }) => method)).to.deep.equal(["updateRewardsBalances", "updateRewardsBalance"]);
    const [form, reason, why] = ["roots", "no-l1-data", "with roots: this chain asks nothing for L1 data"];
    expect(batches).to.deep.equal([{ recipients: 2, form, reason, why, hash: transactions[0]?.hash }]);
    for (const person of people) {
      const { rewards } = await world.rewards.recipients(person);
      expect(rewards).to.equal(BigInt(person.slice(0, 10)) + 10n ** 13n);
    }
  });

  it("registers a node with a verified proof, its stake approved or permitted", async () => {
    const file = await registrationFile(50, world.recipient.address);
    const argv = ["register", "--registration", file, "--fee", "5.25"];
    const steps = async (...more: string[]) =>
      (await run([...argv, ...more]))
        .json<{ transactions: { status: string; method: string }[] }>()
        .transactions.map(({ status, method }) => [status, method]);
    expect(await steps()).to.deep.equal([["simulated", "addBLSPublicKeyWithPermit"]]);
    expect(await steps("--no-permit")).to.deep.equal([
      ["simulated", "approve"],
      ["planned", "addBLSPublicKey"],
    ]);

    // Whom the rewards go to is said before anything is sent, and is nobody who could not claim them.
    const elsewhere = ["--beneficiary", other.address];
    const shown = await cli([...argv, ...elsewhere, ...on], { env: { PRIVATE_KEY: RECIPIENT_KEY } });
    expect(shown.out, shown.err).to.match(new RegExp(`rewards to +${other.address}`));
    const stakes = join(directory, "stakes.csv");
    const half = formatSesh(REQUIREMENT / 2n).replaceAll(",", "");
    const [mine, others] = [world.recipient.address, other.address].map((address) => `${address},${half}`);
    await writeFile(stakes, `address,amount,beneficiary\n${mine}\n${others},${factory}\n`);
    const listed = await cli([...argv, "--contributors", stakes, ...on], { env: { PRIVATE_KEY: RECIPIENT_KEY } });
    expect(listed.out, listed.err).to.match(new RegExp(`rewards to\\n.*\\n${other.address} +[\\d,]+ +${factory}\\n`));
    for (const [more, why] of [
      [["--beneficiary", world.contract], "Rewards would go to the rewards contract"],
      [["--open", "--factory", factory, ...elsewhere], "takes no --beneficiary when it is made"],
    ] as const) {
      const refused = await run([...argv, ...more]);
      expect([refused.code, refused.err.includes(why)], refused.err).to.deep.equal([2, true]);
    }

    const before = await balance(world.recipient.address);
    await send(argv);
    expect(before - (await balance(world.recipient.address))).to.equal(REQUIREMENT);
    const id = await world.rewards.ed25519ToServiceNodeID(identified(50).ed25519Pubkey);
    expect((await world.rewards.serviceNodes(id)).operator).to.equal(world.recipient.address);

    const again = await run(argv);
    expect(again.code).to.equal(4);
    expect(again.err).to.include("registered already, as node 7");
  });

  it("refuses a registration for another operator, or with a wrong proof, before anything is sent", async () => {
    const file = await registrationFile(51, other.address);
    const foreign = await run(["register", "--registration", file]);
    expect(foreign.code).to.equal(2);
    expect(foreign.err).to.include("is for the operator");
    const open = ["--open", "--factory", factory];
    for (const [more, words] of [
      [["--beneficiary", world.contract], `Rewards would go to the rewards contract, ${world.contract},`],
      [["--beneficiary", ZeroAddress], "--beneficiary: this is the zero address, which nobody has."],
      [[...open, "--beneficiary", other.address], "A contribution contract takes no --beneficiary when it is made."],
    ] as const) {
      const astray = await run(["register", "--registration", file, ...more], OTHER_KEY);
      expect([astray.code, astray.err.includes(words)], astray.err).to.deep.equal([2, true]);
    }

    const registration = JSON.parse(await readFile(file, "utf8"));
    const forged = { ...registration, service_node_pubkey: "ab".repeat(32) };
    await writeFile(file, JSON.stringify(forged));
    const wrong = await run(["register", "--registration", file], OTHER_KEY);
    expect(wrong.code).to.equal(5);
    expect(wrong.err).to.include("proof of possession is not right");

    // 64 zeros: the contract would take the stake, and no node would ever pay for it.
    await writeFile(file, JSON.stringify({ ...registration, service_node_signature: "00".repeat(64) }));
    const before = await balance(other.address);
    const unsigned = await run(["register", "--registration", file, "--broadcast"], OTHER_KEY);
    expect(unsigned.code).to.equal(5);
    expect(unsigned.err).to.include("Ed25519 key has not signed this registration");
    expect(await balance(other.address)).to.equal(before);
  });

  it("opens a contribution contract, two pay into it, and the node is registered", async () => {
    const file = await registrationFile(52, world.recipient.address);
    const reserved = join(directory, "reserved.csv");
    await writeFile(reserved, `address,amount,beneficiary\n${world.recipient.address},25000,${factory}\n`);
    const named = await run([
      "register",
      "--registration",
      file,
      "--open",
      "--factory",
      factory,
      "--reserved",
      reserved,
    ]);
    expect(named.code).to.equal(2);
    expect(named.err).to.include("has a beneficiary, and a reservation has none");
    const made = await send(["register", "--registration", file, "--open", "--factory", factory, "--fee", "10"]);
    const abi = [
      "event NewServiceNodeContributionContract(address indexed contributorContract, uint256 serviceNodePubkey, address operator)",
    ];
    const events = await new Contract(factory, abi, world.provider).queryFilter("NewServiceNodeContributionContract");
    const contract = (events[0] as unknown as { args: [string] }).args[0];
    expect(made["contributionContract"]).to.equal(contract);

    const shown = (await run(["contribute", contract, "--factory", factory])).json();
    expect(shown).to.deep.include({ state: "waiting for the operator", fee: 1000, minimum: `${REQUIREMENT / 4n}` });
    await send(["contribute", contract, "--factory", factory, "--amount", "min"]);
    const open = (await run(["contribute", contract, "--factory", factory])).json();
    expect(open).to.include({ state: "open", total: `${REQUIREMENT / 4n}` });
    const rest = ["contribute", contract, "--factory", factory, "--amount", "rest", "--beneficiary", factory];
    const astray = await run([...rest.slice(0, -1), world.contract], OTHER_KEY);
    expect(astray.code, astray.err).to.equal(2);
    expect(astray.err).to.include("Rewards would go to the rewards contract");
    // What a payment brings about is said before it is made.
    const ahead = await cli([...rest, "--no-permit", ...on], { env: { PRIVATE_KEY: OTHER_KEY } });
    expect(ahead.out, ahead.err).to.include("completes and registers the node");
    const paid = (await send([...rest, "--no-permit"], OTHER_KEY)) as unknown as { transactions: { method: string }[] };
    expect(paid.transactions.map(({ method }) => method)).to.deep.equal(["approve", "contributeFunds"]);
    expect((await run(["contribute", contract])).json()).to.include({ state: "finalized" });
    const id = await world.rewards.ed25519ToServiceNodeID(identified(52).ed25519Pubkey);
    const { contributors } = await world.rewards.serviceNodes(id);
    expect(
      contributors.map(({ staker, stakedAmount }) => [staker.addr, staker.beneficiary, stakedAmount]),
    ).to.deep.equal([
      [world.recipient.address, world.recipient.address, REQUIREMENT / 4n],
      [other.address, factory, (REQUIREMENT * 3n) / 4n],
    ]);
  });

  it("does not pay into a contract whose node the network would not pay, nor finalizes it", async () => {
    const operator = new Wallet(OTHER_KEY, world.provider);
    const node = identified(53);
    const abi = [...serviceNodeContributionFactoryAbi];
    const deploy = new Contract(factory, abi, operator).getFunction("deploy");
    const proof = world.system.network.proofOfPossession(node, operator.address);
    const unsigned = {
      serviceNodePubkey: node.ed25519Pubkey,
      serviceNodeSignature1: 0n,
      serviceNodeSignature2: 0n,
      fee: 0,
    };
    const made = deploy.send(node.blsPubkey, proof, unsigned, [], true);
    const receipt = await (await made).wait();
    const event = receipt?.logs
      .map((log) => new Interface(abi).parseLog(log))
      .find((parsed) => parsed?.name === "NewServiceNodeContributionContract");
    const contract = event?.args[0] as string;
    expect((await run(["contribute", contract, "--factory", factory])).json()).to.include({
      registrationSigned: false,
    });
    for (const action of [["--amount", "min"], ["--finalize"]]) {
      const ran = await run(["contribute", contract, "--factory", factory, ...action, "--broadcast"], OTHER_KEY);
      expect(ran.code).to.equal(5);
      expect(ran.err).to.include("Ed25519 key has not signed this registration");
    }
  });

  it("does not pay into a contract that the factory did not make", async () => {
    const ran = await run(["contribute", world.contract, "--factory", factory, "--amount", "100"]);
    expect(ran.code).to.equal(4);
    expect(ran.err).to.include("was not made by the contribution factory");

    // Nobody vouches for a contract where no factory is known, whatever it says of itself.
    const alone = await run(["contribute", world.contract, "--amount", "100"]);
    expect([alone.code, alone.err.split("\n")[0]]).to.deep.equal([
      4,
      `error ${world.contract} is no contribution contract.`,
    ]);
  });

  it("exits a node: request, signature, gone", async () => {
    // The two new nodes sign nothing: they are among the non-signers.
    const id = await world.rewards.ed25519ToServiceNodeID(identified(50).ed25519Pubkey);
    expect((await send(["exit", `${id}`]))["step"]).to.equal("request");
    await world.connection.networkHelpers.time.increase(DAY);
    expect((await send(["exit", `${id}`, ...signing]))["step"]).to.equal("signed");
    expect(await world.rewards.ed25519ToServiceNodeID(identified(50).ed25519Pubkey)).to.equal(0n);
  });

  it("exits a node without a signature after 30 days", async () => {
    const id = await world.rewards.ed25519ToServiceNodeID(identified(52).ed25519Pubkey);
    await send(["exit", `${id}`]);
    await world.connection.networkHelpers.time.increase(30 * DAY);
    expect((await send(["exit", `${id}`]))["step"]).to.equal("unsigned");
    expect(await world.rewards.totalNodes()).to.equal(6n);
  });

  it("liquidates a node for its share", async () => {
    const before = await balance(world.recipient.address);
    const result = await send(["liquidate", "2", ...signing]);
    const [outcome] = result["outcomes"] as Record<string, string>[];
    expect(outcome).to.include({ id: "2", status: "liquidated", share: `${(REQUIREMENT * 3n) / 10_000n}`, signers: 6 });
    expect((await balance(world.recipient.address)) - before).to.equal((REQUIREMENT * 3n) / 10_000n);
  });

  it("counts and lists what is left", async () => {
    const status = (await run(["status"])).json();
    expect(status["nodes"]).to.include({ total: 5, active: 5 });
    const { nodes } = (await run(["nodes"])).json<{ nodes: { id: string }[] }>();
    expect(nodes.map(({ id }) => id)).to.deep.equal(["1", "3", "4", "5", "6"]);
  });
});
