import { HDNodeWallet, id as hashOf, Interface, toBeHex } from "ethers";
import type { Address } from "../core/world.ts";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { PUPPET, READER } from "./puppet.ts";

/** The connection, as far as the model needs it. */
export interface Connection {
  ethers: HardhatEthers;
  provider: { request(request: { method: string; params?: unknown[] }): Promise<unknown> };
}

/** Hardhat's accounts, in their order; all of them have the puppet's code, and a key that signs permits. */
export const ACTORS = ["owner", "alice", "bob", "carol", "dave", "erin", "frank", "grace", "gateway"] as const;

/** The two that send transactions and therefore carry no code. */
const DEPLOYER = 17;
const SENDER = 18;

export const CHAIN_ID = 31337n;
/** Where test/fixtures/legacy-state.json has its contracts; used for every sequence, so that one set of signatures does. */
const TOKEN_AT = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const REWARDS_AT = "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0";
export const READER_AT = "0x00000000000000000000000000000000000a11ce";
/** Code of the implementation before an upgrade: what ran before is not ours. */
export const OLD_IMPLEMENTATION = "0x000000000000000000000000000000000000ac1d";

export const PROXY_SLOTS = {
  implementation: erc1967("eip1967.proxy.implementation"),
  admin: erc1967("eip1967.proxy.admin"),
};

function erc1967(name: string): string {
  return toBeHex(BigInt(hashOf(name)) - 1n, 32);
}

export const UPGRADEABLE = ["token", "rewards", "pool", "factory"] as const;
export type Upgradeable = (typeof UPGRADEABLE)[number];
const CONTRACT_OF = {
  token: "SESHL2",
  rewards: "ServiceNodeRewards",
  pool: "RewardRatePool",
  factory: "ServiceNodeContributionFactory",
} as const;

export interface System {
  connection: Connection;
  actors: Record<string, Address>;
  wallets: Record<Address, HDNodeWallet>;
  sender: Address;
  at: Record<Upgradeable | "l1Token", Address>;
  proxyAdmin: Record<Upgradeable, Address>;
  implementation: Record<Upgradeable, Address>;
  /** ABIs by name of contract; `all` finds any error or event by its selector. */
  interfaces: Record<string, Interface>;
  all: Interface;
  bytecode: Record<string, string>;
  /** Of the deployed contracts, the name of their interface. */
  kinds: Map<Address, string>;
  /** Base of all sequences. */
  snapshot: string;
}

const MNEMONIC = "test test test test test test test test test test test junk";
const CREATED = ["TokenVestingStaking", "TokenVestingNoStaking", "TokenConverter"] as const;

/** Proxies that nobody initialised yet, tokens for everyone, and actors that call. */
export async function deploySystem(connection: Connection): Promise<System> {
  const { ethers, provider } = connection;
  const signers = await ethers.getSigners();
  const deployer = signers[DEPLOYER];
  const sender = signers[SENDER];
  if (deployer === undefined || sender === undefined) throw new Error("the network has too few accounts");

  const actors: Record<string, Address> = {};
  const wallets: Record<Address, HDNodeWallet> = {};
  for (const [index, name] of ACTORS.entries()) {
    const wallet = HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
    const address = wallet.address.toLowerCase();
    actors[name] = address;
    wallets[address] = wallet;
    await provider.request({ method: "hardhat_setCode", params: [address, PUPPET] });
    // what an actor creates must not land where the state file has its contracts, the first addresses of account 0
    await provider.request({ method: "hardhat_setNonce", params: [address, "0x1000"] });
  }
  await provider.request({ method: "hardhat_setCode", params: [READER_AT, READER] });
  await provider.request({ method: "hardhat_setCode", params: [OLD_IMPLEMENTATION, "0x00"] });

  const interfaces: Record<string, Interface> = {};
  const bytecode: Record<string, string> = {};
  for (const name of [
    ...Object.values(CONTRACT_OF),
    ...CREATED,
    "ServiceNodeContribution",
    "SESH",
    "ProxyAdmin",
    "TransparentUpgradeableProxy",
  ]) {
    const factory = await ethers.getContractFactory(name);
    interfaces[name] = factory.interface;
    bytecode[name] = factory.bytecode;
  }

  const at = {} as System["at"];
  const implementation = {} as System["implementation"];
  const proxyAdmin = {} as System["proxyAdmin"];
  const owner = actors["owner"] as Address;
  const fixed: Partial<Record<Upgradeable, Address>> = { token: TOKEN_AT, rewards: REWARDS_AT };
  const kinds = new Map<Address, string>();
  for (const role of UPGRADEABLE) {
    const contract = await ethers.deployContract(CONTRACT_OF[role], [], deployer);
    implementation[role] = (await contract.getAddress()).toLowerCase();
    // any call that succeeds satisfies OpenZeppelin's demand for initialisation data
    const data = contract.interface.encodeFunctionData("VERSION");
    const proxy = await ethers.deployContract(
      "TransparentUpgradeableProxy",
      [implementation[role], owner, data],
      deployer,
    );
    const born = (await proxy.getAddress()).toLowerCase();
    proxyAdmin[role] = `0x${(await ethers.provider.getStorage(born, PROXY_SLOTS.admin)).slice(26)}`;
    at[role] = fixed[role] ?? born;
    if (at[role] !== born) {
      const code = await ethers.provider.getCode(born);
      await provider.request({ method: "hardhat_setCode", params: [at[role], code] });
      for (const slot of Object.values(PROXY_SLOTS)) {
        const word = await ethers.provider.getStorage(born, slot);
        await provider.request({ method: "hardhat_setStorageAt", params: [at[role], ethers.toQuantity(slot), word] });
      }
    }
    kinds.set(at[role], CONTRACT_OF[role]);
    kinds.set(proxyAdmin[role], "ProxyAdmin");
  }
  const l1 = await ethers.deployContract("SESH", [10n ** 18n, owner, REWARDS_AT, TOKEN_AT], deployer);
  at.l1Token = (await l1.getAddress()).toLowerCase();
  kinds.set(at.l1Token, "SESH");

  const all = new Interface(
    [...Object.values(interfaces)].flatMap((item) => item.fragments.filter(({ type }) => type !== "constructor")),
  );
  return {
    connection,
    actors,
    wallets,
    sender: sender.address.toLowerCase(),
    at,
    proxyAdmin,
    implementation,
    interfaces,
    all,
    bytecode,
    kinds,
    snapshot: "",
  };
}

export function encodeCall({ interfaces }: System, kind: string, fn: string, args: readonly unknown[]): string {
  return interfaces[kind]?.encodeFunctionData(fn, args) ?? "0x";
}
