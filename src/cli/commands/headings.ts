/** What each command is called and does: enough for the program's help, without loading any of them. */
export const HEADINGS = {
  status: {
    command: "status",
    describe: "The contract: parameters, cap of this claim cycle, thresholds, nodes by state",
  },
  nodes: {
    command: "nodes [node]",
    describe: "The registered nodes; or one in full, by id, BLS key or Ed25519 key",
  },
  mine: {
    command: "mine <address>",
    describe: "Your nodes: stake, state, time to unlock; what you can claim, and what to do next",
  },
  rewards: {
    command: "rewards <address>",
    describe: "Rewards of an address: recorded, claimed, claimable; with nodes also what the network has signed for",
  },
  claim: {
    command: "claim",
    describe: "Claim your rewards against the network's signature; or record those of many recipients (--file)",
  },
  register: {
    command: "register",
    describe: "Register a node with your stake; or open a contribution contract for several stakers (--open)",
  },
  contribute: {
    command: "contribute <contract>",
    describe: "A contribution contract: show it, pay in (--amount), take out (--withdraw), finalize, reset",
  },
  exit: {
    command: "exit <node>",
    describe: "Take a node out: request it; then exit with the network's signature, or without one after 30 days",
  },
  liquidate: {
    command: "liquidate <what>",
    describe: "Remove nodes that the network has given up, for a share of their stake: list, one, all",
  },
  watch: {
    command: "watch",
    describe: "Liquidate as a service: poll, have it signed, weigh the share against the gas, send; metrics and health",
  },
  serve: {
    command: "serve",
    describe:
      "The staking portal: index of the chain, the staking page and its interface over HTTP, metrics and health",
  },
  network: {
    command: "network",
    describe: "Ping every node: who answers, versions, latencies, and who would not sign",
  },
  keys: {
    command: "keys",
    describe: "Key files: generate, import, show the public parts",
  },
} as const;

export type CommandName = keyof typeof HEADINGS;
