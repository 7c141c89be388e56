/** Nodes as they run: a real JSON-RPC endpoint, the real contracts, HTTP between everything, and clocks that jump. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ContractFactory, Contract, JsonRpcProvider, Network } from "ethers";
import type { InterfaceAbi, JsonRpcSigner, Interface } from "ethers";
import { artifacts, network } from "hardhat";
import { parse } from "lossless-json";
import {
  aggregateSignatures,
  deriveTags,
  ed25519SignatureToParams,
  hexFromBytes,
  proveProofOfPossession,
  publicKeyToParams,
  rewardMessage,
  signatureFromHex,
  signatureToParams,
  signRegistration,
} from "../../src/bls/index.ts";
import type { SignatureParams } from "../../src/bls/index.ts";
import { getRewards, readNodeSet } from "../../src/chain/index.ts";
import { Collector, DaemonClient, Directories, identityReader } from "../../src/collect/index.ts";
import { btDecodeDict, btEncode, OmqClient, x25519FromEd25519 } from "../../src/omq/index.ts";
import { createNode, nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { NodeKeys, NodeParams, SessionNode } from "../../src/node/index.ts";

const REQUIREMENT = 25_000_000_000_000n; // 25,000 SESH
const POOL_FUNDS = 40_000_000_000_000_000n;
const YEAR = 365n * 86_400n;

const PARAMETERS: NodeParams = {
  ...PARAMS.devnet,
  roundSeconds: 120,
  payableAfterRounds: 2,
  // An hour of credit and a day's delay, crossed by moving the chain's clock.
  unlockDelay: 3_600,
  exitSigningWindow: 7_200,
  liquidationDelay: 3_600,
  announceSeconds: 240,
  proofValidity: 600,
  unreachableAfter: 360,
  epochRounds: 1,
  lagRounds: 2,
  leaseRounds: 4,
  initialCredit: 10,
  maxCredit: 10,
  testIntervalMs: 600_000,
  pollMs: 600_000,
};

const SEEDED = ["a", "b", "c", "d", "e", "f"].map((seed) => nodeKeysFromSeed(`integration ${seed}`));
const LATE = nodeKeysFromSeed("integration late");

const point = (keys: NodeKeys) => {
  const { X, Y } = publicKeyToParams(keys.blsPublicKey);
  return [X, Y];
};
const words = ({ sigs0, sigs1, sigs2, sigs3 }: SignatureParams) => [sigs0, sigs1, sigs2, sigs3];

/** The first node's local socket. */
const SOCKET = join(tmpdir(), `session-node-${process.pid}.sock`);

