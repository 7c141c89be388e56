import type { Database } from "./database.ts";
import type { NodeBody } from "./facts.ts";
import type { StoredEvent } from "./kinds.ts";
import { State } from "./state.ts";
import type { Gap, Head } from "./store.ts";
import { Store } from "./store.ts";

/** Events folded at a time. */
const PAGE = 2_000;

/**
 * The state of the index, kept up with the database: whoever serves has one, beside the indexer in its process or alone on a shared
 * server.
 */
export class Follower {
  readonly store: Store;
  #state: State;
  #head: Head | undefined;
  #gaps: Gap[] = [];
  #at = { block: -1, logIndex: -1 };
  readonly #details = new Map<string, NodeBody>();
  #revision = -1;
  #version = 0;

  constructor(db: Database) {
    this.store = new Store(db);
    this.#state = new State(this.#details);
  }

  get state(): State {
    return this.#state;
  }

  /** Undefined before anything is indexed. */
  get head(): Head | undefined {
    return this.#head;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Counts changes of state or head: what was made of an earlier one is stale. */
  get version(): number {
    return this.#version;
  }

  /** Reads what the database has more; after blocks were taken back, everything anew. */
  async follow(): Promise<void> {
    const head = await this.store.head();
    if (!head) return;
    const before = this.#head;
    if (before?.epoch !== head.epoch) await this.#begin();
    if (this.#revision !== head.revision) await this.#extras(head.revision);
    if (before?.epoch !== head.epoch || before.block !== head.block) {
      for (const { node, block, body } of await this.store.details(this.#at.block)) {
        this.#details.set(`${node} ${block}`, body);
      }
      for (;;) {
        const page = await this.store.events(this.#at, head.block, PAGE);
        for (const event of page) this.#apply(event);
        if (page.length < PAGE) break;
      }
    }
    this.#move(head);
  }

  /** The same for what the indexer of this process has just committed, without asking the database. */
  took(
    head: Head,
    events: readonly StoredEvent[],
    details: readonly { node: number; block: number; body: NodeBody }[],
  ): void {
    for (const { node, block, body } of details) this.#details.set(`${node} ${block}`, body);
    for (const event of events) this.#apply(event);
    this.#move(head);
  }

  #apply(event: StoredEvent): void {
    this.#state.apply(event);
    this.#at = { block: event.block, logIndex: event.logIndex };
  }

  #move(head: Head): void {
    const moved = this.#head?.block !== head.block || this.#head.hash !== head.hash || this.#head.epoch !== head.epoch;
    this.#head = head;
    if (moved) this.#version++;
  }

  async #begin(): Promise<void> {
    this.#details.clear();
    this.#state = new State(this.#details);
    this.#at = { block: -1, logIndex: -1 };
    this.#revision = -1;
    const base = await this.store.base();
    if (base) this.#state.base(base);
    this.#version++;
  }

  async #extras(revision: number): Promise<void> {
    const [vesting, gaps] = await Promise.all([this.store.vesting(), this.store.gaps()]);
    for (const { address, body } of vesting) if (body) this.#state.foundVesting(address, body);
    this.#gaps = gaps;
    this.#revision = revision;
    this.#version++;
  }
}
