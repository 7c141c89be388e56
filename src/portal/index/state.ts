import { KINDS, addressAt, word } from "./kinds.ts";
import type { StoredEvent } from "./kinds.ts";
import type {
  BaseBody,
  ContributionFacts,
  NodeBody,
  NodeFacts,
  Point,
  RecipientFacts,
  Share,
  VestingBody,
  VestingFacts,
} from "./facts.ts";

/** Most points of the network's history that are kept: beyond, neighbours are merged. */
const POINTS = 4_000;

/** Everything that pages show, folded from the events in their order. No I/O, no clock. */
export class State {
  readonly nodes = new Map<number, NodeFacts>();
  /** Nodes in the contract, in order of registration. */
  readonly held = new Set<number>();
  readonly recipients = new Map<string, RecipientFacts>();
  readonly contributions = new Map<string, ContributionFacts>();
  readonly vesting = new Map<string, VestingFacts>();
  /** Stakers and operators, with the nodes of each; and contribution contracts of each. */
  readonly nodesOf = new Map<string, Set<number>>();
  readonly contributionsOf = new Map<string, Set<string>>();
  readonly vestingOf = new Map<string, Set<string>>();
  stake = 0n;
  claimed = 0n;
  events = 0;
  #points: Point[] = [];
  #grain = 1;
  #released: { t: number; rate: bigint | undefined } | undefined;
  /** Nodes and contributions that changed since the caller last took them. */
  readonly changed = { nodes: new Set<number>(), contributions: new Set<string>() };
  readonly #details: ReadonlyMap<string, NodeBody>;

  /** @param details - What events do not say, by `node block`; may grow. */
  constructor(details: ReadonlyMap<string, NodeBody>) {
    this.#details = details;
  }

