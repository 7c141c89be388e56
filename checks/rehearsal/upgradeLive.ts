import { readFileSync } from "node:fs";
import { ethers } from "ethers";
import hre from "hardhat";
import { IMPLEMENTATION_SLOT, readProxy } from "../../deploy/lib/erc1967.ts";
import { readLayouts, validateUpgrade } from "../../deploy/lib/layout.ts";
import { checkPlaced } from "../compat/checkState.ts";
import { placeState } from "../compat/placeState.ts";
import type { StateFile } from "../compat/stateFile.ts";
import type { Report } from "../../devnet/report.ts";
import { check } from "../../devnet/report.ts";
import { compareStates, probe, upgradeCall } from "../../deploy/ops/simulate.ts";
import { readState } from "../../deploy/ops/state.ts";
import { generateLegacyState } from "./legacyState.ts";

const FIXTURE = new URL("../../test/fixtures/legacy-state.json", import.meta.url);
const LAYOUTS = new URL("../../test/fixtures/storage-layout.json", import.meta.url).pathname;

/** What runs behind the proxy before the upgrade: the live code is not ours to ship, so a variant of ours stands in for it. */
const STAND_IN = "TestnetServiceNodeRewards";
const IMPLEMENTATION = "ServiceNodeRewards";

export function legacyState(): StateFile {
  return JSON.parse(readFileSync(FIXTURE, "utf8")) as StateFile;
}

/** Takes the twelve-node state of the live system, then one with `nodes` nodes, through the upgrade and back. */
export async function rehearseUpgrade(report: Report, nodes: number): Promise<void> {
  await upgradeOne(report, "legacy-state.json", legacyState());
  await upgradeOne(report, `${nodes} generated nodes`, generateLegacyState(legacyState(), nodes));
}

/** One state: validated, upgraded through the ProxyAdmin, compared, back, forward again, and every check of compat:state. */
export async function upgradeOne(report: Report, name: string, state: StateFile): Promise<void> {
  const connection = await hre.network.create({
    network: "hardhat",
    override: {
      chainId: Number(state.chainId),
      initialDate: new Date(Number(state.takenAt) * 1_000),
      blockGasLimit: 1_000_000_000,
    },
  });
  try {
    const provider = connection.ethers.provider as unknown as ethers.JsonRpcProvider;
    const [deployer] = await connection.ethers.getSigners();
    if (deployer === undefined) throw new Error("the chain has no account");
    const recipients = Object.keys(state.expected.recipients);
    const read = () => readState(provider, state.proxy, { more: recipients });

    const placed = await placeState(connection, state);
    const old = await (await connection.ethers.deployContract(STAND_IN)).getAddress();
    await provider.send("hardhat_setStorageAt", [state.proxy, IMPLEMENTATION_SLOT, ethers.zeroPadValue(old, 32)]);
    const before = await read();
    const gasBefore = await probe(provider, "rewards", state.proxy, await provider.getBlockNumber());
    const plan = {
      proxy: state.proxy,
      admin: before.admin,
      adminOwner: deployer.address,
      artifact: IMPLEMENTATION,
      initData: "0x",
      oldAdmin: false,
    };
    const send = async (implementation: string): Promise<bigint> => {
      const { data } = upgradeCall(plan, implementation);
      const receipt = await (await deployer.sendTransaction({ to: plan.admin, data })).wait();
      const now = await readProxy(provider, state.proxy);
      check(now.implementation === implementation, `the implementation is ${now.implementation}`);
      return receipt?.gasUsed ?? 0n;
    };
    const unchanged = async (when: string) => {
      const differences = compareStates(before, await read());
      check(differences.length === 0, `${when}: ${differences.slice(0, 3).join("; ")}`);
    };

    await report.step(`${name}: layout`, async () => {
      const deployed = readLayouts(LAYOUTS)[IMPLEMENTATION];
      if (deployed === undefined) throw new Error("the fixture has no layout of the rewards contract");
      await validateUpgrade(IMPLEMENTATION, deployed);
      return { what: `${IMPLEMENTATION} fits the deployed layout; OpenZeppelin's rules hold` };
    });
    let implementation = "";
    await report.step(`${name}: upgrade`, async () => {
      const deployed = await connection.ethers.deployContract(IMPLEMENTATION);
      implementation = await deployed.getAddress();
      const gasUsed = await send(implementation);
      await unchanged("after the upgrade");
      const { nodes } = before;
      return {
        what: `through the ProxyAdmin; ${nodes.length} nodes, ${Object.keys(before.recipients).length} recipients and every setting as before`,
        gasUsed,
      };
    });
    await report.step(`${name}: gas`, async () => {
      const gasAfter = await probe(provider, "rewards", state.proxy, await provider.getBlockNumber());
      const what = gasBefore.map(
        ({ operation, gas }, index) => `${operation} ${shown(gas)} -> ${shown(gasAfter[index]?.gas)}`,
      );
      return { what: `before (${STAND_IN} as a stand-in) -> after: ${what.join(", ")}` };
    });
    await report.step(`${name}: the way back`, async () => {
      const gasUsed = await send(old);
      await unchanged("after the way back");
      await send(implementation);
      await unchanged("after the second upgrade");
      return { what: "back to the old implementation and forward again, the state as before", gasUsed };
    });
    await report.step(`${name}: compat:state`, async (progress) => {
      const checks = await checkPlaced(connection, placed, state, ({ name: done }) => progress(done));
      const failed = checks.filter(({ ok }) => !ok);
      check(
        failed.length === 0,
        failed
          .map(({ name: which, detail }) => `${which}: ${detail}`)
          .slice(0, 3)
          .join("; "),
      );
      return {
        what: `${checks.length} checks: every view, then a claim, a registration, exits and a liquidation, signed`,
      };
    });
  } finally {
    await connection.close();
  }
}

function shown(gas: bigint | undefined): string {
  return gas === undefined ? "reverts" : gas.toLocaleString("en");
}
