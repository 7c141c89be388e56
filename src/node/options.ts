/** What a node is made from: options are data, dependencies are things that do something. */
import type { Logger } from "pino";
import type { ConnectOptions } from "../chain/networks.ts";
import type { Clock } from "./clock.ts";
import type { Aggregate } from "./jsonRpc.ts";
import type { Gossip } from "./gossip.ts";
import type { Limits } from "./limits.ts";
import type { NodeKeys } from "./keys.ts";
import type { NetworkName, NodeParams } from "./params.ts";
import type { Peer, PeerTest } from "./peers.ts";
import type { CountCache } from "./quorum/signatures.ts";
import type { RpcSender } from "./rpc.ts";
import type { HashCache, Signer } from "./signer.ts";

/** What a node is told. */
export interface NodeOptions {
  /**
   * JSON-RPC endpoint of the chain that holds the contracts, or several, separated by commas: the others when the first fails. They
   * are trusted: run your own.
   */
  readonly rpcUrl: string;
  /** Time limits, attempts and sizes of the requests to it. */
  readonly transport?: ConnectOptions;
  /** Address of the ServiceNodeRewards proxy. */
  readonly contract: string;
  readonly keys: NodeKeys;
  /** A preset's name or a full set of parameters. Default `mainnet`. */
  readonly params?: NetworkName | NodeParams;
  /** What `get_info` calls the network. Default: the preset's name, or "devnet" for a set of parameters. */
  readonly nettype?: string;
  /** Checked against the endpoint. */
  readonly chainId?: bigint | number;
  /** Address of the RewardRatePool. Default: the contract's `foundationPool()`. */
  readonly pool?: string;
  /** Height that the ledger starts from, the same for all nodes of the network. Default 0. */
  readonly genesisHeight?: number;
  /** Lifetime rewards already earned when the ledger begins, by recipient; the contract's own record applies where greater. */
  readonly openingRewards?: Readonly<Record<string, bigint>>;
  /** Operator fees by Ed25519 key, for nodes whose registration precedes the ledger or that were seeded. Default 0. */
  readonly fees?: Readonly<Record<string, number>>;
  /** Seeds: addresses of a few other nodes, from which all others are learnt. */
  readonly peers?: readonly Peer[];
  /** Base URLs at which this node is reached from outside, announced to all. Default: the one that it listens on. */
  readonly announce?: readonly string[];
  /** Folder for what the node keeps: certificates, announcements, ledger. Default: none, and everything is asked for again. */
  readonly stateDir?: string;
  /** "wall" for the machine's clock, "chain" for local chains whose time is moved by hand. Default "wall". */
  readonly clock?: "wall" | "chain";
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /**
   * Operators that anybody may ask a registration for on the public port; none by default. A proof of possession that is given to
   * whoever asks lets him register the node under his own name.
   */
  readonly operators?: readonly string[];
  /** Port on 127.0.0.1 for the operator alone, where the JSON-RPC gives registrations for any address. None by default. */
  readonly adminPort?: number;
  /** Port for OxenMQ, as nodes of the live network ask one another, on the same host; 0 for any. None by default. */
  readonly omqPort?: number;
  /** Path of a local socket for OxenMQ, which only this user can open: `rpc.*` and `admin.*`. None by default. */
  readonly socket?: string;
  /** What askers may cost. */
  readonly limits?: Partial<Limits>;
  /** Recipients in one batch request. Default 200. */
  readonly maxBatch?: number;
}

/** Everything that can be replaced: what a test or an unusual deployment brings along. */
export interface NodeDependencies {
  readonly provider?: RpcSender;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly signer?: Signer;
  /** Hash points shared by the nodes of one process. */
  readonly hashCache?: HashCache;
  readonly peerTest?: PeerTest;
  readonly gossip?: Gossip;
  /** Signatures found right, shared by the nodes of one process. */
  readonly verifiedCache?: Set<string>;
  /** What came of lists of votes that were added up, shared by the nodes of one process. */
  readonly countCache?: CountCache;
  /** For the aggregating JSON-RPC methods. Default: a collector over the known peers, where the provider is ethers' own. */
  readonly aggregate?: Aggregate;
}
