import { ContractFactory } from "ethers";
import hre from "hardhat";
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

const DAY = 86_400;

/** Vesting contracts of one investor, with the stake of a node each: two locked for a year, and one for an hour. */
export async function deployVesting(net: Devnet): Promise<{ locked: string; ending: string; staking: string }> {
  const { abi, bytecode } = await hre.artifacts.readArtifact("TokenVestingStaking");
  const { rewards, factory, token } = net.chain.addresses;
  const deployer = new ContractFactory(abi, bytecode, net.account(ACCOUNTS.owner));
  const parties = [net.address(ACCOUNTS.vesting), net.address(ACCOUNTS.owner)] as const;
  const make = async (seconds: number): Promise<string> => {
    const start = (await net.newest()).timestamp + 5;
    const contract = await deployer.deploy(...parties, start, start + seconds, false, rewards, factory, token);
    await contract.waitForDeployment();
    const address = await contract.getAddress();
    await net.fund(address, net.requirement);
    return address;
  };
  return { locked: await make(365 * DAY), staking: await make(365 * DAY), ending: await make(3_600) };
}
