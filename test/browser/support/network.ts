import type { Report } from "../../../devnet/report.ts";
import { ACCOUNTS, Devnet } from "../../../devnet/run.ts";
import { bringUpNodes, fundPool } from "../../../devnet/steps.ts";
import { devWallet } from "../../../devnet/chain.ts";
import { RULES, syncAll } from "../../../devnet/network.ts";

/** The least with two dead nodes and a liar beside enough honest ones. */
const SEEDED = 9;

/** A chain, the contracts, real nodes that sign; some rewards have accrued. */
export async function startNetwork(): Promise<Devnet> {
  const net = new Devnet({ seeded: SEEDED, report: { note: () => undefined } as unknown as Report });
  const quiet = () => undefined;
  await net.start(quiet);
  await net.seed(quiet);
  await net.register(ACCOUNTS.dave, []);
  await fundPool(net, quiet);
  await bringUpNodes(net, quiet);
  await letEarn(net, 6);
  return net;
}

/** Lets rounds pass, so that everybody earns, and pays the pool's part in. */
export async function letEarn(net: Devnet, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) await net.chain.advance(RULES.roundSeconds);
  await net.releasePool();
  await syncAll(net.nodes);
}

/** The key of a person of the local network. */
export function keyOf(account: number): string {
  return devWallet(account).privateKey;
}
