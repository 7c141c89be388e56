import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Contract, ContractFactory } from "ethers";
import type { InterfaceAbi, Signer } from "ethers";

/**
 * Arbitrum's own contracts, compiled by Offchain Labs, out of the npm package `@arbitrum/token-bridge-contracts` and the
 * `@arbitrum/nitro-contracts` that it depends on. Knows ethers only: any JSON-RPC signer will do.
 */
export interface VendorArtifact {
  abi: InterfaceAbi;
  bytecode: string;
  deployedBytecode: string;
}

const packages = createRequire(import.meta.url);
const nitro = createRequire(packages.resolve("@arbitrum/token-bridge-contracts/package.json"));

const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as VendorArtifact;

const gateway = (path: string) =>
  read(packages.resolve(`@arbitrum/token-bridge-contracts/build/contracts/contracts/tokenbridge/${path}.json`));

const core = (name: string) =>
  read(nitro.resolve(`@arbitrum/nitro-contracts/build/contracts/src/bridge/${name}.sol/${name}.json`));

export const vendor = {
  bridge: () => core("Bridge"),
  inbox: () => core("Inbox"),
  outbox: () => core("Outbox"),
  l1Router: () => gateway("ethereum/gateway/L1GatewayRouter.sol/L1GatewayRouter"),
  l1Gateway: () => gateway("ethereum/gateway/L1CustomGateway.sol/L1CustomGateway"),
  l2Router: () => gateway("arbitrum/gateway/L2GatewayRouter.sol/L2GatewayRouter"),
  l2Gateway: () => gateway("arbitrum/gateway/L2CustomGateway.sol/L2CustomGateway"),
  /** OpenZeppelin's proxy, as its package ships it compiled. */
  proxy: () => read(packages.resolve("@openzeppelin/contracts/build/contracts/TransparentUpgradeableProxy.json")),
  /** The vendor's stand-in for the precompile that a local chain does not have. */
  arbSys: () => gateway("test/ArbSysMock.sol/ArbSysMock"),
};

/** Deploys `artifact`; with `behindProxy`, under a transparent proxy (the bridge refuses to work otherwise). */
export async function deployVendor(
  artifact: VendorArtifact,
  signer: Signer,
  { args = [], behindProxy = false }: { args?: unknown[]; behindProxy?: boolean } = {},
): Promise<Contract> {
  const contract = await new ContractFactory(artifact.abi, artifact.bytecode, signer).deploy(...args);
  await contract.waitForDeployment();
  let address = await contract.getAddress();
  if (behindProxy) {
    const owner = "0x000000000000000000000000000000000000dEaD";
    // initialised by a call of its own: OpenZeppelin's proxy refuses empty data, so some view takes its place
    const data = contract.interface.encodeFunctionData(contract.interface.hasFunction("rollup") ? "rollup" : "bridge");
    const proxy = await new ContractFactory(vendor.proxy().abi, vendor.proxy().bytecode, signer).deploy(
      address,
      owner,
      data,
    );
    await proxy.waitForDeployment();
    address = await proxy.getAddress();
  }
  return new Contract(address, artifact.abi, signer);
}
