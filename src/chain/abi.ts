/**
 * The ABIs of every contract of the system, human readable, as ethers takes them: `new Interface(serviceNodeRewardsAbi)`.
 *
 * They are the interface that real nodes, wallets and portals depend on; entries may be added (`additions.ts`), none removed
 * or changed.
 */
export * from "./abi/index.ts";
