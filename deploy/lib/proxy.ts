import type {
  ArgumentType,
  IgnitionModuleBuilder,
  NamedArtifactContractAtFuture,
} from "@nomicfoundation/ignition-core";

/**
 * An implementation, a transparent proxy in front of it initialised in the same transaction (nobody can come between), and the
 * proxy under the implementation's ABI. The proxy makes its own ProxyAdmin, owned by `proxyAdminOwner`; its address is in the
 * `AdminChanged` event and in the ERC-1967 admin slot.
 */
export function deployProxy<Name extends string>(
  m: IgnitionModuleBuilder,
  contract: Name,
  proxyAdminOwner: ArgumentType,
  initializeArgs: ArgumentType[],
): NamedArtifactContractAtFuture<Name> {
  const implementation = m.contract(contract, [], { id: `${contract}_Implementation` });
  const data = m.encodeFunctionCall(implementation, "initialize", initializeArgs, { id: `${contract}_InitData` });
  const proxy = m.contract("TransparentUpgradeableProxy", [implementation, proxyAdminOwner, data], {
    id: `${contract}_Proxy`,
  });
  return m.contractAt(contract, proxy, { id: contract });
}
