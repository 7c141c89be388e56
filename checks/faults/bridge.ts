/** `npm run ops -- bridge`, whose two ends both misbehave. */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { DEPLOYER_KEY, runScript, scratch } from "../../test/helpers/deployCommand.ts";
import { startChains } from "../rehearsal/chains.ts";
import type { Fault } from "./proxy.ts";
import { FAULTS, FaultProxy } from "./proxy.ts";
import type { Cell, Wanted } from "./table.ts";

/** Times that make a bad day short, for a process of its own. */
export const SETTINGS = { SESSION_RPC_TIMEOUT: "2", SESSION_RPC_BACKOFF: "0.02" };
export const DOWN = { SESSION_RPC_TIMEOUT: "0.5", SESSION_RPC_BACKOFF: "0.02", SESSION_RPC_ATTEMPTS: "2" };

/** The faults of an operation's cells: those that come and go, and those that stay. */
export function faultsOf(
  part: "all" | "some",
  name: string,
  wanted: Wanted,
): { passing: readonly Fault[]; forGood: readonly Fault[] } {
  const [passing, forGood]: readonly (readonly Fault[])[] =
    part === "all" ? [FAULTS, ["html", "hang", "rate-32005"]] : [["mixed"], []];
  const chosen = (list: readonly Fault[] = []) => list.filter((fault) => wanted(name, fault));
  return { passing: chosen(passing), forGood: chosen(forGood) };
}

export const BRIDGE = "ops bridge register, dry";

/** The bridge has two ends: both misbehave. */
export async function runBridge(part: "all" | "some", told: (cell: Cell) => void, wanted: Wanted): Promise<void> {
  const { l1, l2, bridge, close } = await startChains();
  const directory = scratch();
  const files = { l1: join(directory.path, "l1"), l2: join(directory.path, "l2") };
  const on = (near: string, far: string, script: string, args: string[], env: Record<string, string>) =>
    runScript(script, [...args, "--json"], {
      env: { SEPOLIA_RPC_URL: near, ARBITRUM_SEPOLIA_RPC_URL: far, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY, ...env },
    });
  const deploy = async (network: string, record: string, parameters: object): Promise<string> => {
    const file = directory.file(`${network}.json5`, JSON.stringify(parameters));
    const args = ["--network", network, "--record", record, "--parameters", file, "--broadcast"];
    const { code, stdout, stderr } = await on(l1.url, l2.url, "scripts/deploy.ts", args, SETTINGS);
    if (code !== 0) throw new Error(`the deployment on ${network} fails on a good endpoint: ${stderr}`);
    return (JSON.parse(stdout) as { addresses: { token: string } }).addresses.token;
  };
  try {
    const [gateway, router, l2Gateway] = await Promise.all(
      [bridge.l1Gateway, bridge.l1Router, bridge.l2Gateway].map((contract) => contract.getAddress()),
    );
    const token = await deploy("sepolia", files.l1, {
      Token: { totalSupply: "240000000000000000n", gateway, router },
    });
    await deploy("arbitrumSepolia", files.l2, { TokenL2: { l2Gateway, l1Address: token } });
    // Nothing that is read is younger than a replica in arrears.
    for (const { provider } of [l1, l2]) for (let i = 0; i < 4; i++) await provider.send("evm_mine", []);
    const args = ["bridge", "register", "--network", "sepolia", "--record", files.l1, "--l2-record", files.l2];
    const essence = (stdout: string): unknown => {
      const { ok, token: near, l2Token, fees } = JSON.parse(stdout) as Record<string, unknown>;
      return [ok, near, l2Token, Object.keys(fees as object)];
    };
    const right = await on(l1.url, l2.url, "scripts/ops.ts", args, SETTINGS);
    if (right.code !== 0) throw new Error(`${BRIDGE} fails on a good endpoint: ${right.stderr}`);
    const cell = async (fault: Fault, always: boolean): Promise<Cell> => {
      const [near, far] = await Promise.all([l1, l2].map(({ url }) => new FaultProxy(url, { fault, always }).start()));
      const ends = [near, always ? { url: l2.url } : far].map((end) => end?.url ?? "") as [string, string];
      const ran = await on(...ends, "scripts/ops.ts", args, always ? DOWN : SETTINGS);
      await Promise.all([near?.stop(), far?.stop()]);
      const failed = ran.code !== (always ? 3 : 0) ? `exit code ${ran.code}: ${ran.stderr.slice(-400)}` : "";
      const wrong = !always && failed === "" && !isDeepStrictEqual(essence(ran.stdout), essence(right.stdout));
      return { name: BRIDGE, fault: always ? `${fault}, for good` : fault, why: wrong ? "another answer" : failed };
    };
    const { passing, forGood } = faultsOf(part, BRIDGE, wanted);
    for (const fault of passing) told(await cell(fault, false));
    for (const fault of forGood) told(await cell(fault, true));
  } finally {
    directory.remove();
    await close();
  }
}
