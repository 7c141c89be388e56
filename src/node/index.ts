/**
 * A Session node: its own view of the chain, a ledger of lifetime rewards, the rules by which it signs, and an HTTP server.
 *
 * ```ts
 * const node = createNode(options, dependencies);   // NodeOptions, NodeDependencies; nothing happens yet
 * await node.start();                               // reads the chain, listens, polls, tests its peers
 * node.url; node.sync(); node.lifetimeRewards(address); node.setPeers([{ url, ed25519Pubkey }]); node.testPeers();
 * await node.stop();
 * ```
 *
 * HTTP (JSON bodies, hex with 0x, amounts as decimal strings):
 *
 * ```
 * GET  /v1/info[?challenge=0x<32 bytes>]
 *        -> { version, chainId, contract, blsPubkey, ed25519Pubkey, x25519Pubkey, height, oldestHeight, timestamp, round, nodes, rules
 *             [, proof: { challenge, timestamp, signature }] }
 * POST /v1/reward     { recipient, height: number | "latest" } -> { recipient, amount, height, message, signature, blsPubkey, signer }
 * POST /v1/rewards    { recipients: [..], height }             -> { height, rewards: [{ recipient, amount, message, signature }], blsPubkey, signer }
 * POST /v1/exit       { blsPubkey, timestamp }                 -> { blsPubkey, timestamp, message, signature, signer }
 * POST /v1/liquidate  { blsPubkey, timestamp }                 -> the same
 * POST /json_rpc      the live daemon's methods, see jsonRpc.ts
 * ```
 *
 * Over OxenMQ, where it listens on it (see omqDoor.ts): `bls.get_rewards`, `bls.get_exit`, `bls.get_liquidation`, `ping.ping`; on the
 * local socket also `rpc.*` and `admin.*`.
 *
 * Refusals: `{ error, message }` with 400 `malformed` | `stale`, 403 `not-eligible`, 410 `height-not-available`, and 503
 * `unavailable` while the node's chain endpoint has failed for longer than `maxStaleSeconds`.
 *
 * @packageDocumentation
 */
export { chainClock, manualClock, wallClock } from "./clock.ts";
export type { Clock } from "./clock.ts";
export type { Aggregate, AggregateReply, AggregateRequest } from "./jsonRpc.ts";
export { RPC_ERROR } from "./jsonRpc.ts";
export { DAEMON_KEY_FILES, parseDaemonKey, readDaemonFolder, readDaemonKey } from "./daemonKeys.ts";
export type { DaemonKey } from "./daemonKeys.ts";
export { KeyFileError, readKeyFile, writeKeyFile } from "./keyFile.ts";
export { generateNodeKeys, nodeKeysFrom, nodeKeysFromSeed } from "./keys.ts";
export type { NodeKeys, NodeSecrets } from "./keys.ts";
export { HeightNotAvailableError, Ledger } from "./ledger.ts";
export type { LedgerOptions, LedgerState, Member, Release, Unpaid } from "./ledger.ts";
export type { History, HistorySnapshot } from "./history.ts";
export type { LedgerSnapshot, MemberJson, RoundsJson } from "./ledgerSnapshot.ts";
export type { Fraction, Shares, SharesSnapshot } from "./shares.ts";
export type { BlockPoint, LedgerBlock, LedgerContributor, LedgerEvent, LedgerNode, Rounds } from "./ledgerTypes.ts";
export { NODE_VERSION } from "./assemble.ts";
export { createNode } from "./node.ts";
export type { SessionNode } from "./node.ts";
export type { NodeDependencies, NodeOptions } from "./options.ts";
export { PARAMS } from "./params.ts";
export type { ConsensusParams, LocalParams, NetworkName, NodeParams, StandingParams } from "./params.ts";
export type { PeerReport } from "./council/council.ts";
export type { Peer, PeerTest } from "./peers.ts";
export type { Announcement, AnnouncementBody } from "./announcements.ts";
export type { Gossip, Parcel } from "./gossip.ts";
export type { Archive } from "./quorum/archive.ts";
export type { Attendance, Presence } from "./quorum/presence.ts";
export type { Limits } from "./limits.ts";
export type { Certificate, Vote } from "./quorum/certificate.ts";
export type { Change, Judgement } from "./quorum/messages.ts";
export type { CountCache } from "./quorum/signatures.ts";
export { Refusal } from "./policy.ts";
export type { RefusalCode } from "./policy.ts";
export type { RpcSender } from "./rpc.ts";
export type { NodeInfo } from "./server.ts";
export { createSigner } from "./signer.ts";
export type { HashCache, Signer } from "./signer.ts";
export type { Absence, LeaseParams, Standing, StandingState } from "./quorum/leases.ts";
