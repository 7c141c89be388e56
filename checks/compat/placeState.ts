import { id as hashOf, toBeHex } from "ethers";
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import type { SESH, ServiceNodeRewards } from "../../types/ethers-contracts/index.js";

export interface Connection {
  ethers: HardhatEthers;
  networkHelpers: NetworkHelpers;
}

/** ERC-1967: where a proxy keeps its implementation and its admin. */
const PROXY_SLOTS = ["eip1967.proxy.implementation", "eip1967.proxy.admin"].map((name) =>
  toBeHex(BigInt(hashOf(name)) - 1n, 32),
);
/** Far above any balance that a check needs, far below an overflow. */
const PLENTY = 10n ** 18n;

export interface Placed {
  rewards: ServiceNodeRewards;
  token: SESH;
  /** An account with ether and tokens. */
  actAs(address: string): Promise<HardhatEthersSigner>;
}

/**
 * Puts a TransparentUpgradeableProxy to our implementation at `proxy`, with `storage`, and a token at `token` of which the
 * proxy holds plenty.
 */
export async function placeState(
  { ethers, networkHelpers }: Connection,
  state: { proxy: string; token: string; storage: Record<string, string> },
): Promise<Placed> {
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error("the network has no accounts");
  const stand = ethers.getAddress("0x000000000000000000000000000000000000dEaD");
  const model = await ethers.deployContract("SESH", [1n, deployer.address, stand, stand]);
  const implementation = await ethers.deployContract("ServiceNodeRewards");
  // its own storage is not used: any call that succeeds satisfies OpenZeppelin's demand for initialisation data
  const proxyModel = await ethers.deployContract("TransparentUpgradeableProxy", [
    await implementation.getAddress(),
    deployer.address,
    implementation.interface.encodeFunctionData("VERSION"),
  ]);

  await copyCode(await model.getAddress(), state.token);
  await copyCode(await proxyModel.getAddress(), state.proxy);
  const proxySlots = Object.fromEntries(
    await Promise.all(PROXY_SLOTS.map(async (slot) => [slot, await ethers.provider.getStorage(proxyModel, slot)])),
  ) as Record<string, string>;
  // the proxy's own two slots last: those of the old proxy, if the file has them, point to code that is not here
  for (const [slot, word] of Object.entries({ ...state.storage, ...proxySlots })) {
    await ethers.provider.send("hardhat_setStorageAt", [
      state.proxy,
      ethers.toQuantity(slot),
      ethers.toBeHex(word, 32),
    ]);
  }

  const token = await ethers.getContractAt("SESH", state.token);
  await fund(state.proxy);
  return {
    rewards: await ethers.getContractAt("ServiceNodeRewards", state.proxy),
    token,
    async actAs(address) {
      await networkHelpers.impersonateAccount(address);
      await networkHelpers.setBalance(address, 10n ** 21n);
      if ((await token.balanceOf(address)) < PLENTY) await fund(address);
      return ethers.getSigner(address);
    },
  };

  async function copyCode(from: string, to: string): Promise<void> {
    await networkHelpers.setCode(to, await ethers.provider.getCode(from));
  }

  /** balances[address] of OpenZeppelin's ERC20 is in the mapping at slot 0. */
  async function fund(address: string): Promise<void> {
    const slot = ethers.solidityPackedKeccak256(["uint256", "uint256"], [address, 0]);
    await ethers.provider.send("hardhat_setStorageAt", [
      state.token,
      ethers.toQuantity(slot),
      ethers.toBeHex((await token.balanceOf(address)) + PLENTY, 32),
    ]);
  }
}
