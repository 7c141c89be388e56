import { ethers } from "ethers";
import { EndpointError } from "../../src/chain/transport/index.ts";
import { Refusal } from "../lib/refusal.ts";
import type { Ends } from "./ticketFees.ts";

/** The contracts of the bridge, as the token and the gateways name them. */
export interface Bridge extends Ends {
  token: string;
  l2Token: string;
  l1Gateway: string;
  l1Router: string;
  l2Gateway: string;
  l2Router: string;
}

/** A getter that answers an address. */
export async function ask(
  provider: ethers.Provider,
  address: string,
  getter: string,
  ...args: unknown[]
): Promise<string> {
  const parameters = args.map(() => "address").join(",");
  const contract = new ethers.Contract(address, [`function ${getter}(${parameters}) view returns (address)`], provider);
  try {
    return (await contract.getFunction(getter)(...args)) as string;
  } catch (cause) {
    if (cause instanceof EndpointError) throw cause;
    throw new Refusal("state", `${address} has no ${getter}(): it is not the contract that belongs there.`, { cause });
  }
}

/** Waits until something is so on L2; public endpoints are asked less often than local ones. */
export async function until(
  { local }: Ends,
  seconds: number,
  what: string,
  done: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  const interval = local ? 500 : 5_000;
  for (;;) {
    if (await done()) return;
    if (Date.now() > deadline) {
      throw new Refusal(
        "state",
        `${what} has not happened in ${seconds} s: look at the ticket at retryable-dashboard.arbitrum.io, redeem it there if it failed, and run the same command again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