  /** The network over time, ascending; at most so many points, the last one always. */
  points(most: number): Point[] {
    const step = Math.max(1, Math.ceil(this.#points.length / Math.max(1, most)));
    return this.#points.filter((_, i, all) => i === all.length - 1 || (all.length - 1 - i) % step === 0);
  }

  /** Starts from the contract's state. */
  base({ block, timestamp, nodes, recipients }: BaseBody): void {
    for (const body of nodes) this.#hold(fromBody(body, block));
    for (const { address, rewards, claimed } of recipients) {
      this.recipients.set(address, { recorded: BigInt(rewards), claimed: BigInt(claimed) });
      this.claimed += BigInt(claimed);
    }
    this.#point(timestamp, block);
  }

  /** Takes in a vesting contract that was found. */
  foundVesting(address: string, body: VestingBody): void {
    const { beneficiary, amount, ...rest } = body;
    const known = this.vesting.get(address);
    if (known) return;
    this.vesting.set(address, {
      address,
      beneficiary,
      initialBeneficiary: beneficiary,
      initialAmount: BigInt(amount),
      ...rest,
    });
    add(this.vestingOf, beneficiary, address);
  }

  /** Takes in the next event. */
  apply(event: StoredEvent): void {
    this.events++;
    const name = KINDS[event.kind]?.name as string;
    const room = KINDS[event.kind]?.room;
    if (room === "rewards") this.#rewards(name, event);
    else if (room === "contribution") this.#contribution(name, event);
    else if (room === "vesting") this.#vested(name, event);
    else if (name === "NewServiceNodeContributionContract") this.#opened(event);
    else if (name === "FundsReleased") this.#paidOut(event);
  }

  // ── Rewards contract ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #rewards(name: string, event: StoredEvent): void {
    const id = event.node as number;
    switch (name) {
      case "NewSeededServiceNode":
      case "NewServiceNodeV2":
        this.#hold(this.#added(name, event));
        return this.#point(event.timestamp, event.block);
      case "ServiceNodeExitRequest":
        return this.#about(id, event, (node) => {
          if (node.leaveAt !== 0) return;
          node.leaveAt = event.timestamp;
          node.leaveBlock = event.block;
        });
      case "ServiceNodeLiquidated":
        return this.#about(id, event, (node) => (node.liquidated = true));
      case "ServiceNodeExit":
        this.#about(id, event, (node) => {
          node.exit = { at: event.timestamp, block: event.block, returned: word(event, 2) };
          if (this.held.delete(id)) this.stake -= node.deposit;
        });
        return this.#point(event.timestamp, event.block);
      case "RewardsBalanceUpdated":
        this.#recipient(event.account as string).recorded = word(event, 1);
        return;
      case "RewardsClaimed": {
        const amount = word(event, 1);
        this.#recipient(event.account as string).claimed += amount;
        this.claimed += amount;
        return this.#point(event.timestamp, event.block);
      }
    }
  }

  #about(id: number, event: StoredEvent, change: (node: NodeFacts) => void): void {
    const node = this.nodes.get(id);
    // Before the history that is known.
    if (node === undefined) return;
    change(node);
    node.events.push(event);
    this.changed.nodes.add(id);
  }

  #added(name: string, event: StoredEvent): NodeFacts {
    const id = event.node as number;
    const detail = this.#details.get(`${id} ${event.block}`);
    const seeded = name === "NewSeededServiceNode";
    const at = seeded ? 1 : 2;
    const shares = seeded ? [] : sharesOf(event);
    const stored = detail && fromBody(detail, event.block);
    const known = shares.length > 0 ? shares : (stored?.shares ?? []);
    const operator = known[0]?.staker ?? (seeded ? "0".repeat(40) : addressAt(event, 1));
    return {
      id,
      bls: event.data.slice(64 * at, 64 * at + 128),
      ed25519: event.data.slice(64 * (at + 2), 64 * (at + 3)),
      operator,
      fee: seeded ? 0 : Number(word(event, 7)),
      shares: known,
      deposit: known.reduce((sum, { amount }) => sum + amount, 0n),
      // A seed keeps the time that it is given.
      addedAt: seeded ? (stored?.addedAt ?? event.timestamp) : event.timestamp,
      addedBlock: event.block,
      leaveAt: 0,
      leaveBlock: 0,
      exit: undefined,
      liquidated: false,
      events: [event],
    };
  }

  #hold(node: NodeFacts): void {
    this.nodes.set(node.id, node);
    this.held.add(node.id);
    this.stake += node.deposit;
    this.changed.nodes.add(node.id);
    for (const address of new Set([node.operator, ...node.shares.map(({ staker }) => staker)]))
      add(this.nodesOf, address, node.id);
  }

  #recipient(address: string): RecipientFacts {
    let found = this.recipients.get(address);
    if (!found) this.recipients.set(address, (found = { recorded: 0n, claimed: 0n }));
    return found;
  }

  // ── Pool ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #paidOut(event: StoredEvent): void {
    const { timestamp: t } = event;
    const last = this.#released;
    const seconds = last === undefined ? 0 : t - last.t;
    // Payouts in quick succession say little of the rate, and a block may hold two.
    const rate = seconds > 0 ? (word(event, 0) * 86_400n) / BigInt(seconds) : last?.rate;
    this.#released = { t, rate };
    this.#point(t, event.block);
  }

  #point(t: number, block: number): void {
    const point = {
      t,
      block,
      nodes: this.held.size,
      stake: this.stake,
      claimed: this.claimed,
      rate: this.#released?.rate,
    };
    const grain = this.#grain;
    const last = this.#points.at(-1);
    if (last && Math.floor(last.t / grain) === Math.floor(t / grain)) this.#points[this.#points.length - 1] = point;
    else this.#points.push(point);
    while (this.#points.length > POINTS) {
      this.#grain *= 2;
      const wide = this.#grain;
      const cell = (one: Point | undefined) => (one === undefined ? -1 : Math.floor(one.t / wide));
      this.#points = this.#points.filter((one, i, all) => cell(one) !== cell(all[i + 1]));
    }
  }

  // ── Contributions ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #opened(event: StoredEvent): void {
    const address = addressAt(event, 0);
    const opened = this.#contributionAt(address);
    opened.ed25519 = event.data.slice(64, 128);
    opened.operator = addressAt(event, 2);
    opened.events.push(event);
    this.#people(opened);
  }

  /** The factory's event comes last in its transaction: what comes before makes an entry. */
  #contributionAt(address: string): ContributionFacts {
    let found = this.contributions.get(address);
    if (!found) {
      found = {
        address,
        operator: "0".repeat(40),
        ed25519: "0".repeat(64),
        bls: null,
        fee: null,
        manualFinalize: false,
        status: 0,
        contributors: [],
        reserved: [],
        events: [],
      };
      this.contributions.set(address, found);
    }
    this.changed.contributions.add(address);
    return found;
  }

  #contribution(name: string, event: StoredEvent): void {
    const at = this.#contributionAt(event.emitter);
    at.events.push(event);
    switch (name) {
      case "Reset":
        at.status = 0;
        at.contributors = [];
        break;
      case "OpenForPublicContribution":
        at.status = 1;
        break;
      case "Filled":
        at.status = 2;
        break;
      case "Finalized":
        at.status = 3;
        break;
      case "UpdateFee":
        at.fee = Number(word(event, 0));
        break;
      case "UpdateManualFinalize":
        at.manualFinalize = word(event, 0) !== 0n;
        break;
      case "UpdatePubkeys":
        at.bls = event.data.slice(0, 128);
        at.ed25519 = event.data.slice(128, 192);
        break;
      case "UpdateReservedContributors":
        at.reserved = reservedOf(event);
        break;
      case "NewContribution": {
        const staker = addressAt(event, 0);
        const known = at.contributors.find((share) => share.staker === staker);
        const named = addressAt(event, 1);
        // Zero is nobody: on the first payment the payer, later whoever it was.
        const beneficiary = /^0+$/.test(named) ? (known?.beneficiary ?? staker) : named;
        if (known) {
          known.amount += word(event, 2);
          known.beneficiary = beneficiary;
        } else at.contributors.push({ staker, beneficiary, amount: word(event, 2) });
        break;
      }
      case "UpdateStakerBeneficiary": {
        const known = at.contributors.find((share) => share.staker === addressAt(event, 0));
        if (known) known.beneficiary = addressAt(event, 1);
        break;
      }
      case "WithdrawContribution": {
        const index = at.contributors.findIndex((share) => share.staker === addressAt(event, 0));
        const last = at.contributors.pop();
        // The last takes the place of the one that left.
        if (index >= 0 && index < at.contributors.length && last) at.contributors[index] = last;
        if (at.status === 2) at.status = 1;
        break;
      }
    }
    this.#people(at);
  }

  #people(at: ContributionFacts): void {
    const people = [at.operator, ...at.contributors.map(({ staker }) => staker), ...at.reserved.map((r) => r.address)];
    for (const address of people) add(this.contributionsOf, address, at.address);
  }

  // ── Vesting ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #vested(name: string, event: StoredEvent): void {
    const at = this.vesting.get(event.emitter);
    if (!at) return;
    if (name === "RevokerTransferred") at.revoker = addressAt(event, 1);
    if (name === "TokenVestingRevoked") at.revoked = true;
    if (name !== "BeneficiaryTransferred") return;
    this.vestingOf.get(at.beneficiary)?.delete(at.address);
    at.beneficiary = addressAt(event, 1);
    add(this.vestingOf, at.beneficiary, at.address);
  }
}