describe("nodes against real contracts", function () {
  this.timeout(120_000);

  let server: Awaited<ReturnType<typeof network.createServer>>;
  let provider: JsonRpcProvider;
  let rpcUrl: string;
  let owner: JsonRpcSigner;
  let token: Contract;
  let pool: Contract;
  let rewards: Contract;
  let contract: string;
  let staker: string;
  const signers: JsonRpcSigner[] = [];
  const nodes: SessionNode[] = [];
  const verifiedCache = new Set<string>();

  const deploy = async (name: string, args: unknown[]): Promise<Contract> => {
    const { abi, bytecode } = await artifacts.readArtifact(name);
    const deployed = await new ContractFactory(abi as unknown as InterfaceAbi, bytecode, owner).deploy(...args);
    await deployed.waitForDeployment();
    return deployed as Contract;
  };
  const deployBehindProxy = async (name: string, args: unknown[]): Promise<Contract> => {
    const implementation = await deploy(name, []);
    const data = implementation.interface.encodeFunctionData("initialize", args);
    const proxy = await deploy("TransparentUpgradeableProxy", [await implementation.getAddress(), owner.address, data]);
    return new Contract(await proxy.getAddress(), implementation.interface as Interface, owner);
  };
  const send = async (target: Contract, name: string, ...args: unknown[]) => {
    const transaction = await target.getFunction(name).send(...args);
    return (await transaction.wait())!;
  };
  const move = async (seconds: number): Promise<void> => {
    await provider.send("evm_increaseTime", [seconds]);
    await provider.send("evm_mine", []);
  };
  const now = async (): Promise<number> => (await provider.getBlock("latest"))!.timestamp;

  const nodeFor = (keys: NodeKeys): SessionNode =>
    createNode(
      {
        rpcUrl,
        contract,
        keys,
        params: PARAMETERS,
        clock: "chain",
        chainId: 31_337,
        omqPort: 0,
        ...(keys === SEEDED[0] ? { socket: SOCKET } : {}),
      },
      { verifiedCache },
    );

  /** Asks all nodes one question and adds up the signatures. */
  const ask = async (
    path: string,
    body: unknown,
  ): Promise<{ replies: Record<string, unknown>[]; signature: SignatureParams; statuses: number[] }> => {
    const answers = await Promise.all(
      nodes.map(async ({ url }) => {
        const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
        const response = await fetch(url + path, init);
        return { status: response.status, reply: (await response.json()) as Record<string, unknown> };
      }),
    );
    const good = answers.filter(({ status }) => status === 200).map(({ reply }) => reply);
    const signature = signatureToParams(
      aggregateSignatures(good.map(({ signature }) => signatureFromHex(signature as string))),
    );
    return { replies: good, signature, statuses: answers.map(({ status }) => status) };
  };

  before(async () => {
    server = await network.createServer({ network: "default" }, "127.0.0.1");
    const { port } = await server.listen();
    rpcUrl = `http://127.0.0.1:${port}`;
    provider = new JsonRpcProvider(rpcUrl, 31_337, { staticNetwork: Network.from(31_337), cacheTimeout: -1 });
    provider.pollingInterval = 20;
    for (let index = 0; index < 8; index++) signers.push(await provider.getSigner(index));
    owner = signers[0]!;
    staker = signers[1]!.address;

    token = await deploy("SESH", [240_000_000n * 10n ** 9n, owner.address, owner.address, owner.address]);
    const tokenAddress = await token.getAddress();
    pool = await deployBehindProxy("TestnetRewardRatePool", [owner.address, tokenAddress]);
    const poolAddress = await pool.getAddress();
    const initial = [tokenAddress, poolAddress, REQUIREMENT, 10, 3, 17, 9980];
    rewards = await deployBehindProxy("LocalDevnetServiceNodeRewards", initial);
    contract = await rewards.getAddress();
    await send(pool, "setBeneficiary", contract);
    await send(token, "transfer", poolAddress, POOL_FUNDS);
    await send(token, "transfer", contract, 6n * REQUIREMENT);

    const added = await now();
    const seeds = SEEDED.map((keys, index) => [
      point(keys),
      BigInt(keys.ed25519Pubkey),
      added,
      index === 0
        ? [
            [[staker, signers[5]!.address], REQUIREMENT - 7_000n],
            [[signers[2]!.address, signers[2]!.address], 7_000n],
          ]
        : [[[staker, staker], REQUIREMENT]],
    ]);
    await send(rewards, "seedPublicKeyList", seeds);
    await send(rewards, "start");

    nodes.push(...SEEDED.map(nodeFor));
    await Promise.all(nodes.map((node) => node.start()));
    const peers = nodes.map(({ url, ed25519Pubkey }) => ({ url, ed25519Pubkey }));
    for (const node of nodes) node.setPeers(peers);
  });

  after(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    provider?.destroy();
    await server?.close();
  });

  it("agree on rewards, which the contract takes and pays", async () => {
    for (let round = 0; round < 6; round++) await move(130);
    await send(pool, "payoutReleased");
    const height = await provider.getBlockNumber();
    await Promise.all(nodes.map((node) => node.sync()));

    const { replies, signature } = await ask("/v1/reward", { recipient: staker, height });
    expect(replies).to.have.length(6);
    const amounts = new Set(replies.map(({ amount }) => amount));
    expect(amounts.size).to.equal(1);
    const amount = BigInt([...amounts][0] as string);
    expect(amount > 0n).to.equal(true);

    await send(rewards, "updateRewardsBalance", staker, amount, words(signature), []);
    await send(rewards.connect(signers[1]!) as Contract, "claimRewards()");
    expect(await token.balanceOf!(staker)).to.equal(amount);
  });

  it("aggregate over JSON-RPC, as the live daemon does", async () => {
    const call = async (method: string, params: unknown) => {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method, params });
      const response = await fetch(`${nodes[2]!.url}/json_rpc`, { method: "POST", body });
      return parse(await response.text(), null, { parseNumber: BigInt }) as {
        result: Record<string, unknown>;
        error?: { code: bigint };
      };
    };
    // What is on record already is not signed again.
    await move(130);
    const { result } = await call("bls_rewards_request", { address: staker.slice(2).toLowerCase(), height: -1 });
    const height = await provider.getBlockNumber();
    const amount = await nodes[0]!.lifetimeRewards(staker, height);
    expect(result).to.include({ status: "OK", height: BigInt(height), amount });
    expect(result.non_signer_indices).to.deep.equal([]);
    const aggregate = await rewards.aggregatePubkey!();
    expect(result.aggregate_pubkey).to.equal(
      [aggregate.X, aggregate.Y].map((word: bigint) => word.toString(16).padStart(64, "0")).join(""),
    );
    const tags = deriveTags({ chainId: 31_337, contract });
    expect(`0x${result.msg_to_sign as string}`).to.equal(
      hexFromBytes(rewardMessage(tags, { recipient: staker, amount })),
    );

    const signature = words(signatureToParams(signatureFromHex(result.signature as string)));
    await send(rewards, "updateRewardsBalance", staker, amount + 0n, signature, []).catch((error: Error) => {
      // Nothing new since the last test is fine; a bad signature is not.
      expect(rewards.interface.parseError((error as Error & { data: string }).data)?.name).to.equal(
        "RecipientRewardsTooLow",
      );
    });
    const unrequested = { bls_pubkey: SEEDED[3]!.blsPubkey.slice(2), liquidate: false };
    expect((await call("bls_exit_liquidation_request", unrequested)).error?.code).to.equal(-14n);
  });

  describe("over OxenMQ", () => {
    let client: OmqClient;
    before(() => {
      client = new OmqClient();
    });
    after(() => client.close());
    const url = (index = 0): string => nodes[index]!.omqUrl!;
    const ask = async (command: string, parts: (string | Uint8Array)[], to = url()): Promise<string[]> => {
      const outcome = await client.request(to, command, parts, { timeoutMs: 5_000 });
      if (!outcome.ok) return [outcome.reason];
      return outcome.parts.map((part) => Buffer.from(part).toString("latin1"));
    };
    const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ""), "hex"));

    it("are known by the X25519 key that follows from their Ed25519 key", () => {
      for (const { ed25519Pubkey, x25519Pubkey, omqUrl } of nodes) {
        expect(hexFromBytes(x25519FromEd25519(bytes(ed25519Pubkey)))).to.equal(x25519Pubkey);
        expect(omqUrl).to.match(new RegExp(`^curve://127\\.0\\.0\\.1:\\d+/${x25519Pubkey.slice(2)}$`));
      }
    });

    it("sign what they sign over HTTP, to the byte", async () => {
      await move(130);
      const height = await nodes[0]!.sync();
      const [status, data] = await ask("bls.get_rewards", [btEncode({ address: bytes(staker), height })]);
      expect(status).to.equal("200");
      const reply = btDecodeDict(Buffer.from(data!, "latin1"));
      const init = {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ recipient: staker, height }),
      };
      const http = (await (await fetch(`${nodes[0]!.url}/v1/reward`, init)).json()) as Record<string, string>;
      expect([...reply.keys()]).to.deep.equal(["address", "amount", "height", "signature"]);
      expect(reply.get("amount")).to.equal(BigInt(http.amount!));
      expect(reply.get("height")).to.equal(BigInt(height));
      expect(hexFromBytes(reply.get("address") as Uint8Array)).to.equal(staker.toLowerCase());
      expect(hexFromBytes(reply.get("signature") as Uint8Array)).to.equal(http.signature);
    });

    it("refuse as the live ones do: 400, 403, 410 and a sentence", async () => {
      const height = await nodes[0]!.sync();
      const address = bytes(staker);
      const dict = (fields: Parameters<typeof btEncode>[0]) => [btEncode(fields)];
      const cases: [string, (string | Uint8Array)[], string, RegExp][] = [
        ["bls.get_rewards", [], "400", /no dictionary/],
        ["bls.get_rewards", ["junk"], "400", /no dictionary/],
        ["bls.get_rewards", dict({ address, height: -1 }), "400", /height/],
        ["bls.get_rewards", dict({ address: address.subarray(1), height }), "400", /address/],
        ["bls.get_rewards", dict({ address: new Uint8Array(20), height }), "400", /zero address/],
        ["bls.get_rewards", dict({ address, height: height + 1_000_000 }), "410", /height/],
        ["bls.get_rewards", dict({ address, height: 2n ** 64n - 1n }), "400", /height/],
        ["bls.get_rewards", dict({ address: new Uint8Array(20).fill(9), height }), "410", /no rewards/],
        ["bls.get_exit", dict({ bls_pubkey: bytes(SEEDED[3]!.blsPubkey), timestamp: 1 }), "400", /stale/],
        ["bls.get_exit", dict({ bls_pubkey: bytes(SEEDED[3]!.blsPubkey), timestamp: await now() }), "403", /exit/],
        ["bls.get_liquidation", dict({ bls_pubkey: bytes(SEEDED[3]!.blsPubkey), timestamp: await now() }), "403", /./],
        ["bls.get_liquidation", dict({ bls_pubkey: new Uint8Array(64), timestamp: await now() }), "400", /key/],
      ];
      for (const [command, parts, status, words] of cases) {
        const reply = await ask(command, parts);
        expect(reply[0], `${command} ${reply.join(" ")}`).to.equal(status);
        expect(reply[1]).to.match(words);
      }
      expect(await ask("ping.ping", [])).to.deep.equal(["pong"]);
      expect(await ask("bls.other", [])).to.deep.equal(["unknown-command"]);
    });

    it("keep the JSON-RPC and registrations for the local socket", async () => {
      expect(await ask("rpc.get_info", [])).to.deep.equal(["forbidden"]);
      expect(await ask("admin.bls_registration_request", ["{}"])).to.deep.equal(["forbidden"]);
      const local = `ipc://${SOCKET}`;
      const [status, info] = await ask("rpc.get_info", [], local);
      expect([status, (JSON.parse(info!) as { nettype: string }).nettype]).to.deep.equal(["200", "devnet"]);
      // Who the nodes are, as a directory asks it: over the socket and over HTTP, not of strangers on the public port.
      expect(await ask("rpc.get_service_nodes", ["{}"])).to.deep.equal(["forbidden"]);
      for (const source of [local, nodes[0]!.url]) {
        const directories = new Directories({ urls: [source] });
        try {
          const own = nodes[0]!;
          expect(await directories.nodes()).to.deep.include({ url: own.omqUrl, blsPubkey: own.blsPubkey });
          expect(directories.listings[0]).to.include({ refused: 0, height: own.ledger.tip.height });
        } finally {
          await directories.close();
        }
      }
      expect(await ask("rpc.get_info", ["{"], local)).to.deep.equal(["400", "the parameters are not JSON (-32700)"]);
      // Parameters are parameters: nothing in them makes it another method.
      const injected = '{},"method":"bls_registration_request"';
      expect((await ask("rpc.get_info", [injected], local))[0]).to.equal("400");

      const readSet = () => readNodeSet(getRewards(contract, provider));
      const daemon = new DaemonClient({ url: local, chainId: 31_337, contract }, { readSet });
      try {
        const registration = await daemon.registration(owner.address);
        expect(registration.blsPublicKey).to.equal(SEEDED[0]!.blsPubkey);
        expect((await daemon.info()).height).to.equal(nodes[0]!.ledger.tip.height);
      } finally {
        await daemon.close();
      }
    });

    it("are collected from by what the contract knows of them alone, and the contract takes it", async () => {
      await move(130);
      const height = await provider.getBlockNumber();
      await Promise.all(nodes.map((node) => node.sync()));
      const chain = getRewards(contract, provider);
      const collector = new Collector(
        { chainId: 31_337, contract },
        {
          nodes: nodes.map((_, i) => ({ url: url(i) })),
          readSet: (previous) => readNodeSet(chain, previous ? { previous } : {}),
          identities: identityReader(chain),
        },
      );
      try {
        const collected = await collector.collect({ kind: "reward", recipient: staker, height });
        expect(collected.nonSigners).to.deep.equal([]);
        const { to, data } = collected.call();
        await (await owner.sendTransaction({ to, data })).wait();
        expect((await rewards.recipients!(staker)).rewards).to.equal(collected.rewards[0]!.amount);
      } finally {
        await collector.close();
      }
    });
  });

  it("satisfy the daemon's client, whose transaction the contract takes", async () => {
    await move(130);
    const readSet = () => readNodeSet(getRewards(contract, provider));
    const client = new DaemonClient({ url: nodes[3]!.url, chainId: 31_337, contract }, { readSet });
    try {
      const { rewards: signed, call } = await client.rewards(staker);
      const { to, data } = call();
      await (await owner.sendTransaction({ to, data })).wait();
      expect((await rewards.recipients!(staker)).rewards).to.equal(signed[0]!.amount);
    } finally {
      await client.close();
    }
  });

  it("earn what the rule says, by an independent count over the blocks", async () => {
    const height = await provider.getBlockNumber();
    const genesis = (await provider.getBlock(0))!.timestamp;
    const addedAt = (await rewards.serviceNodes!(1)).addedTimestamp as bigint;
    const first = Math.floor((Number(addedAt) - genesis) / 120) + 1 + 2;

    let expected = 0n;
    let previous = genesis;
    for (let number = 1; number <= height; number++) {
      const { timestamp } = (await provider.getBlock(number))!;
      for (let round = Math.floor((previous - genesis) / 120) + 1; genesis + round * 120 <= timestamp; round++) {
        if (round < first) continue;
        const share = ((await pool.rewardRate!({ blockTag: number })) as bigint) / 6n;
        expected += 5n * share;
      }
      previous = timestamp;
    }
    // The first node's operator sends its rewards elsewhere.
    for (const node of nodes) expect(await node.lifetimeRewards(staker, height)).to.equal(expected);

    const paidOut = (await pool.totalPaidOut!()) as bigint;
    expect(nodes[0]!.ledger.rewardsCredited <= paidOut).to.equal(true);
    expect(paidOut <= (POOL_FUNDS * 151n * BigInt((await now()) - genesis)) / (1000n * YEAR)).to.equal(true);
  });

  it("see a node registered later, with a fee and three contributors", async () => {
    const tags = deriveTags({ chainId: 31_337, contract });
    const proof = words(
      signatureToParams(proveProofOfPossession(tags, LATE.blsSecret, owner.address, LATE.ed25519Pubkey)),
    );
    const signature = ed25519SignatureToParams(signRegistration(LATE.ed25519Seed, LATE.blsPublicKey));
    await send(token, "approve", contract, REQUIREMENT);
    const third = REQUIREMENT / 3n;
    const contributors = [
      [[owner.address, signers[6]!.address], REQUIREMENT - 2n * third],
      [[signers[2]!.address, signers[3]!.address], third],
      [[signers[3]!.address, signers[3]!.address], third],
    ];
    await send(
      rewards,
      "addBLSPublicKey",
      point(LATE),
      proof,
      [BigInt(LATE.ed25519Pubkey), ...signature, 1000],
      contributors,
    );

    const late = nodeFor(LATE);
    nodes.push(late);
    await late.start();
    for (const node of nodes) node.setPeers(nodes.map(({ url, ed25519Pubkey }) => ({ url, ed25519Pubkey })));
    for (let round = 0; round < 6; round++) await move(120);

    const height = await late.sync();
    await Promise.all(nodes.map((node) => node.sync()));
    for (const recipient of [signers[6]!.address, signers[3]!.address, staker, signers[2]!.address]) {
      const figures = await Promise.all(nodes.map((node) => node.lifetimeRewards(recipient, height)));
      expect(new Set(figures).size, recipient).to.equal(1);
      expect(figures[0]! > 0n).to.equal(true);
    }
    expect(nodes[0]!.ledger.nodeCount).to.equal(7);
    expect(new Set(nodes.map((node) => node.info().rules)).size).to.equal(1);
  });

  it("sign an exit after the unlock, and pay the stake back through rewards", async () => {
    const leaving = SEEDED[1]!;
    const id = (await rewards.ed25519ToServiceNodeID!(BigInt(leaving.ed25519Pubkey))) as bigint;
    const before = await nodes[0]!.lifetimeRewards(staker);
    await send(rewards.connect(signers[1]!) as Contract, "initiateExitBLSPublicKey", id);

    let timestamp = await now();
    expect((await ask("/v1/reward", { recipient: staker, height: "latest" })).statuses).to.deep.equal(
      Array(7).fill(200),
    );
    await Promise.all(
      nodes.map(async ({ url }) => {
        const body = JSON.stringify({ blsPubkey: leaving.blsPubkey, timestamp });
        const response = await fetch(`${url}/v1/exit`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        expect(response.status).to.equal(403);
      }),
    );

    await move(PARAMETERS.unlockDelay);
    timestamp = await now();
    const { signature, replies } = await ask("/v1/exit", { blsPubkey: leaving.blsPubkey, timestamp });
    expect(replies).to.have.length(7);
    await send(rewards, "exitBLSPublicKeyWithSignature", point(leaving), timestamp, words(signature), []);

    const after = await nodes[0]!.lifetimeRewards(staker);
    expect(after - before >= REQUIREMENT).to.equal(true);
    expect(nodes[0]!.ledger.stakesReturned).to.equal(REQUIREMENT);
    expect(nodes[0]!.ledger.nodeCount).to.equal(6);
    await nodes.splice(1, 1)[0]!.stop();
  });

  it("sign the liquidation of a dead node, by certificates of those who saw it dead", async () => {
    const dead = nodes.splice(1, 1)[0]!;
    await dead.stop();
    const timestampOfDeath = await now();
    for (let round = 0; round < 20; round++) {
      await move(PARAMETERS.roundSeconds);
      for (const node of nodes) await node.tick();
    }
    for (const node of nodes) {
      const report = node.peerReport().find(({ blsPubkey }) => blsPubkey === dead.blsPubkey);
      expect(report?.state).to.equal("deregistered");
      expect((report?.deregisteredAt ?? 0) > timestampOfDeath).to.equal(true);
      expect(node.peerReport().filter(({ state }) => state === "active")).to.have.length(nodes.length - 1);
    }
    await move(PARAMETERS.liquidationDelay);

    const id = (await rewards.ed25519ToServiceNodeID!(BigInt(dead.ed25519Pubkey))) as bigint;
    const timestamp = await now();
    const { signature, replies } = await ask("/v1/liquidate", { blsPubkey: dead.blsPubkey, timestamp });
    expect(replies).to.have.length(nodes.length);
    const deadPoint = point(SEEDED.find(({ blsPubkey }) => blsPubkey === dead.blsPubkey)!);
    const paid = (await token.balanceOf!(owner.address)) as bigint;
    await send(rewards, "liquidateBLSPublicKeyWithSignature", deadPoint, timestamp, words(signature), [id]);
    expect(((await token.balanceOf!(owner.address)) as bigint) - paid).to.equal(7_500_000_000n);

    await Promise.all(nodes.map((node) => node.sync()));
    for (const node of nodes) {
      expect(node.ledger.stakesReturned).to.equal(2n * REQUIREMENT - 50_000_000_000n);
    }
    // Everything a staker has is still claimable against a signature of those that are left.
    const height = await provider.getBlockNumber();
    const rewardsOf = await ask("/v1/reward", { recipient: staker, height });
    const amount = BigInt(rewardsOf.replies[0]!.amount as string);
    const message = rewardMessage(deriveTags({ chainId: 31_337, contract }), { recipient: staker, amount });
    expect(rewardsOf.replies[0]!.message).to.equal(hexFromBytes(message));
    await send(rewards, "updateRewardsBalance", staker, amount, words(rewardsOf.signature), []);
    expect((await rewards.recipients!(staker)).rewards).to.equal(amount);
  });

  it("follow evm_snapshot and evm_revert like a chain that takes blocks back", async () => {
    const snapshot = (await provider.send("evm_snapshot", [])) as string;
    const height = await nodes[0]!.sync();
    const amount = await nodes[0]!.lifetimeRewards(staker, height);
    for (let round = 0; round < 3; round++) await move(500);
    expect((await nodes[0]!.lifetimeRewards(staker)) > amount).to.equal(true);
    await provider.send("evm_revert", [snapshot]);
    expect(await nodes[0]!.sync()).to.equal(height);
    expect(await nodes[0]!.lifetimeRewards(staker)).to.equal(amount);
  });
});
