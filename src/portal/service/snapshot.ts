import { RULES_VERSION, PARAMS } from "../../node/params.ts";
import type { NodeParams } from "../../node/index.ts";
import { toAmount } from "../api/index.ts";
import type { AppKeys, AppNodes, AppState, Network } from "../api/index.ts";
import type { Follower, NodeFacts, StoredEvent } from "../index/index.ts";
import type { Figures } from "./figures.ts";
import { PortalError } from "./refusal.ts";
import { isActive, rulesOf, stageOf } from "./rules.ts";
import { toContribution, toEventView, toRow, toStake, toVesting } from "./views.ts";
import type { Moment } from "./views.ts";
import type { Words } from "./words.ts";

/** Bodies kept for addresses that are asked for again. */
const MOST_KEPT = 20_000;
/** Bodies are made anew after so long even where nothing changed: `t` is the time of the reply. */
const TICK_MS = 30_000;

/** Where the parts of a snapshot come from. */
export interface SnapshotParts {
  follower: Follower;
  words: Words;
  chainId: bigint;
  version: string;
  /** Newest first read by this process; undefined before. */
  figures: () => Figures | undefined;
}

/**
 * The replies that are asked for most, made once and handed out as bytes until the index or the figures move on. Events never change,
 * so their JSON is kept by node; what depends on the time is made anew.
 */
