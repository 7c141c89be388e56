import { ethers } from "ethers";
import hre from "hardhat";
import type { Chain, Step } from "./execute.ts";
import { execute } from "./execute.ts";
import { readProxy } from "./erc1967.ts";
import type { NetworkInfo } from "./networks.ts";
import type { Parameters } from "./parameters.ts";
import type { Addresses, Stage } from "./stages.ts";
import { givenToken, proxiesOf } from "./stages.ts";

/** The deployer of a dry run for which no key is set: Hardhat's first development account. */
const STAND_IN = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

export interface Plan {
  steps: (Step & { afterAcceptance: boolean })[];
  totalGas: bigint;
  /** Of the dry run alone: on the real chain they follow from the deployer's nonce. */
  addresses: Addresses;
}

/**
 * Runs every stage on a chain of this process with the network's chain id: the same modules, the same parameters, real gas.
 * Where the parameters name a token, SESH's code stands in for it at that address.
 */
export async function dryRun(info: NetworkInfo, parameters: Parameters, stages: Stage[]): Promise<Plan> {
  const connection = await hre.network.create({ network: "hardhat", override: { chainId: info.chainId } });
  try {
    const { ethers: local } = connection;
    const token = givenToken(parameters);
    const amount = parameters.Funding?.["amount"];
    if (token !== undefined) await placeToken(connection, token, typeof amount === "bigint" ? amount : 0n);
    const accounts = (await connection.provider.request({ method: "eth_accounts" })) as string[];
    const chain: Chain = { provider: connection.provider, fast: true };

    const addresses: Addresses = { ...(token === undefined ? {} : { token }) };
    const steps: Plan["steps"] = [];
    for (const stage of stages) {
      const { contracts, steps: done } = await execute(chain, stage, addresses, { accounts });
      collect(addresses, stage, contracts);
      if (stage.name === "TokenL2" && typeof amount === "bigint")
        await bridged(connection, parameters, addresses, amount);
      await collectAdmins(addresses, parameters, local.provider);
      steps.push(...done.map((step) => ({ ...step, afterAcceptance: stage.afterAcceptance === true })));
    }
    return { steps, totalGas: steps.reduce((sum, step) => sum + step.gasUsed, 0n), addresses };
  } finally {
    await connection.close();
  }
}

/** Takes over a stage's contracts; the last one names the admins, not new contracts. */
export function collect(addresses: Addresses, stage: Stage, contracts: Record<string, string>): void {
  if (stage.afterAcceptance !== true) Object.assign(addresses, contracts);
}

/** Adds the ProxyAdmins, which each proxy made by itself. */
export async function collectAdmins(
  addresses: Addresses,
  parameters: Parameters,
  provider: ethers.Provider,
): Promise<void> {
  for (const name of proxiesOf(parameters)) {
    const proxy = addresses[name];
    if (proxy !== undefined) addresses[`${name}Admin`] ??= (await readProxy(provider, proxy)).admin;
  }
}

type Local = Awaited<ReturnType<typeof hre.network.create>>;

/** What the deployer will have bridged by the time it funds the pool: minted by the gateway, as the bridge does it. */
async function bridged(
  { ethers: local, provider }: Local,
  parameters: Parameters,
  addresses: Addresses,
  amount: bigint,
) {
  const gateway = String(parameters.TokenL2?.["l2Gateway"]);
  const [deployer] = await local.getSigners();
  await provider.request({ method: "hardhat_impersonateAccount", params: [gateway] });
  await provider.request({ method: "hardhat_setBalance", params: [gateway, ethers.toQuantity(10n ** 18n)] });
  const token = await local.getContractAt("SESHL2", addresses.token ?? "", await local.getSigner(gateway));
  await token.bridgeMint(deployer?.address ?? STAND_IN, amount);
}

async function placeToken(connection: Local, token: string, balance: bigint): Promise<void> {
  const { ethers: local, provider } = connection;
  const [deployer] = await local.getSigners();
  if (deployer === undefined) throw new Error("the in-process chain has no account");
  const supply = 240_000_000n * 10n ** 9n;
  const stand = await local.deployContract("SESH", [supply, deployer, STAND_IN, STAND_IN]);
  const code = await local.provider.getCode(await stand.getAddress());
  await provider.request({ method: "hardhat_setCode", params: [token, code] });
  // OpenZeppelin's ERC20 keeps `_balances` in slot 0.
  const slot = ethers.keccak256(
    ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [deployer.address, 0]),
  );
  await provider.request({ method: "hardhat_setStorageAt", params: [token, slot, ethers.toBeHex(balance, 32)] });
}
