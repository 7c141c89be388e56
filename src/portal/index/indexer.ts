import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { EndpointError } from "../../chain/index.ts";
import { BlockGone, toEvent } from "./chainSource.ts";
import type { ChainSource, RawLog } from "./chainSource.ts";
import type { NodeBody } from "./facts.ts";
import type { Follower } from "./follower.ts";
import { addressAt, KINDS } from "./kinds.ts";
import type { Room, StoredEvent } from "./kinds.ts";
import { Superseded } from "./store.ts";
import type { BlockPoint, Head, Range } from "./store.ts";

/** What is indexed, and how. */
export interface IndexerOptions {
  /** Asked for before anything is taken back. */
  chainId: bigint;
  /** Lower-case hex without 0x. */
  rewards: string;
  pool: string;
  token: string;
  factory?: string | undefined;
  /** Vesting contracts that the operator names, besides those that are found among the stakers. */
  vesting?: readonly string[];
  /** Where history begins; the deployment when left out. */
  fromBlock?: number | undefined;
  /** Milliseconds between two looks at the chain. */
  pollMs: number;
}

export interface IndexerDependencies {
  source: ChainSource;
  follower: Follower;
  logger: Logger;
  /** Called after each commit. */
  onChange?: () => void;
}

/** Blocks in the first range, and most in one. Ranges grow while they hold little and shrink when they are slow. */
const FIRST_SPAN = 500;
const LONGEST_SPAN = 2_000_000;
/** Events that one transaction holds well: more, and the next range is smaller. */
const FULL = 1_000;
const SLOW_MS = 8_000;

