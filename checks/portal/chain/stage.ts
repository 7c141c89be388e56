/** Contracts, people and nodes of the story, as they stand. */
import type { TestNode } from "../../../test/helpers/TestNetwork.ts";
import { testNode } from "../../../test/helpers/TestNetwork.ts";
import { deriveTags } from "../../../src/bls/index.ts";
import { Random } from "../../simulate/random.ts";
import { personOf, Signers } from "./cast.ts";
import type { Deployed, Driver } from "./driver.ts";
import type { Plan } from "./plan.ts";

export const SESH = 10n ** 9n;
export const REQUIREMENT = 25_000n * SESH;
export const DAY = 86_400;
/** Stand-ins for Arbitrum's L1 gateway and router, which only the token's registration calls. */
const GATEWAY = "0xcEe284F754E854890e311e3280b767F80797180d";
const ROUTER = "0x72ce9c846789fdb6fc1f34ac4ad25dd9ef7031ef";

export interface Contracts {
  token: Deployed;
  pool: Deployed;
  rewards: Deployed;
  factory: Deployed;
  lens: Deployed;
}

/** A contributor's part of a node, as the contracts take it. */
export interface Share {
  staker: { addr: string; beneficiary: string };
  stakedAmount: bigint;
}

export interface Member {
  id: number;
  node: TestNode;
  operator: string;
}

/** A contribution contract that does not fill. */
export interface OpenContribution {
  contract: Deployed;
  operator: string;
  /** Others who paid, the earliest first. */
  paid: string[];
  /** When the first of them may withdraw. */
  until: number;
}

export class Stage {
  readonly random = new Random(15);
  readonly signers: Signers;
  /** Nodes that nobody has asked to leave. */
  readonly staying: Member[] = [];
  readonly open: OpenContribution[] = [];
  /** What the network has signed for everybody who earns, and what of it is not claimed. */
  readonly lifetime = new Map<string, bigint>();
  readonly claimable = new Map<string, bigint>();
  /** Nodes that were ever in the contract. */
  joined = 0;
  #nodes = 0;
  #checked: Promise<Error | undefined> = Promise.resolve(undefined);
  #people = 0;

  readonly driver: Driver;
  readonly plan: Plan;
  readonly contracts: Contracts;
  /** Holder of the supply, owner of all. */
  readonly owner: string;

  private constructor(driver: Driver, plan: Plan, contracts: Contracts, owner: string, chainId: number) {
    this.driver = driver;
    this.plan = plan;
    this.contracts = contracts;
    this.owner = owner;
    this.signers = new Signers(deriveTags({ chainId, contract: contracts.rewards.address }));
  }

  static async build(driver: Driver, plan: Plan): Promise<Stage> {
    const chainId = Number(await driver.rpc("eth_chainId", []));
    const owner = personOf(-1);
    await driver.admit([owner]);
    const token = await driver.deploy(owner, "SESH", [240_000_000n * SESH, owner, GATEWAY, ROUTER]);
    const pool = await driver.deployProxy(owner, "RewardRatePool", [owner, token.address]);
    const settings = [token.address, pool.address, REQUIREMENT, 10, 3, 17, 9980];
    const rewards = await driver.deployProxy(owner, "ServiceNodeRewards", settings);
    const factory = await driver.deployProxy(owner, "ServiceNodeContributionFactory", [rewards.address]);
    const lens = await driver.deploy(owner, "ServiceNodeRewardsLens");
    return new Stage(driver, plan, { token, pool, rewards, factory, lens }, owner, chainId);
  }

  newNode(): TestNode {
    return testNode(100_000 + this.#nodes++);
  }

  /** A node is in the contract: it has the next id, and signs from now on. */
  enter(node: TestNode, shares: readonly Share[]): void {
    this.signers.join(node);
    this.staying.push({ id: ++this.joined, node, operator: shares[0]?.staker.addr as string });
    for (const { staker } of shares) {
      if (!this.lifetime.has(staker.beneficiary)) this.lifetime.set(staker.beneficiary, 0n);
    }
  }

  /** Parts of a node: the operator's a quarter and something odd, the others' alike and no less than the minimum; some let another address earn. */
  shares(count: number): Share[] {
    const first = count === 1 ? REQUIREMENT : REQUIREMENT / 4n + BigInt(this.random.below(1_000_000_000));
    const each = count === 1 ? 0n : (REQUIREMENT - first) / BigInt(count - 1) + 1n;
    return Array.from({ length: count }, (_, i) => {
      const addr = this.#next();
      const last = REQUIREMENT - first - each * BigInt(count - 2);
      const stakedAmount = i === 0 ? first : i === count - 1 ? last : each;
      const beneficiary = count > 1 && this.random.chance(0.05) ? this.somebody() : addr;
      return { staker: { addr, beneficiary }, stakedAmount };
    });
  }

  /** Stakers in turn, so that everybody has a share in something. */
  #next(): string {
    return personOf(this.#people++ % this.plan.stakers);
  }

  somebody(): string {
    return personOf(this.random.below(this.plan.stakers));
  }

  /** A transaction in a block of its own, as on a chain with a block every quarter of a second. */
  async act(from: string, to: Deployed, method: string, args: readonly unknown[], gas = 2_500_000): Promise<string> {
    await this.driver.admit([from]);
    const hash = await this.driver.send(from, to, method, args, gas);
    await this.driver.mine();
    // Looked at while the next one is on its way.
    await this.settle();
    this.#checked = this.driver.receipt(hash).then(
      () => undefined,
      (error: unknown) => new Error(`${method}: ${(error as Error).message}`),
    );
    return hash;
  }

  /** Throws if the newest transaction failed. */
  async settle(): Promise<void> {
    const error = await this.#checked;
    if (error !== undefined) throw error;
  }
}
