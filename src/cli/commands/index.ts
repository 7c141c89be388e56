import type { BoundCommand } from "../terminal/command.ts";
import type { CommandName } from "./headings.ts";

/** Each command's module, loaded when it is asked for: most of the program is not needed for any one of them. */
export const LOADERS: Readonly<Record<CommandName, () => Promise<BoundCommand>>> = {
  status: async () => (await import("./status.ts")).statusCommand,
  nodes: async () => (await import("./nodes.ts")).nodesCommand,
  mine: async () => (await import("./mine.ts")).mineCommand,
  rewards: async () => (await import("./rewards.ts")).rewardsCommand,
  claim: async () => (await import("./claim.ts")).claimCommand,
  register: async () => (await import("./register.ts")).registerCommand,
  contribute: async () => (await import("./contribute.ts")).contributeCommand,
  exit: async () => (await import("./exit.ts")).exitCommand,
  liquidate: async () => (await import("./liquidate.ts")).liquidateCommand,
  watch: async () => (await import("./watch.ts")).watchCommand,
  serve: async () => (await import("./serve.ts")).serveCommand,
  network: async () => (await import("./network.ts")).networkCommand,
  keys: async () => (await import("./keys.ts")).keysCommand,
};
