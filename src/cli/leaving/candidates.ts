import { heightResult, readDepartures } from "../../collect/daemon/replies.ts";
import { CollectError, daemonAt, isOmqNode } from "../../collect/index.ts";
import { ConnectionPool } from "../../collect/pool.ts";
import { CliError } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import { readNodes } from "../network/nodes.ts";
import type { NodeView } from "../network/nodes.ts";
import type { SourceOptions } from "../terminal/options.ts";
import type { Session } from "../session/session.ts";
import { directoryUrls, readEndpoints } from "../session/source.ts";

/** A node that has left the network but not the contract, as others see it. */
export interface Candidate {
  /** 0x and 128 hex digits. */
  blsPubkey: string;
  /** 0x and 64 hex digits. */
  ed25519Pubkey: string;
  /** `exit`: unlocked after its request; `deregister`: failed its tests. */
  type: "exit" | "deregister";
  /** Whether it may be liquidated now. */
  ripe: boolean;
  /** When it becomes liquidatable, unix seconds, where the source tells. */
  ripeAt: number | undefined;
  /** How many of the asked list it. */
  votes: number;
}

/** How many sources are asked: one may be behind or lie, five in a row hardly. */
const SOURCES = 5;

/**
 * Asks nodes (or a daemon) who has left the network and may be exited or liquidated. Only a hint: whether it is true is decided by
 * what the network signs.
 *
 * @returns Those that most of the asked list first: a liar that lists everybody delays nobody.
 * @param urls - Base URLs, each with the JSON-RPC `bls_exit_liquidation_list`.
 * @param now - The chain's time, unix seconds.
 * @throws CliError `signatures` when none answers
 */
export async function listCandidates(urls: readonly string[], now: number, timeoutMs: number): Promise<Candidate[]> {
  const pool = new ConnectionPool();
  try {
    const found = new Map<string, Candidate>();
    let answered = 0;
    // One after the other until five have answered; the dead among them cost a timeout each, so those are asked together.
    for (let start = 0; start < urls.length && answered < SOURCES; start += SOURCES) {
      const answers = await Promise.all(urls.slice(start, start + SOURCES).map((url) => ask(pool, url, timeoutMs)));
      for (const answer of answers) {
        if (!answer) continue;
        answered++;
        for (const entry of answer.entries) {
          const { blsPublicKey: key, liquidationTimestamp: at } = entry;
          const ripe = at === undefined ? entry.liquidationHeight <= answer.height : at <= now;
          const known = found.get(key);
          found.set(key, {
            blsPubkey: key,
            ed25519Pubkey: entry.ed25519PublicKey,
            type: entry.type,
            ripe: ripe || known?.ripe === true,
            ripeAt: at ?? known?.ripeAt,
            votes: (known?.votes ?? 0) + 1,
          });
        }
      }
    }
    if (answered === 0) {
      throw new CliError(
        "signatures",
        "No node gives the list of those that left.",
        "Give nodes (or a daemon) that serve the JSON-RPC method bls_exit_liquidation_list.",
      );
    }
    return [...found.values()].sort((a, b) => b.votes - a.votes);
  } finally {
    await pool.destroy();
  }
}

async function ask(pool: ConnectionPool, url: string, timeoutMs: number) {
  const daemon = daemonAt(url, { dispatcher: pool });
  const call = (method: string) => daemon.call(method, {}, { timeoutMs });
  try {
    const { entries } = readDepartures(await call("bls_exit_liquidation_list"));
    // Where times are told, heights are not needed; where they are not, a source without its height tells nothing.
    if (entries.every(({ liquidationTimestamp }) => liquidationTimestamp !== undefined)) return { entries, height: 0 };
    const height = heightResult.safeParse(await call("get_height"));
    return height.success ? { entries, height: height.data.height } : undefined;
  } catch (error) {
    if (error instanceof CollectError) return undefined;
    throw error;
  } finally {
    await daemon.close();
  }
}

/** A candidate that the contract still holds. */
export type Liquidatable = Candidate & { node: NodeView; share: bigint };

/** Candidates by the nodes' word, with what the contract holds of them and what their liquidation pays the sender. */
export async function findLiquidatable(
  session: Session,
  urls: readonly string[],
  timeoutMs: number,
): Promise<Liquidatable[]> {
  const { rewards, provider } = session;
  const block = await provider.getBlock("latest");
  if (!block) throw new CliError("chain", "The endpoint does not give its newest block.");
  const candidates = await listCandidates(urls, block.timestamp, timeoutMs);
  const pinned = { blockTag: block.number };
  const [ids, liquidator, pool, recipient] = await Promise.all([
    Promise.all(candidates.map(({ blsPubkey }) => rewards.serviceNodeIDs(blsPubkey, pinned))),
    rewards.liquidatorRewardRatio(pinned),
    rewards.poolShareOfLiquidationRatio(pinned),
    rewards.recipientRatio(pinned),
  ]);
  const held = candidates.map((candidate, i) => ({ candidate, id: ids[i] as bigint })).filter(({ id }) => id !== 0n);
  const nodes = await readNodes(
    rewards,
    held.map(({ id }) => id),
    block,
  );
  const sum = liquidator + pool + recipient;
  return held.map(({ candidate }, i) => {
    const node = nodes[i] as NodeView;
    return { ...candidate, node, share: (node.deposit * liquidator) / sum };
  });
}

/** What the liquidation of a node pays the sender, atomic SESH. */
export async function shareOf({ rewards }: Session, deposit: bigint): Promise<bigint> {
  const [liquidator, pool, recipient] = await Promise.all([
    rewards.liquidatorRewardRatio(),
    rewards.poolShareOfLiquidationRatio(),
    rewards.recipientRatio(),
  ]);
  return (deposit * liquidator) / (liquidator + pool + recipient);
}

/** Who serves the list: the daemon alone if one is given, else the directories, else the nodes that speak HTTP. */
export async function sourceUrls(args: SourceOptions, session: Session, io: Io): Promise<string[]> {
  if (args.daemonUrl !== undefined) return [args.daemonUrl];
  const nodes = (await readEndpoints(args)).filter((endpoint) => !isOmqNode(endpoint)).map(({ url }) => url);
  const urls = [...directoryUrls(args, session, io), ...nodes];
  if (urls.length === 0) {
    throw new CliError(
      "usage",
      "Nobody is there to ask who may be liquidated.",
      "Give --directory or --daemon-url, or nodes over HTTP by --nodes-file or --node-urls.",
    );
  }
  return urls;
}