function fromBody(body: NodeBody, block: number): NodeFacts {
  const shares = body.shares.map(({ amount, ...share }) => ({ ...share, amount: BigInt(amount) }));
  return {
    id: body.id,
    bls: body.bls,
    ed25519: body.ed25519,
    operator: body.operator,
    fee: 0,
    shares,
    deposit: shares.reduce((sum, { amount }) => sum + amount, 0n),
    addedAt: body.addedAt,
    addedBlock: block,
    leaveAt: body.leaveAt,
    leaveBlock: body.leaveAt === 0 ? 0 : block,
    exit: undefined,
    liquidated: false,
    events: [],
  };
}

/** The contributors of a `NewServiceNodeV2`; a beneficiary of zero is the staker. */
function sharesOf(event: StoredEvent): Share[] {
  const start = 1 + Number(word(event, 8) / 32n);
  const length = Number(word(event, start));
  return Array.from({ length }, (_, i) => {
    const at = start + 1 + 3 * i;
    const staker = addressAt(event, at);
    const beneficiary = addressAt(event, at + 1);
    return { staker, beneficiary: /^0+$/.test(beneficiary) ? staker : beneficiary, amount: word(event, at + 2) };
  });
}

function reservedOf(event: StoredEvent): { address: string; amount: bigint }[] {
  const start = Number(word(event, 0) / 32n);
  const length = Number(word(event, start));
  return Array.from({ length }, (_, i) => ({
    address: addressAt(event, start + 1 + 2 * i),
    amount: word(event, start + 2 + 2 * i),
  }));
}

function add<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const found = map.get(key);
  if (found) found.add(value);
  else map.set(key, new Set([value]));
}
