import type { Contract, Signer } from "ethers";
import { deployVendor, vendor } from "./vendor.ts";

/** Where Arbitrum has the precompile for messages to L1. */
export const ARB_SYS = "0x0000000000000000000000000000000000000064";

/** What the bridge needs of a chain beside ethers: the raw call, for the methods of local nodes (Hardhat, Anvil). */
export interface LocalChain {
  send(method: string, params: unknown[]): Promise<unknown>;
}

export interface ArbitrumBridge {
  /** L1: message queue in, message queue out, and the contract between them that holds the funds. */
  inbox: Contract;
  outbox: Contract;
  bridge: Contract;
  l1Router: Contract;
  l1Gateway: Contract;
  l2Router: Contract;
  l2Gateway: Contract;
  /** Stands for the rollup: it may post the roots of what L2 sent. */
  rollup: Signer;
}

async function settle(transaction: Promise<{ wait(): Promise<unknown> }>): Promise<void> {
  await (await transaction).wait();
}

const ZERO = "0x0000000000000000000000000000000000000000";

/**
 * Deploys Arbitrum's inbox, bridge and outbox and the token bridge (routers and custom gateways) on two chains, as they are on
 * Ethereum and Arbitrum One. `l1` becomes owner of router and gateway and plays the rollup.
 */
export async function deployBridge(l1: Signer, l2: Signer, l2Chain: LocalChain): Promise<ArbitrumBridge> {
  const rollup = await l1.getAddress();
  const bridge = await deployVendor(vendor.bridge(), l1, { behindProxy: true });
  const inbox = await deployVendor(vendor.inbox(), l1, { args: [117_964n], behindProxy: true });
  const outbox = await deployVendor(vendor.outbox(), l1, { behindProxy: true });
  const l1Router = await deployVendor(vendor.l1Router(), l1);
  const l1Gateway = await deployVendor(vendor.l1Gateway(), l1);
  const l2Router = await deployVendor(vendor.l2Router(), l2);
  const l2Gateway = await deployVendor(vendor.l2Gateway(), l2);

  await settle(bridge.getFunction("initialize")(rollup));
  await settle(inbox.getFunction("initialize")(bridge, ZERO));
  await settle(outbox.getFunction("initialize")(bridge));
  await settle(bridge.getFunction("setDelayedInbox")(inbox, true));
  await settle(bridge.getFunction("setOutbox")(outbox, true));
  await settle(l1Router.getFunction("initialize")(rollup, ZERO, ZERO, l2Router, inbox));
  await settle(l1Gateway.getFunction("initialize")(l2Gateway, l1Router, inbox, rollup));
  await settle(l2Router.getFunction("initialize")(l1Router, ZERO));
  await settle(l2Gateway.getFunction("initialize")(l1Gateway, l2Router));
  await l2Chain.send("hardhat_setCode", [ARB_SYS, vendor.arbSys().deployedBytecode]);
  return { inbox, outbox, bridge, l1Router, l1Gateway, l2Router, l2Gateway, rollup: l1 };
}
