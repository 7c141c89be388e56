/**
 * What mocha's processes, and the programs that tests start from them, inherit. Hardhat has each of them load tsx; Node strips the
 * types of this project by itself, and keeps what it has compiled of them and of their packages for the next.
 */
import { resolve } from "node:path";
import type { TestHooks } from "hardhat/types/hooks";

export default (): Promise<Partial<TestHooks>> =>
  Promise.resolve({
    onTestRunStart: async (context, id, next) => {
      // a Node that does not strip types needs tsx
      if (process.features.typescript) process.env["NODE_OPTIONS"] = withoutTsx(process.env["NODE_OPTIONS"] ?? "");
      process.env["NODE_COMPILE_CACHE"] ??= resolve("node_modules/.cache/node");
      await next(context, id);
    },
  });

/** As Hardhat writes it: `--import "file:///…/tsx/dist/esm/index.mjs"`. */
export function withoutTsx(options: string): string {
  return options.replace(/--import "[^"]*\/tsx\/[^"]*"/, "").trim();
}