export class Snapshots {
  readonly #parts: SnapshotParts;
  readonly #params: NodeParams;
  readonly #nettype: string;
  readonly #eventJson = new WeakMap<readonly StoredEvent[], { length: number; json: string }>();
  #key = "";
  #generation = 0;
  #bodies = new Map<string, Buffer>();
  #mine = new Map<string, Buffer>();
  #prefix = "";
  #keysJson = "{}";
  #moment: Moment | undefined;
  #network: Network | undefined;
  #pace = 1;
  #paced = 0;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    const { nettype } = rulesOf(parts.chainId);
    this.#nettype = nettype;
    this.#params = PARAMS[nettype];
  }

  /** Whether there is anything to serve. */
  get ready(): boolean {
    return this.#parts.follower.head !== undefined && this.#parts.figures() !== undefined;
  }

  /** Changes when the bodies do. */
  get tag(): string {
    this.#renew();
    return this.#key;
  }

  /** What was said by nodes changed: bodies are made anew. */
  touch(): void {
    this.#generation++;
  }

  get network(): Network {
    this.#renew();
    return this.#network as Network;
  }

  get moment(): Moment {
    this.#renew();
    return this.#moment as Moment;
  }

  /** `{"network":…,"t":…` and the rest of an object, as bytes. */
  wrap(rest: readonly string[]): Buffer {
    this.#renew();
    return toBytes([this.#prefix, ...rest]);
  }

  info(): Buffer {
    return this.#body("info", () => ["}"]);
  }

  nodes(): Buffer {
    return this.#body("nodes", () => {
      const { state } = this.#parts.follower;
      const stakes = [...state.held].map((id) => this.#stakeJson(state.nodes.get(id) as NodeFacts));
      // Vesting contracts are somebody's: only /stakes has them.
      return [...this.#contributions(), `,"stakes":[`, ...listed(stakes), `],"vesting":[]`, ...this.#keysTail()];
    });
  }

  blsKeys(): Buffer {
    return this.#body("keys", () => [`,"bls_keys":`, this.#keysJson, "}"]);
  }

  contributions(): Buffer {
    return this.#body("contributions", () => [...this.#contributions(), ...this.#keysTail()]);
  }

  contribution(ed25519: string): Buffer {
    const { contributions } = this.#parts.follower.state;
    // The newest, where a key was tried more than once.
    const found = [...contributions.values()].findLast((one) => one.ed25519 === ed25519);
    return this.wrap([`,"contract":${found ? this.#contributionJson(found.address) : "null"}}`]);
  }

  /** Everything an address (40 digits) has a share in; in pieces, the last of which all have in common. */
  stakes(address: string): readonly Buffer[] {
    this.#renew();
    let own = this.#mine.get(address);
    if (!own) {
      own = Buffer.from(this.#own(address));
      if (this.#mine.size >= MOST_KEPT) this.#mine.clear();
      this.#mine.set(address, own);
    }
    let tail = this.#bodies.get("tail");
    if (!tail) this.#bodies.set("tail", (tail = toBytes(this.#keysTail())));
    return [Buffer.from(this.#prefix), own, tail];
  }

  appNodes(): Buffer {
    return this.#whole("app nodes", (): AppNodes => {
      const { state } = this.#parts.follower;
      const { block, timestamp } = this.moment;
      return {
        block,
        timestamp,
        rows: [...state.held].map((id) => toRow(state.nodes.get(id) as NodeFacts, this.moment)),
      };
    });
  }

  appKeys(): Buffer {
    return this.#whole("app keys", (): AppKeys => {
      const { block, aggregatePubkey, keys } = this.#parts.figures() as Figures;
      if (!keys)
        throw new PortalError(503, "catching-up", "The index is still catching up with the chain.", { retryAfter: 10 });
      return { block, hash: `0x${keys.hash}`, aggregatePubkey, keys: [...keys.list] as [number, string][] };
    });
  }

  /** @param chain - What is known of the chain's newest block and of what is missing; not part of the snapshot. */
  appState(chain: Pick<AppState["head"], "chainHead" | "lagSeconds" | "complete" | "missing">): AppState {
    this.#renew();
    const { follower } = this.#parts;
    const { head, state } = follower;
    const figures = this.#parts.figures() as Figures;
    const stages = [...state.held].map((id) => this.#stage(state.nodes.get(id) as NodeFacts));
    const cycleEnds = (Math.floor(figures.timestamp / figures.claimCycle) + 1) * figures.claimCycle;
    const left = figures.claimThreshold > figures.claimedInCycle ? figures.claimThreshold - figures.claimedInCycle : 0n;
    return {
      head: {
        block: head?.block ?? 0,
        hash: `0x${head?.hash ?? "".padStart(64, "0")}`,
        timestamp: head?.timestamp ?? 0,
        ...chain,
      },
      figures: {
        nodes: state.held.size,
        active: stages.filter(isActive).length,
        awaitingExit: stages.filter((stage) => stage !== "active" && stage !== "deregistered").length,
        totalStake: toAmount(state.stake),
        stakingRequirement: toAmount(figures.stakingRequirement),
        maxContributors: figures.maxContributors,
        minOperatorContribution: toAmount(quarter(figures.stakingRequirement)),
        rewardsPerDay: toAmount(figures.rewardRate * 720n),
        poolBalance: toAmount(figures.poolBalance),
        claim: {
          threshold: toAmount(figures.claimThreshold),
          cycleSeconds: figures.claimCycle,
          used: toAmount(figures.claimedInCycle),
          left: toAmount(left),
          resetsAt: cycleEnds,
        },
        paused: { rewards: figures.paused, factory: figures.factoryPaused },
        started: figures.started,
        blsNonSignerThreshold: figures.nonSignerThreshold,
        aggregatePubkey: figures.aggregatePubkey,
        ratios: figures.ratios,
      },
    };
  }

  // ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #renew(): void {
    const { follower } = this.#parts;
    const figures = this.#parts.figures();
    // On a chain that stands still `t` does not.
    const tick = Math.floor(Date.now() / TICK_MS);
    const key = `${follower.version}.${figures?.block ?? 0}.${this.#generation}.${tick}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#bodies = new Map();
    this.#mine = new Map();
    this.#moment = this.#makeMoment(figures);
    this.#network = this.#makeNetwork(figures);
    this.#prefix = `{"network":${JSON.stringify(this.#network)},"t":${Date.now() / 1_000}`;
    const { state } = follower;
    const keys = [...state.held].map((id) => `"${state.nodes.get(id)?.bls ?? ""}":${id}`);
    this.#keysJson = `{${keys.join(",")}}`;
  }

  #makeMoment(figures: Figures | undefined): Moment {
    const { follower, words } = this.#parts;
    const { head } = follower;
    return {
      block: head?.block ?? 0,
      timestamp: head?.timestamp ?? 0,
      secondsPerBlock: this.#secondsPerBlock(),
      rules: this.#params,
      requirement: figures?.stakingRequirement ?? 0n,
      departing: words.departing,
      proofs: words.proofs,
    };
  }

  /** On average over what is indexed; for estimates of heights that are still to come. */
  #secondsPerBlock(): number {
    const { head, state } = this.#parts.follower;
    const [first] = state.points(1_000);
    if (!head || !first || head.block <= first.block) return this.#pace;
    if (head.block === this.#paced) return this.#pace;
    this.#paced = head.block;
    this.#pace = Math.max(0.05, (head.timestamp - first.t) / (head.block - first.block));
    return this.#pace;
  }

  #makeNetwork(figures: Figures | undefined): Network {
    const { follower, words, version } = this.#parts;
    const { head, state } = follower;
    const { daemon } = words;
    const requirement = figures?.stakingRequirement ?? 0n;
    const fees = [...state.held].map((id) => state.nodes.get(id)?.fee ?? 0).sort((a, b) => a - b);
    const middle = fees.length >> 1;
    const median = fees.length % 2 === 1 ? fees[middle] : ((fees[middle - 1] ?? 0) + (fees[middle] ?? 0)) / 2;
    const active = [...state.held].filter((id) => isActive(this.#stage(state.nodes.get(id) as NodeFacts))).length;
    const { roundSeconds } = this.#params;
    const timestamp = head?.timestamp ?? 0;
    const block = head?.block ?? 0;
    const hash = head?.hash ?? "0".repeat(64);
    return {
      active_node_count: active,
      block_hash: daemon.hash ?? hash,
      block_height: daemon.height ?? block,
      block_timestamp: timestamp,
      hard_fork: daemon.hardFork ?? RULES_VERSION,
      immutable_block_hash: daemon.immutableHash ?? daemon.hash ?? hash,
      immutable_block_height: daemon.immutableHeight ?? daemon.height ?? block,
      max_stakers: figures?.maxContributors ?? 0,
      median_operator_fee: median ?? 0,
      min_operator_contribution: toAmount(quarter(requirement)),
      nettype: daemon.nettype ?? this.#nettype,
      node_count: state.held.size,
      pulse_target_timestamp: daemon.pulseTarget ?? (Math.floor(timestamp / roundSeconds) + 1) * roundSeconds,
      staking_requirement: toAmount(requirement),
      version: daemon.version ?? version,
    };
  }

  #stage(node: NodeFacts) {
    const { rules, timestamp, departing } = this.#moment as Moment;
    return stageOf(node, rules, timestamp, departing.get(node.bls));
  }

  #body(name: string, make: () => readonly string[]): Buffer {
    this.#renew();
    let body = this.#bodies.get(name);
    if (!body) this.#bodies.set(name, (body = this.wrap(make())));
    return body;
  }

  #whole(name: string, make: () => unknown): Buffer {
    this.#renew();
    let body = this.#bodies.get(name);
    if (!body) this.#bodies.set(name, (body = Buffer.from(JSON.stringify(make()))));
    return body;
  }

  #keysTail(): string[] {
    return [`,"added_bls_keys":`, this.#keysJson, "}"];
  }

  #own(address: string): string {
    const { state } = this.#parts.follower;
    const vesting = [...(state.vestingOf.get(address) ?? [])].flatMap((at) => state.vesting.get(at) ?? []);
    const people = [address, ...vesting.map((one) => one.address)];
    const ids = new Set(people.flatMap((one) => [...(state.nodesOf.get(one) ?? [])]));
    const contracts = new Set(people.flatMap((one) => [...(state.contributionsOf.get(one) ?? [])]));
    const stakes = [...ids].sort((a, b) => a - b).map((id) => this.#stakeJson(state.nodes.get(id) as NodeFacts));
    return `,"contracts":[${[...contracts].map((one) => this.#contributionJson(one)).join(",")}],"stakes":[${stakes.join(",")}],"vesting":[${vesting.map((one) => JSON.stringify(toVesting(one))).join(",")}]`;
  }

  #stakeJson(node: NodeFacts): string {
    const head = JSON.stringify(toStake(node, this.#moment as Moment));
    return `${head.slice(0, -1)},"events":[${this.#events(node.events)}]}`;
  }

  #contributions(): string[] {
    const { contributions } = this.#parts.follower.state;
    const all = [...contributions.keys()].map((address) => this.#contributionJson(address));
    return [`,"contracts":[`, ...listed(all), "]"];
  }

  #contributionJson(address: string): string {
    const at = this.#parts.follower.state.contributions.get(address);
    if (!at) return "null";
    return `${JSON.stringify(toContribution(at)).slice(0, -1)},"events":[${this.#events(at.events)}]}`;
  }

  #events(events: readonly StoredEvent[]): string {
    const known = this.#eventJson.get(events);
    if (known?.length === events.length) return known.json;
    const fresh = events.slice(known?.length ?? 0).map((event) => JSON.stringify(toEventView(event)));
    const json = [...(known && known.json !== "" ? [known.json] : []), ...fresh].join(",");
    this.#eventJson.set(events, { length: events.length, json });
    return json;
  }
}

/** With commas between them. */
function listed(items: readonly string[]): string[] {
  return items.map((item, i) => (i === 0 ? item : `,${item}`));
}

/** In one piece of memory, without the whole as a string before: `/nodes` has many megabytes. */
function toBytes(parts: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0));
  let at = 0;
  for (const part of parts) at += bytes.write(part, at);
  return bytes;
}

/** A quarter of the deposit, rounded up: the least that an operator holds. */
export function quarter(requirement: bigint): bigint {
  return (requirement + 3n) / 4n;
}
