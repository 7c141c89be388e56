import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { Tags } from "../src/bls/index.ts";
import {
  deriveTags,
  ed25519SignatureToParams,
  publicKeyToParams,
  signatureFromHex,
  signatureToParams,
  signRegistration,
} from "../src/bls/index.ts";
import type { NodeEndpoint } from "../src/collect/index.ts";
import type { CountCache, HashCache, NodeKeys, NodeParams, SessionNode, Signer } from "../src/node/index.ts";
import { createNode, createSigner, nodeKeysFromSeed, PARAMS } from "../src/node/index.ts";
import { httpGossip } from "../src/node/gossip.ts";
import { httpPeerTest } from "../src/node/peers.ts";

/** How a node of the devnet behaves. */
export type Behaviour = "honest" | "dead" | "liar";

/** One node: its keys, and where it answers once it runs. */
export interface DevNode {
  index: number;
  keys: NodeKeys;
  behaviour: Behaviour;
  /** Set once known; a dead node's URL cuts every connection. */
  url: string;
  /** Its address on OxenMQ, as the nodes of the live network are asked; a dead node's is cut like its URL. */
  omqUrl: string;
  /** Id in the contract. */
  id: bigint;
  running?: SessionNode;
}

/** The rules of the devnet: the day of the network in seconds of the chain's clock. */
export const RULES: NodeParams = {
  ...PARAMS.devnet,
  // Nodes announce, test and vote when a step has them do it, so that a step shows what it says and no other.
  // so is the newest block: between steps two dozen nodes need not hurry
  pollMs: 5_000,
  testIntervalMs: 3_600_000,
  // Longer than any step takes on a slow machine: a lease ends by a vote, and not because nobody had the time to renew it.
  leaseRounds: 900,
  voteRounds: 900,
};

export function makeNode(index: number, behaviour: Behaviour): DevNode {
  return { index, keys: nodeKeysFromSeed(`devnet node ${index}`), behaviour, url: "", omqUrl: "", id: 0n };
}

/** The parameters that `addBLSPublicKey` takes, with a real Ed25519 key and a real proof of possession for `operator`. */
export function registration(node: DevNode, operator: string, tags: Tags, fee: number) {
  const [serviceNodeSignature1, serviceNodeSignature2] = ed25519SignatureToParams(
    signRegistration(node.keys.ed25519Seed, node.keys.blsPublicKey),
  );
  const proof = signatureFromHex(createSigner(node.keys, tags).proveOwnership(operator));
  return {
    key: publicKeyToParams(node.keys.blsPublicKey),
    proof: signatureToParams(proof),
    // The contract emits the Ed25519 signature without a look; every node verifies it and pays none without.
    params: {
      serviceNodePubkey: BigInt(node.keys.ed25519Pubkey),
      serviceNodeSignature1,
      serviceNodeSignature2,
      fee,
    },
  };
}

/** What the nodes of this process share: hashes of messages, signatures found right, and what came of adding up votes. */
const hashCache: HashCache = new Map();
const verifiedCache = new Set<string>();
const countCache: CountCache = new Map();
/** Connections to peers: each node has its own on a machine of its own. */
const gossip = httpGossip(RULES.testTimeoutMs);
let peers: ReturnType<typeof httpPeerTest> | undefined;

export interface RunOptions {
  rpcUrl: string;
  contract: string;
  chainId: bigint;
  /** Block of `start()`, from whose state every ledger begins. */
  genesisHeight: number;
  progress: (text: string) => void;
}