/** Reads the chain's events into the database, range by range; see docs/portal.md. */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #deps: IndexerDependencies;
  #span = FIRST_SPAN;
  #looked = new Set<string>();
  #audited = -1;
  /** Recipients and nodes that audits have looked at, in turn. */
  #turns = { recipients: 0, nodes: 0 };
  /** Events committed by this process. */
  events = 0;
  rollBacks = 0;
  failures = 0;

  constructor(options: IndexerOptions, dependencies: IndexerDependencies) {
    this.#options = options;
    this.#deps = dependencies;
  }

  /** Follows the chain until the signal fires; failures are logged, and tried again later and later. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#deps;
    for (let failed = 0; !signal.aborted;) {
      try {
        const done = await this.step(signal);
        if (failed > 1) logger.info({ failed }, "the chain is indexed again");
        failed = 0;
        if (done) await pause(this.#options.pollMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Superseded) {
          await this.#deps.follower.follow().catch(() => undefined);
          this.#changed();
        }
        failed++;
        this.failures++;
        if (!(error instanceof BlockGone) || failed > 1)
          logger.warn({ err: error, failed }, "the chain cannot be indexed");
        await pause(Math.min(30_000, this.#options.pollMs * 2 ** Math.min(failed, 6)), signal);
      }
    }
  }

  /** One look: everything up to the newest block of now. True when there was nothing more. */
  async step(signal?: AbortSignal): Promise<boolean> {
    const { source, follower } = this.#deps;
    const newest = await source.header("latest");
    const head = follower.head ?? (await this.#begin(newest));
    const on = await this.#onChain(head, newest);
    if (!on) return false;
    if (newest.block <= head.block) {
      await follower.store.checked(newest.block);
      await follower.follow();
      return true;
    }
    try {
      await this.#advance(head, newest, signal);
    } catch (error) {
      if (!(error instanceof EndpointError) || error.trouble !== "missing-state") throw error;
      // History that nobody keeps for us: what there is now is in the state.
      this.#deps.logger.error({ err: error }, "the endpoint does not keep the events that are missing");
      await this.#beginAtState(newest.block, newest, undefined);
      await follower.follow();
      this.#changed();
      return false;
    }
    if (signal?.aborted) return true;
    await this.#findVesting();
    await this.#audit();
    return true;
  }

  // ── Beginning and going back ─────────────────────────────────────────────────────────────────────────────────────────────

  async #begin(newest: BlockPoint): Promise<Head> {
    const { source, follower, logger } = this.#deps;
    const deployed = await source.deployedBlock(newest.block);
    const { fromBlock } = this.#options;
    const from = Math.max(deployed ?? 0, fromBlock ?? 0);
    if (fromBlock !== undefined && (deployed === undefined || fromBlock > deployed)) {
      await this.#beginAtState(Math.min(fromBlock, newest.block), newest, deployed);
    } else {
      const start = await source.header(Math.max(0, from - 1));
      await follower.store.begin(start, newest.block);
      if (deployed !== undefined) await follower.store.set("deployed", String(deployed));
    }
    logger.info({ from, deployed, to: newest.block }, "the index begins");
    await follower.follow();
    return follower.head as Head;
  }

  /** Begins with the contract's state at a block, or at the newest where that state is not kept. */
  async #beginAtState(wanted: number, newest: BlockPoint, deployed: number | undefined): Promise<void> {
    const { source, follower, logger } = this.#deps;
    const onProgress = (done: number, of: number) => logger.info({ done, of }, "nodes read from the contract's state");
    let at: BlockPoint = await source.header(wanted);
    const base = await source.base(at, onProgress).catch(async (error: unknown) => {
      if (!(error instanceof EndpointError) || error.trouble !== "missing-state" || wanted === newest.block)
        throw error;
      at = newest;
      return source.base(at, onProgress);
    });
    await follower.store.begin(at, newest.block, base);
    if (deployed !== undefined) await follower.store.set("deployed", String(deployed));
    await follower.store.addGap({
      from: deployed ?? 0,
      to: at.block,
      what:
        `Nothing is known of events up to block ${at.block}: nodes and amounts on record are from the contract's state at that ` +
        "block; nodes that left before, earlier claims, operators' fees of the nodes of then and contributions that were open " +
        "then are missing.",
    });
  }

  /** Whether the index's last block is still one of the chain; if not, takes back what is not. */
  async #onChain(head: Head, newest: BlockPoint): Promise<boolean> {
    if (await this.#isKnown(head, newest)) return true;
    await this.#requireChain(newest);
    const { follower, logger } = this.#deps;
    for (let height = head.block - 1; ;) {
      const known = await follower.store.blocksBelow(height, 50);
      if (known.length === 0) break;
      for (const block of known) {
        if (!(await this.#isKnown(block, newest))) continue;
        logger.warn({ from: head.block, to: block.block }, "the chain took blocks back");
        await follower.store.rollBack(block, head);
        this.rollBacks++;
        await follower.follow();
        this.#changed();
        return false;
      }
      height = (known.at(-1) as BlockPoint).block - 1;
    }
    logger.warn({ head: head.block }, "no block of the index is on this chain: it begins anew");
    await this.#begin(newest);
    this.rollBacks++;
    this.#changed();
    return false;
  }

  /** An endpoint that has gone over to another chain, or lost this one, says nothing of blocks that were taken back. */
  async #requireChain(newest: BlockPoint): Promise<void> {
    const { source } = this.#deps;
    const { chainId } = this.#options;
    const [actual, exists] = await Promise.all([source.chainId(), source.hasContract(newest.block)]);
    if (actual !== chainId)
      throw new Error(`the endpoint serves chain ${actual}, but ${chainId} was meant: the index stays`);
    if (!exists)
      throw new Error(`there is no contract at block ${newest.block}, which the endpoint gives: the index stays`);
  }

  async #isKnown(block: BlockPoint, newest: BlockPoint & { parent?: string }): Promise<boolean> {
    if (block.block === newest.block) return block.hash === newest.hash;
    if (block.block === newest.block - 1 && newest.parent !== undefined) return block.hash === newest.parent;
    try {
      return (await this.#deps.source.header(block.block)).hash === block.hash;
    } catch (error) {
      if (error instanceof BlockGone) return false;
      throw error;
    }
  }

  // ── Forward ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Range by range; the next one is read while the last is being written. */
  async #advance(head: Head, newest: BlockPoint, signal?: AbortSignal): Promise<void> {
    let at: BlockPoint = head;
    let next: Promise<Range> | undefined = this.#read(at, newest);
    while (next) {
      const range: Range = await next;
      at = range.to;
      // Rejections are looked at when the range is awaited.
      next = at.block < newest.block && !signal?.aborted ? this.#read(at, newest, range) : undefined;
      next?.catch(() => undefined);
      await this.#commit(range, newest.block);
    }
  }

  async #commit(range: Range, chainHead: number): Promise<void> {
    const { follower } = this.#deps;
    const before = follower.head as Head;
    await follower.store.commit(range, chainHead, before);
    const { epoch, revision } = before;
    const checkedAt = Math.floor(Date.now() / 1_000);
    follower.took({ ...range.to, epoch, revision, chainHead, checkedAt }, range.events, range.details);
    this.events += range.events.length;
    this.#changed();
  }

  #changed(): void {
    this.#deps.onChange?.();
  }

  /** @param before - A range that is read but not yet folded: it may have opened contribution contracts. */
  async #read(after: BlockPoint, newest: BlockPoint, before?: Range): Promise<Range> {
    const { source } = this.#deps;
    const started = performance.now();
    const from = after.block + 1;
    const last = Math.min(newest.block, after.block + this.#span);
    const to = last === newest.block ? newest : await source.header(last);
    const rooms = this.#rooms(before?.events ?? []);
    const logs = await this.#logs(rooms, from, last);

    const times = await this.#times(logs, to);
    const events = logs.flatMap((log) => {
      const room = rooms.get(log.emitter);
      const event = room && toEvent(log, room, times.get(log.block)?.timestamp ?? 0);
      return event ? [event] : [];
    });
    const details = await this.#details(events, last, newest.block);
    // All of it belongs to one chain if the last block is still there.
    if (last !== newest.block || events.length > 0) {
      if ((await source.header(last)).hash !== to.hash) throw new BlockGone(last);
    }
    const took = performance.now() - started;
    if (events.length > FULL || took > SLOW_MS) this.#span = Math.max(1, this.#span >> 1);
    else if (events.length < FULL / 4 && took < SLOW_MS / 4) this.#span = Math.min(LONGEST_SPAN, this.#span * 2);
    const { block, hash, timestamp } = to;
    return { to: { block, hash, timestamp }, events, blocks: [...times.values()], details };
  }

  /** Whose events are read. */
  #rooms(ahead: readonly StoredEvent[]): Map<string, Room> {
    const { rewards, pool, factory } = this.#options;
    const { state } = this.#deps.follower;
    const rooms = new Map<string, Room>([
      [rewards, "rewards"],
      [pool, "pool"],
    ]);
    if (factory !== undefined) rooms.set(factory, "factory");
    for (const address of state.contributions.keys()) rooms.set(address, "contribution");
    for (const address of state.vesting.keys()) rooms.set(address, "vesting");
    for (const event of ahead) if (isOpening(event)) rooms.set(addressAt(event, 0), "contribution");
    return rooms;
  }

  /** Logs of all that are known, and of the contribution contracts that these logs make known. */
  async #logs(rooms: Map<string, Room>, from: number, to: number): Promise<RawLog[]> {
    const { source } = this.#deps;
    const { factory } = this.#options;
    const logs = await source.logs([...rooms.keys()], from, to);
    const opened = logs.flatMap((log) => {
      const event = log.emitter === factory ? toEvent(log, "factory", 0) : undefined;
      const address = event && isOpening(event) ? addressAt(event, 0) : undefined;
      return address !== undefined && !rooms.has(address) ? [address] : [];
    });
    if (opened.length === 0) return logs;
    for (const address of opened) rooms.set(address, "contribution");
    const more = await source.logs(opened, from, to);
    return [...logs, ...more].sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
  }

  /** Times and hashes of the logs' blocks, and of the last. A log of a block with another hash is of another chain. */
  async #times(logs: readonly RawLog[], to: BlockPoint): Promise<Map<number, BlockPoint>> {
    const found = new Map<number, BlockPoint>();
    const missing = new Set<number>();
    for (const { block, blockHash, timestamp } of logs) {
      if (block === to.block) continue;
      if (timestamp === undefined) missing.add(block);
      else found.set(block, { block, hash: blockHash, timestamp });
    }
    for (const { block, hash, timestamp } of await this.#deps.source.headers([...missing])) {
      found.set(block, { block, hash, timestamp });
    }
    found.set(to.block, { block: to.block, hash: to.hash, timestamp: to.timestamp });
    for (const { block, blockHash } of logs) if (found.get(block)?.hash !== blockHash) throw new BlockGone(block);
    return found;
  }

  /** Seeds and registrations without a list of contributors: what the event lacks is read from the state of its block. */
  async #details(events: readonly StoredEvent[], last: number, newest: number): Promise<Range["details"]> {
    const { source, logger } = this.#deps;
    const lacking = events.filter((event) => {
      const name = KINDS[event.kind]?.name;
      return (
        name === "NewSeededServiceNode" ||
        (name === "NewServiceNodeV2" && /^0*$/.test(event.data.slice(64 * 9, 64 * 10)))
      );
    });
    const read = async ({
      node,
      block,
    }: StoredEvent): Promise<{ node: number; block: number; body: NodeBody } | undefined> => {
      const id = node as number;
      // A node's contributors never change: any block that still has it will do.
      for (const at of [block, last, newest]) {
        try {
          const body = await source.node(id, at);
          if (body) return { node: id, block, body: { ...body, leaveAt: 0 } };
        } catch (error) {
          if (!(error instanceof EndpointError) || error.trouble !== "missing-state") throw error;
        }
      }
      // Not kept at that block, and gone from the newest: the node left, and nobody says whose it was.
      logger.warn({ node: id, block }, "the contributors of a node are not known");
      return undefined;
    };
    return (await Promise.all(lacking.map(read))).filter((one) => one !== undefined);
  }

  // ── Around it ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Looks at stakers that were not looked at: a contract among them may hold locked tokens of somebody. */
  async #findVesting(): Promise<void> {
    const { source, follower } = this.#deps;
    const head = follower.head as Head;
    if (this.#looked.size === 0) for (const { address } of await follower.store.vesting()) this.#looked.add(address);
    const { state } = follower;
    const stakers = [...(this.#options.vesting ?? []), ...state.nodesOf.keys(), ...state.contributionsOf.keys()];
    const fresh = [...new Set(stakers)].filter((address) => !this.#looked.has(address));
    for (let i = 0; i < fresh.length; i += 200) {
      const part = fresh.slice(i, i + 200);
      const found = await Promise.all(
        part.map(async (address) => ({
          address,
          block: head.block,
          body: await source.vesting(address, this.#options.token, stakedBy(follower, address), head.block),
        })),
      );
      await follower.store.addVesting(found);
      for (const address of part) this.#looked.add(address);
      if (found.some(({ body }) => body !== null)) {
        await follower.follow();
        this.#changed();
      }
    }
  }

  /**
   * Compares the index's nodes with the contract's list, at the index's block, and what is known of a part of nodes and recipients with
   * its state: an endpoint that left out logs without a word is found out here. The index then begins anew from the contract's state.
   */
  async #audit(): Promise<void> {
    const { source, follower, logger } = this.#deps;
    const head = follower.head as Head;
    if (head.timestamp - this.#audited < AUDIT_SECONDS && this.#audited >= 0) return;
    const [ids, wrong] = await Promise.all([source.ids(head.block), this.#misfit(head.block)]);
    if ((await source.header(head.block)).hash !== head.hash) return;
    this.#audited = head.timestamp;
    const held = follower.state.held;
    if (wrong === undefined && ids.length === held.size && ids.every((id) => held.has(id))) return;
    const about = { block: head.block, contract: ids.length, index: held.size, ...wrong };
    logger.error(about, "the index does not fit the contract");
    const newest = await source.header("latest");
    await this.#beginAtState(newest.block, newest, undefined);
    await follower.follow();
    this.#changed();
  }

  /** A recipient or a node of whom the contract's state says something else than the events did; undefined where all is well. */
  async #misfit(block: number): Promise<{ recipient: string } | { node: number } | undefined> {
    const { source, follower } = this.#deps;
    const { state, gaps } = follower;
    // Where events are missing, what was recorded before them is asked for when it is needed.
    const earners = new Set(state.recipients.keys());
    for (const { shares } of state.nodes.values()) for (const { beneficiary } of shares) earners.add(beneficiary);
    for (const staker of state.nodesOf.keys()) earners.add(staker);
    const people = inTurn(gaps.length === 0 ? [...earners] : [], this.#turns.recipients, AUDIT_PART);
    const nodes = inTurn([...state.held], this.#turns.nodes, AUDIT_PART);
    const found = await Promise.all([
      ...people.part.map(async (recipient) => {
        const { recorded, claimed } = await source.recipient(recipient, block);
        const known = state.recipients.get(recipient) ?? { recorded: 0n, claimed: 0n };
        return known.recorded === recorded && known.claimed === claimed ? undefined : { recipient };
      }),
      ...nodes.part.map(async (node) => {
        const stored = await source.node(node, block);
        return stored === undefined || stored.leaveAt === state.nodes.get(node)?.leaveAt ? undefined : { node };
      }),
    ]);
    this.#turns = { recipients: people.next, nodes: nodes.next };
    return found.find((one) => one !== undefined);
  }
}

/** The next so many of a list, from its beginning again after its end, and where to go on. */
function inTurn<T>(list: readonly T[], from: number, count: number): { part: T[]; next: number } {
  const start = from < list.length ? from : 0;
  return { part: list.slice(start, start + count), next: start + count };
}

/** Recipients and nodes that one audit reads. */
const AUDIT_PART = 1_000;

/** Seconds of the chain between two audits. */
const AUDIT_SECONDS = 600;

function isOpening(event: StoredEvent): boolean {
  return KINDS[event.kind]?.name === "NewServiceNodeContributionContract";
}

/** Atomic SESH of an address in nodes and open contributions. */
export function stakedBy({ state }: Follower, address: string): bigint {
  let sum = 0n;
  for (const id of state.nodesOf.get(address) ?? []) {
    const node = state.held.has(id) ? state.nodes.get(id) : undefined;
    for (const { staker, amount } of node?.shares ?? []) if (staker === address) sum += amount;
  }
  for (const contract of state.contributionsOf.get(address) ?? []) {
    const at = state.contributions.get(contract);
    if (at && at.status < 3) for (const { staker, amount } of at.contributors) if (staker === address) sum += amount;
  }
  return sum;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
