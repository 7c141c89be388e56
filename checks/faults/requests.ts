/** How many requests a command makes, and how many JSON-RPC calls are in them, at a network's size. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import hre, { network } from "hardhat";
import { run } from "../../src/cli/program.ts";
import { behindProxy } from "../../test/helpers/family.ts";
import type { Connection, System } from "../../test/helpers/staking.ts";
import { deploySystem } from "../../test/helpers/staking.ts";
import { startSystemDaemon } from "./daemon.ts";
import { FaultProxy } from "./proxy.ts";
import { openContribution, registrationOf } from "./world.ts";

/** One row of the table. */
export interface Count {
  command: string;
  /** HTTP requests. */
  requests: number;
  calls: number;
}

/** Most requests of a command. */
export const MOST_REQUESTS = 12;
const LIFETIME = 1_000_000_000n;
/** Places in the list of the nodes that are played with. */
const [LEAVING, DEPARTED, STAYING] = [1, 2, 3];
/** Nobody answers there. */
const NOWHERE = "http://127.0.0.1:2";

/**
 * Counts, with nothing sent, at a contract with so many nodes. A daemon signs for all of them: what is asked of the chain does not
 * depend on who signs.
 */
export async function countRequests(nodes: number): Promise<Count[]> {
  const server = await hre.network.createServer("hardhat", "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const http = (await network.create({ network: "localhost", override: { url } })) as unknown as Connection & {
    close(): Promise<void>;
  };
  const proxy = await new FaultProxy(url).start();
  const folder = await mkdtemp(join(tmpdir(), "requests-"));
  const system = await deploySystem(http, { seeds: nodes });
  const now = async (): Promise<number> => (await http.ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const daemon = await startSystemDaemon(system, 2n * LIFETIME, [DEPARTED], now);
  try {
    const on = ["--network", "localhost", "--rpc", proxy.url, "--rewards-contract", await system.rewards.getAddress()];
    const counts: Count[] = [];
    for (const [command, argv] of await commandsOf(system, http, daemon.url, folder)) {
      proxy.requests = proxy.calls = 0;
      let err = "";
      const code = await run([...argv, ...on, ...(argv[0] === "watch" ? [] : ["--json"])], {
        stdout: { write: () => true },
        stderr: { write: (text) => (err += text) },
        stdin: (async function* () {})(),
        env: { XDG_STATE_HOME: folder },
        signal: new AbortController().signal,
      });
      if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${err}`);
      counts.push({ command, requests: proxy.requests, calls: proxy.calls });
    }
    return counts;
  } finally {
    await proxy.stop();
    await daemon.close();
    await http.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}

/** The commands, and how they are called for it. */
async function commandsOf(
  system: System,
  connection: Connection,
  daemonUrl: string,
  folder: string,
): Promise<[string, string[]][]> {
  const { rewards, owner, operator, alice, bob } = system;
  const id = (place: number): string => String(place + 1);
  const person = alice.address;
  const recorded = system.network.reward(person, LIFETIME, system.nodes);
  await rewards.updateRewardsBalance(person, LIFETIME, recorded, []);
  await rewards.connect(operator).initiateExitBLSPublicKey(id(LEAVING));
  const implementation = await connection.ethers.deployContract("ServiceNodeContributionFactory");
  const arguments_ = [await rewards.getAddress()];
  const factory = await (await behindProxy(connection.ethers, implementation, owner, arguments_)).getAddress();
  const contribution = await openContribution(system, connection, factory, bob.address, 70_001);
  const registration = join(folder, "node.json");
  await writeFile(registration, JSON.stringify(registrationOf(system, 70_000, person)));
  const people = join(folder, "people.txt");
  // A daemon signs for one at a time: each further batch makes five more requests.
  await writeFile(people, `0x${"3".repeat(40)}`);

  const [from, by] = [
    ["--from", person],
    ["--daemon-url", daemonUrl],
  ];
  return [
    ["status", ["status"]],
    ["nodes", ["nodes"]],
    ["nodes --limit 1", ["nodes", "--limit", "1"]],
    ["nodes 1", ["nodes", "1"]],
    ["mine", ["mine", person, ...by]],
    ["rewards", ["rewards", person, ...by]],
    ["claim", ["claim", ...from, ...by]],
    ["claim --file, one batch", ["claim", "--file", people, ...from, ...by]],
    ["register", ["register", "--registration", registration, ...from]],
    ["register --open", ["register", "--registration", registration, "--open", "--factory", factory, ...from]],
    ["contribute", ["contribute", contribution, "--factory", factory]],
    ["contribute --amount", ["contribute", contribution, "--factory", factory, "--amount", "min", ...from]],
    ["exit, the request", ["exit", id(STAYING), "--from", operator.address]],
    ["exit, signed", ["exit", id(LEAVING), ...from, ...by]],
    ["liquidate list", ["liquidate", "list", ...by]],
    ["liquidate", ["liquidate", id(DEPARTED), ...from, ...by]],
    ["liquidate all", ["liquidate", "all", ...from, ...by]],
    ["watch --once", ["watch", "--once", "--any-price", ...from, ...by]],
    ["network", ["network", "--node-urls", NOWHERE, "--no-sign"]],
  ];
}
