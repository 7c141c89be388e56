import type { Tags } from "../bls/index.ts";
import type { NodeSet } from "../chain/nodeSet.ts";
import type { BadNode, SilenceReason, Signer } from "./collected.ts";
import { requiredSigners } from "./collected.ts";
import type { CollectEvent, Progress } from "./events.ts";
import type { Failure, FailureReason } from "./failure.ts";
import type { NodeEndpoint } from "./nodes.ts";
import { Offence } from "./offence.ts";
import type { Statements } from "./reply.ts";
import { checkClaims, checkKey } from "./reply.ts";
import type { PreparedRequest, Statement } from "./request.ts";
import { hashStatement } from "./request.ts";
import type { Candidate } from "./verify.ts";
import { verifyCandidates } from "./verify.ts";
import type { Claims } from "./wire.ts";

export interface RepliesOptions {
  prepared: PreparedRequest;
  tags: Tags;
  set: NodeSet;
  total: number;
  onEvent: ((event: CollectEvent) => void) | undefined;
  /** Key known to be at an address: given beforehand, or proven there before. */
  keyAt: (endpoint: NodeEndpoint) => string | undefined;
}

/** Statements besides the network's whose signatures are verified, only to say who disagreed. */
const MAX_OTHER_STATEMENTS = 8;

/** Replies that say the same. */
interface Group {
  statement: Statement;
  candidates: Candidate[];
  /** Keys of the contract among them. */
  known: Set<string>;
  /** Whose signatures verify, as of so many candidates. */
  proven?: { of: number; keys: ReadonlySet<string> };
}

/** Everything that came back in one collection, sorted by what it says. */
export class Replies {
  readonly #options: RepliesOptions;
  readonly #statements: Statements = new Map();
  readonly #groups = new Map<string, Group>();
  readonly #silence = new Map<string, SilenceReason>();
  readonly #started = performance.now();
  readonly #progress: Progress;
  #badNodes: BadNode[] = [];
  #waiting = true;

