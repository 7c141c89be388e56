/** Commands of the command line, and what of their result must not depend on the endpoint's moods. */
import type { World } from "./world.ts";

export interface Case {
  name: string;
  argv: (world: World) => string[];
  /** Transactions that it sends. */
  sends: number;
  /** It prints a line of JSON for each event: the result is the list of them. */
  lines?: boolean;
  /** The part of the result that is compared with that of a good endpoint. */
  essence: (result: never) => unknown;
}

interface Transactions {
  transactions: { method: string; status: string; to: string }[];
}

interface Recorded {
  recipient: string;
  status: string;
  added: string;
}

const steps = ({ transactions }: Transactions): unknown =>
  transactions.map(({ method, status, to }) => [method, status, to]);
const signing = ({ nodes }: World): string[] => ["--nodes-file", nodes];

export const CASES: readonly Case[] = [
  {
    name: "status",
    argv: () => ["status"],
    sends: 0,
    essence: (result: Record<string, unknown>) => {
      const { block, rewardRate, gasPrice, ...rest } = result;
      return { ...rest, told: [typeof block, typeof rewardRate, typeof gasPrice] };
    },
  },
  {
    name: "nodes",
    argv: () => ["nodes"],
    sends: 0,
    essence: ({ nodes, total }: { nodes: unknown; total: unknown }) => ({ nodes, total }),
  },
  { name: "nodes 1", argv: () => ["nodes", "1"], sends: 0, essence: (node: unknown) => node },
  {
    name: "rewards",
    argv: (world) => ["rewards", world.account, ...signing(world)],
    sends: 0,
    essence: ({ recorded, signed, claimable }: Record<string, unknown>) => ({ recorded, signed, claimable }),
  },
  {
    name: "mine",
    argv: (world) => ["mine", world.operator, ...signing(world)],
    sends: 0,
    essence: ({ nodes, staked, wallet, lifetime, claimable }: Record<string, unknown>) => ({
      ...{ nodes, staked, wallet, lifetime, claimable },
    }),
  },
  {
    name: "network",
    argv: (world) => ["network", ...signing(world)],
    sends: 0,
    essence: ({ asked, answered, unregistered, missing, signing: signed }: Record<string, unknown>) => ({
      ...{ asked, answered, unregistered, missing, signed },
    }),
  },
  {
    name: "liquidate list",
    argv: (world) => ["liquidate", "list", ...signing(world)],
    sends: 0,
    essence: ({ candidates }: { candidates: unknown }) => candidates,
  },
  {
    name: "contribute, shown",
    argv: ({ contribution, factory }) => ["contribute", contribution, "--factory", factory],
    sends: 0,
    essence: (view: unknown) => view,
  },
  {
    name: "exit, dry",
    argv: ({ operator }) => ["exit", "2", "--from", operator, "--dry-run"],
    sends: 0,
    essence: steps,
  },
  {
    name: "liquidate, dry",
    argv: (world) => ["liquidate", "3", ...signing(world)],
    sends: 0,
    essence: steps,
  },
  {
    name: "claim, dry",
    argv: (world) => ["claim", ...signing(world)],
    sends: 0,
    essence: ({ status, path, amount, claimable }: Record<string, unknown>) => ({ status, path, amount, claimable }),
  },
  {
    name: "claim",
    argv: (world) => ["claim", ...signing(world), "--broadcast"],
    sends: 1,
    essence: ({ status, path, amount }: Record<string, unknown>) => ({ status, path, amount }),
  },
  {
    name: "register",
    argv: ({ registration }) => [
      "register",
      "--registration",
      registration,
      "--fee",
      "5",
      "--no-permit",
      "--broadcast",
    ],
    sends: 2,
    essence: steps,
  },
  {
    name: "contribute",
    argv: ({ contribution, factory }) => [
      "contribute",
      contribution,
      "--factory",
      factory,
      "--amount",
      "rest",
      "--no-permit",
      "--broadcast",
    ],
    sends: 2,
    essence: steps,
  },
  {
    name: "claim --file",
    argv: (world) => ["claim", "--file", world.people, ...signing(world), "--broadcast"],
    sends: 1,
    essence: ({ recipients, transactions }: Transactions & { recipients: Recorded[] }) => [
      recipients.map(({ recipient, status, added }) => [recipient, status, added]),
      steps({ transactions }),
    ],
  },
  {
    name: "exit",
    argv: () => ["exit", "2", "--key-variable", "OPERATOR_KEY", "--broadcast"],
    sends: 1,
    essence: steps,
  },
  {
    name: "liquidate",
    argv: (world) => ["liquidate", "all", ...signing(world), "--broadcast"],
    sends: 1,
    essence: steps,
  },
  {
    name: "watch",
    argv: (world) => ["watch", "--once", "--any-price", ...signing(world), "--broadcast"],
    sends: 1,
    lines: true,
    essence: (lines: { msg: string; node?: unknown }[]) =>
      lines.filter(({ msg }) => msg === "liquidated").map(({ node }) => node),
  },
];
