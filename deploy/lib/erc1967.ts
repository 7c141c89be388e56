import { ethers } from "ethers";

/** ERC-1967: keccak256("eip1967.proxy.implementation") - 1 and keccak256("eip1967.proxy.admin") - 1. */
export const IMPLEMENTATION_SLOT = slot1967("eip1967.proxy.implementation");
const ADMIN_SLOT = slot1967("eip1967.proxy.admin");

/**
 * ERC-7201 slot of OpenZeppelin's Initializable: a version in its low eight bytes, all ones after `_disableInitializers()`.
 * keccak256(keccak256("openzeppelin.storage.Initializable") - 1) without its last byte.
 */
export const INITIALIZABLE_SLOT = slot7201("openzeppelin.storage.Initializable");

export interface ProxyState {
  implementation: string;
  admin: string;
}

/** Implementation and ProxyAdmin of a transparent proxy, from its storage. Zero addresses when it is not one. */
export async function readProxy(provider: ethers.Provider, proxy: string, blockTag?: number): Promise<ProxyState> {
  const [implementation, admin] = await Promise.all([
    provider.getStorage(proxy, IMPLEMENTATION_SLOT, blockTag),
    provider.getStorage(proxy, ADMIN_SLOT, blockTag),
  ]);
  return { implementation: addressIn(implementation), admin: addressIn(admin) };
}

/** The version a contract is initialised to; 2^64 - 1 when it can never be initialised. */
export async function readInitialized(provider: ethers.Provider, address: string): Promise<bigint> {
  return BigInt(await provider.getStorage(address, INITIALIZABLE_SLOT)) & 0xffff_ffff_ffff_ffffn;
}

function addressIn(word: string): string {
  return ethers.getAddress(ethers.dataSlice(word, 12));
}

function slot1967(name: string): string {
  return ethers.toBeHex(BigInt(ethers.id(name)) - 1n, 32);
}

function slot7201(name: string): string {
  const inner = ethers.toBeHex(BigInt(ethers.id(name)) - 1n, 32);
  return ethers.toBeHex((BigInt(ethers.keccak256(inner)) >> 8n) << 8n, 32);
}