/** Starts every new node that is not dead as an HTTP and OxenMQ server of its own, and tells each of all two addresses to learn the others from. */
export async function runNodes(nodes: readonly DevNode[], options: RunOptions): Promise<void> {
  const { rpcUrl, contract, chainId, genesisHeight } = options;
  const tags = deriveTags({ chainId, contract });
  peers ??= httpPeerTest({ chainId, contract, timeoutMs: RULES.testTimeoutMs });
  const { test: peerTest } = peers;
  let started = 0;
  const start = async (node: DevNode) => {
    if (node.behaviour === "dead") {
      node.url = await deadUrl();
      node.omqUrl = `${node.url.replace("http:", "curve:")}/${node.keys.x25519Pubkey.slice(2)}`;
      return;
    }
    const honest = createSigner(node.keys, tags, hashCache);
    node.running = createNode(
      {
        rpcUrl,
        contract,
        chainId,
        genesisHeight,
        keys: node.keys,
        params: RULES,
        clock: "chain",
        nettype: "devnet",
        omqPort: 0,
      },
      {
        hashCache,
        verifiedCache,
        countCache,
        peerTest,
        // One node that stops leaves them to the others.
        gossip: { ...gossip, close: () => Promise.resolve() },
        signer: node.behaviour === "liar" ? lie(honest) : honest,
      },
    );
    await node.running.start();
    node.url = node.running.url;
    node.omqUrl = node.running.omqUrl ?? "";
    options.progress(`${++started} nodes up`);
  };
  // a few at once: each reads the chain for itself when it starts
  const idle = nodes.filter((node) => node.url === "");
  for (let i = 0; i < idle.length; i += 8) await Promise.all(idle.slice(i, i + 8).map(start));

  // Two addresses are enough to find all others.
  const seeds = nodes.flatMap((node) => (node.running === undefined ? [] : [{ url: node.url }])).slice(0, 2);
  for (const node of nodes) node.running?.setPeers(seeds);
}

export async function stopNodes(nodes: readonly DevNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.running?.stop()));
  await Promise.all([gossip.close(), peers?.close()]);
}

export function endpoints(nodes: readonly DevNode[]): NodeEndpoint[] {
  return nodes.map(({ url, keys }) => ({ url, blsPubkey: keys.blsPubkey }));
}

/** The same over OxenMQ, without BLS keys: the contract says which one is behind an address. */
export function omqEndpoints(nodes: readonly DevNode[]): NodeEndpoint[] {
  return nodes.map(({ omqUrl }) => ({ url: omqUrl }));
}

/** Brings every running node's view to the newest block. */
export async function syncAll(nodes: readonly DevNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.running?.sync()));
}

/** Every running node announces itself, if that is due, and passes on what it has heard. */
export async function announceAll(nodes: readonly DevNode[]): Promise<void> {
  await syncAll(nodes);
  for (const node of nodes) await node.running?.announce();
}

/**
 * Everything that is due at every running node: announce, test, vote, pass on. `after` is called after each node. A voter tests
 * the workers of its round, here all nodes, by itself: `tests` of others on top show nothing more.
 */
export async function tickAll(
  nodes: readonly DevNode[],
  after: () => void = () => undefined,
  tests = 0,
): Promise<void> {
  for (const node of nodes) {
    if (node.running === undefined) continue;
    await node.running.tick(tests);
    after();
  }
}

/** Ends a node's process, as a power cut would. */
export async function silence(node: DevNode): Promise<void> {
  await node.running?.stop();
  delete node.running;
  node.url = "";
}

/** A signer that answers in perfect form, for another message than it says. */
function lie(honest: Signer): Signer {
  return { ...honest, sign: (message) => honest.sign(Uint8Array.from([...message, 0x21])) };
}

/**
 * A loopback URL that cuts every connection. The port is held: a free one would soon be somebody else's, who answers something.
 */
async function deadUrl(): Promise<string> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** A node as `seedPublicKeyList` takes it. */
export function seed(node: DevNode, operator: string, requirement: bigint, addedTimestamp: number) {
  return {
    blsPubkey: publicKeyToParams(node.keys.blsPublicKey),
    ed25519Pubkey: BigInt(node.keys.ed25519Pubkey),
    addedTimestamp,
    contributors: [{ staker: { addr: operator, beneficiary: operator }, stakedAmount: requirement }],
  };
}
