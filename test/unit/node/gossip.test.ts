import { expect } from "chai";
import { deriveTags, sign, signatureToHex } from "../../../src/bls/index.ts";
import { announce } from "../../../src/node/announcements.ts";
import { httpGossip, PARCEL_LIMIT } from "../../../src/node/gossip.ts";
import type { Gossip } from "../../../src/node/gossip.ts";
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../../src/node/index.ts";
import { ed25519Signer } from "../../../src/node/keys.ts";
import { deriveQuorumTags } from "../../../src/node/quorum/messages.ts";
import { FakeChain, REWARDS } from "../../helpers/fakeChain.ts";
import { T0 } from "../../helpers/standingNetwork.ts";

const LARGEST = 10n ** 20n - 1n;

describe("node/gossip", () => {
  it("a full parcel of the longest things is taken", async () => {
    const chain = new FakeChain(T0);
    chain.mine(0);
    const node = createNode(
      {
        rpcUrl: "",
        contract: REWARDS,
        keys: nodeKeysFromSeed("gossip"),
        params: { ...PARAMS.mainnet, confirmations: 0 },
      },
      { provider: chain, clock: manualClock(T0) },
    );
    await node.start();
    const gossip = httpGossip(5_000);
    try {
      const full = <T>(item: T): T[] => Array<T>(PARCEL_LIMIT).fill(item);
      const signature = `0x${"ab".repeat(128)}` as const;
      const judgement = { round: 2 ** 40, worker: LARGEST, change: "recommission" } as const;
      const voters = `0x${"ff".repeat(32)}` as const;
      const parcel = {
        announcements: full({
          id: LARGEST,
          urls: Array<string>(4).fill(`https://${"a".repeat(180)}.example`),
          version: "v".repeat(32),
          timestamp: 2 ** 40,
          height: 2 ** 50,
          ed25519Signature: `0x${"cd".repeat(64)}` as const,
          blsSignature: signature,
        }),
        votes: full({ ...judgement, voter: LARGEST, signature }),
        certificates: full({ ...judgement, voters, signature }),
        presences: full({ round: 2 ** 40, voter: LARGEST, signature }),
        attendances: full({ round: 2 ** 40, voters, signature }),
      };
      expect(await gossip.send(node.url, parcel)).to.equal(true);
      // One more is not.
      const over = { ...parcel, votes: [...parcel.votes, ...parcel.votes.slice(0, 1)] };
      expect(await gossip.send(node.url, over)).to.equal(false);
    } finally {
      await gossip.close();
      await node.stop();
    }
  });

  it("a whole network's announcements are verified with others being answered in between", async () => {
    const COUNT = 20;
    const domain = { chainId: 31_337n, contract: REWARDS };
    const tags = deriveQuorumTags(domain);
    const { hashToG2 } = deriveTags(domain);
    const chain = new FakeChain(T0);
    const all = Array.from({ length: COUNT }, (_, i) => ({ id: BigInt(i + 1), keys: nodeKeysFromSeed(`gossip ${i}`) }));
    const seeded = all.map(({ id, keys }) => {
      const { x, y } = keys.blsPublicKey.toAffine();
      const staker = `0x${id.toString(16).padStart(40, "0")}`;
      const contributors = [{ staker, beneficiary: staker, amount: 1n }];
      return {
        kind: "seeded" as const,
        node: { id, key: { X: x, Y: y }, ed25519: BigInt(keys.ed25519Pubkey), contributors },
      };
    });
    chain.mine(0, seeded);
    const announcements = all.map(({ id, keys }) => {
      const body = { id, urls: [`http://127.0.0.1:${id}`], version: "1", timestamp: T0, height: 1 };
      const signBls = (message: Uint8Array) => signatureToHex(sign(message, keys.blsSecret, hashToG2));
      return announce(body, keys, tags, ed25519Signer(keys.ed25519Seed), signBls);
    });
    const gossip: Gossip = { ...httpGossip(1_000), send: async () => true, announcements: async () => announcements };
    const params = { ...PARAMS.mainnet, confirmations: 0, testIntervalMs: 600_000, pollMs: 600_000 };
    const node = createNode(
      {
        rpcUrl: "",
        contract: REWARDS,
        keys: nodeKeysFromSeed("a stranger"),
        params,
        peers: [{ url: "http://127.0.0.1:1" }],
      },
      { provider: chain, clock: manualClock(T0), gossip, peerTest: async () => false },
    );
    await node.start();
    try {
      let turns = 0;
      let verified = 0;
      const known = (): number => node.peerReport().filter(({ announcedAt }) => announcedAt !== null).length;
      const watch = (): void => {
        const now = known();
        if (now > verified) turns++;
        verified = now;
        if (now < COUNT) setImmediate(watch);
      };
      setImmediate(watch);
      await node.tick(0);
      expect(known()).to.equal(COUNT);
      // Seen one by one: nothing that waited had to wait for two.
      expect(turns).to.be.at.least(COUNT - 1);
    } finally {
      await node.stop();
    }
  });
});