  constructor(options: RepliesOptions) {
    this.#options = options;
    this.#progress = {
      total: options.total,
      asked: 0,
      answered: 0,
      failed: {},
      bad: 0,
      retries: 0,
      signers: 0,
      required: requiredSigners(options.set),
      elapsedMs: 0,
    };
  }

  get badNodes(): readonly BadNode[] {
    return this.#badNodes;
  }

  emit(event: DistributiveOmit<CollectEvent, "progress">): void {
    const { onEvent } = this.#options;
    if (!onEvent) return;
    const elapsedMs = performance.now() - this.#started;
    onEvent({
      ...event,
      progress: { ...this.#progress, failed: { ...this.#progress.failed }, elapsedMs },
    } as CollectEvent);
  }

  started(): void {
    this.emit({ type: "started", block: this.#options.set.block, nodes: this.#options.set.nodes.length });
  }

  asked(endpoint: NodeEndpoint): void {
    this.#progress.asked++;
    this.emit({ type: "asked", url: endpoint.url });
  }

  retrying(endpoint: NodeEndpoint, failure: Failure, attempt: number, delayMs: number): void {
    this.#progress.retries++;
    this.emit({ type: "retrying", url: endpoint.url, reason: failure.reason, attempt, delayMs });
  }

  failed(endpoint: NodeEndpoint, failure: Failure): void {
    if (!this.#waiting && failure.reason === "cancelled") return this.silent(endpoint, "not-awaited");
    this.#count(failure.reason);
    this.silent(endpoint, failure.reason);
    this.emit({ type: "failed", url: endpoint.url, reason: failure.reason, detail: failure.detail });
  }

  /** Puts an address's silence to the key that is known to be there. */
  silent(endpoint: NodeEndpoint, reason: SilenceReason): void {
    const key = this.#options.keyAt(endpoint);
    if (key !== undefined) this.#silence.set(key, reason);
  }

  /** Nodes of the contract that nobody gave an address of; known only where the keys of all addresses are. */
  unaddressed(endpoints: readonly NodeEndpoint[]): void {
    const keys = new Set(endpoints.map((endpoint) => this.#options.keyAt(endpoint)));
    if (keys.has(undefined)) return;
    for (const { hex } of this.#options.set.nodes) if (!keys.has(hex)) this.#silence.set(hex, "no-address");
  }

  /** Enough have signed; what is given up from now on is nobody's fault. */
  stopWaiting(): void {
    this.#waiting = false;
  }

  /** @returns whether the reply is usable */
  answered(endpoint: NodeEndpoint, read: () => Claims, ms: number): boolean {
    const { prepared, tags, set } = this.#options;
    try {
      const reply = checkClaims(read(), prepared, tags, this.#statements, endpoint.blsPubkey?.toLowerCase());
      const entry = set.byKey.get(reply.signer);
      // A key of the contract is valid; another may join the contract before submission, if it is a key at all.
      if (!entry) checkKey(reply.signer);

      const group = this.#group(reply.statement);
      group.candidates.push({ key: reply.signer, url: endpoint.url, signature: reply.signature });
      if (entry) group.known.add(reply.signer);
      this.#progress.answered++;
      this.#progress.signers = this.bestCount();
      this.emit({ type: "answered", url: endpoint.url, key: reply.signer, id: entry?.id, ms });
      return true;
    } catch (error) {
      if (!(error instanceof Offence)) throw error;
      this.#offend(endpoint, error);
      return false;
    }
  }

  /** Statements with what stands behind each, the one with most nodes of the contract first. */
  groups(): { statement: Statement; candidates: readonly Candidate[] }[] {
    return [...this.#groups.values()].sort((a, b) => b.known.size - a.known.size);
  }

  bestCount(): number {
    let best = 0;
    for (const group of this.#groups.values()) best = Math.max(best, group.known.size);
    return best;
  }

  /** Keys of the contract among the candidates. */
  knownKeys(candidates: readonly Candidate[]): Set<string> {
    return new Set(candidates.map(({ key }) => key).filter((key) => this.#options.set.byKey.has(key)));
  }

  /**
   * Why nodes are silent if `statementId` is what the network says: those who *signed* something else disagree. Their signatures are
   * verified first, as anybody can write a silent node's key under a figure of his own; of liars with a figure each only the
   * largest groups are looked at.
   */
  silence(statementId: string | undefined): ReadonlyMap<string, SilenceReason> {
    const all = new Map(this.#silence);
    const others = [...this.#groups].filter(([id, group]) => id !== statementId && group.known.size > 0);
    others.sort(([, a], [, b]) => b.known.size - a.known.size);
    for (const [, group] of others.slice(0, MAX_OTHER_STATEMENTS)) {
      for (const key of this.#proven(group)) all.set(key, "other-amounts");
    }
    return all;
  }

  /** Keys of the contract whose signatures of a group's statement verify. */
  #proven(group: Group): ReadonlySet<string> {
    const { set, tags } = this.#options;
    const candidates = group.candidates.filter(({ key }) => set.byKey.has(key));
    if (group.proven?.of !== candidates.length) {
      const { good } = verifyCandidates(candidates, hashStatement(group.statement, tags));
      group.proven = { of: candidates.length, keys: new Set(good.map(({ key }) => key)) };
    }
    return group.proven.keys;
  }

  /** Takes over what blame found: those signatures are out, their addresses offenders. */
  adopt(badNodes: readonly BadNode[]): void {
    // An address answers once in a collection.
    const before = new Set(this.#badNodes.map((node) => node.url));
    const found = badNodes.filter((node) => !before.has(node.url));
    this.#badNodes = [...badNodes];
    if (found.length === 0) return;
    const urls = new Set(found.map((node) => node.url));
    for (const group of this.#groups.values()) {
      group.candidates = group.candidates.filter((candidate) => !urls.has(candidate.url));
      group.known = this.knownKeys(group.candidates);
    }
    this.#progress.bad += found.length;
    this.#progress.signers = this.bestCount();
    for (const { url, key, reason, detail } of found) this.emit({ type: "bad", url, key, reason, detail });
  }

  /** How many addresses failed for a reason. */
  failures(reason: FailureReason): number {
    return this.#progress.failed[reason] ?? 0;
  }

  /** Addresses to remember as offenders. */
  offenders(): string[] {
    return this.#badNodes.map((node) => node.url);
  }

  /**
   * Where each signer of a statement answered. No key when two addresses gave the same signature: one of them may have passed on
   * the other's.
   */
  addressesOf(statementId: string, signers: readonly Signer[]): { url: string; key: string | undefined }[] {
    const urls = new Map<string, string[]>(signers.map((signer) => [signer.key, []]));
    for (const { key, url } of this.#groups.get(statementId)?.candidates ?? []) urls.get(key)?.push(url);
    return [...urls].flatMap(([key, list]) => list.map((url) => ({ url, key: list.length === 1 ? key : undefined })));
  }

  timed<T>(signers: number, work: () => T): T {
    this.emit({ type: "verifying", signers });
    const start = performance.now();
    const result = work();
    this.emit({ type: "verified", signers, ms: performance.now() - start });
    return result;
  }

  #group(statement: Statement): Group {
    let group = this.#groups.get(statement.id);
    if (!group) {
      group = { statement, candidates: [], known: new Set() };
      this.#groups.set(statement.id, group);
    }
    return group;
  }

  #offend(endpoint: NodeEndpoint, offence: Offence): void {
    const key = this.#options.keyAt(endpoint);
    const id = key === undefined ? undefined : this.#options.set.byKey.get(key)?.id;
    this.#badNodes.push({ url: endpoint.url, key, id, reason: offence.reason, detail: offence.message });
    this.#progress.bad++;
    this.emit({ type: "bad", url: endpoint.url, key, reason: offence.reason, detail: offence.message });
  }

  #count(reason: FailureReason): void {
    this.#progress.failed[reason] = (this.#progress.failed[reason] ?? 0) + 1;
  }
}

/** `Omit` that keeps a union a union. */
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
