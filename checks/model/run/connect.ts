import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { CHAIN_ID } from "../chain/system.ts";
import type { Connection } from "../chain/system.ts";

/** When test/fixtures/legacy-state.json was taken, a little later. */
const START = 1_795_504_860_000;

/** A chain in this process. Two operations may bear the same time; a step that asks for less gas than all is never cut short. */
export async function connect(hre: HardhatRuntimeEnvironment): Promise<Connection> {
  return hre.network.create({
    network: "hardhat",
    override: {
      chainId: Number(CHAIN_ID),
      initialDate: new Date(START),
      allowBlocksWithSameTimestamp: true,
      blockGasLimit: 1_000_000_000,
    },
  });
}
