import { ethers } from "ethers";
import type { ArbitrumBridge } from "../../test/helpers/arbitrum/deployBridge.ts";
import { deployBridge } from "../../test/helpers/arbitrum/deployBridge.ts";
import { RetryableRelay } from "../../test/helpers/arbitrum/RetryableRelay.ts";
import type { LocalNode } from "../../test/helpers/deployCommand.ts";
import { startNode } from "../../test/helpers/deployCommand.ts";

/** Chain ids of Sepolia and Arbitrum Sepolia: the commands under rehearsal are told that they talk to those. */
const L1_CHAIN_ID = 11_155_111;
export const L2_CHAIN_ID = 421_614;
const MNEMONIC = "test test test test test test test test test test test junk";

/** A key of Hardhat's development mnemonic, funded on both chains and worthless anywhere else. */
export function developmentKey(index: number): string {
  return ethers.HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`).privateKey;
}

/** 1,500 nodes in one view need more than a block of today holds; transactions keep Osaka's cap of 16.8 M. */
const BLOCK_GAS_LIMIT = 200_000_000n;

/** An L1 and an L2 with Arbitrum's own bridge between them. */
export interface TwoChains {
  l1: LocalNode;
  l2: LocalNode;
  bridge: ArbitrumBridge;
  /** Tickets executed on L2 so far. */
  relayed(): number;
  close(): Promise<void>;
}

/**
 * Starts both chains, deploys inbox, bridge, routers and gateways as Offchain Labs compiled them, and relays every retryable
 * ticket in the background, as Arbitrum does.
 */
export async function startChains(): Promise<TwoChains> {
  const [l1, l2] = await Promise.all([
    startNode(L1_CHAIN_ID, BLOCK_GAS_LIMIT),
    startNode(L2_CHAIN_ID, BLOCK_GAS_LIMIT),
  ]);
  const operator = developmentKey(9);
  const bridge = await deployBridge(
    new ethers.NonceManager(new ethers.Wallet(operator, l1.provider)),
    new ethers.NonceManager(new ethers.Wallet(operator, l2.provider)),
    l2.provider,
  );
  const relay = new RetryableRelay(bridge, { l2: l2.provider });
  let relayed = 0;
  let next = (await l1.provider.getBlockNumber()) + 1;
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      const newest = await l1.provider.getBlockNumber();
      for (; next <= newest; next++) {
        const block = await l1.provider.getBlock(next);
        for (const hash of block?.transactions ?? []) {
          const receipt = await l1.provider.getTransactionReceipt(hash);
          if (receipt !== null) relayed += (await relay.relay(receipt)).length;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  // A ticket that fails shows as a deposit that does not arrive, and here:
  loop.catch((error: unknown) =>
    process.stderr.write(`relay: ${error instanceof Error ? error.message : String(error)}\n`),
  );
  return {
    l1,
    l2,
    bridge,
    relayed: () => relayed,
    async close() {
      stopped = true;
      await loop.catch(() => {});
      await Promise.all([l1.close(), l2.close()]);
    },
  };
}
