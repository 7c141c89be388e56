import { ChainError } from "../../src/chain/errors.ts";
import type { Chain } from "./chain.ts";

/** How long a transaction may be in a block while the endpoint gives no receipt of it, ms. */
const PATIENCE_MS = 60_000;

/**
 * The chain, with an end to the wait for a receipt that never comes. Ignition looks for one again with each new block, so that it
 * would wait for ever where blocks are made on demand, and elsewhere offer higher fees for what is included already.
 *
 * @throws ChainError `no-receipt`, from whatever is asked next
 */
export function expectingReceipts({ provider, ...chain }: Chain, patienceMs = PATIENCE_MS): Chain {
  const blocks = new Map<string, number>();
  const missingSince = new Map<string, number>();

  const note = (method: string, hash: string, answer: unknown): void => {
    if (method === "eth_getTransactionByHash") {
      const { blockNumber } = (answer ?? {}) as { blockNumber?: string | null };
      if (typeof blockNumber === "string") blocks.set(hash, Number(blockNumber));
      // Waiting still, or again: its block was taken back.
      else for (const map of [blocks, missingSince]) map.delete(hash);
    } else if (method === "eth_getTransactionReceipt") {
      if (answer !== null) missingSince.delete(hash);
      else if (blocks.has(hash) && !missingSince.has(hash)) missingSince.set(hash, performance.now());
    }
  };

  return {
    ...chain,
    provider: {
      async request({ method, params = [] }) {
        const answer = await provider.request({ method, params });
        note(method, String(params[0]), answer);
        for (const [hash, since] of missingSince) {
          if (performance.now() - since < patienceMs) continue;
          const text = `${hash} is in block ${blocks.get(hash)}, and the endpoint gives no receipt of it: run the same command again, with another endpoint (--rpc) if it stays so.`;
          throw new ChainError("no-receipt", text, { hash });
        }
        return answer;
      },
    },
  };
}
