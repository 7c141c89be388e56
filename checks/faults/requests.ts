/** How many requests a command makes, and how many JSON-RPC calls are in them, at a network's size. */
import hre, { network } from "hardhat";
import { run } from "../../src/cli/program.ts";
import type { Connection } from "../../test/helpers/staking.ts";
import { deploySystem } from "../../test/helpers/staking.ts";
import { FaultProxy } from "./proxy.ts";

/** One row of the table. */
export interface Count {
  command: string;
  /** HTTP requests. */
  requests: number;
  calls: number;
}

/**
 * Counts at a contract with so many nodes. `claim` is of what is on record already, its source a daemon that does not answer: what it
 * asks of the chain does not depend on who signs.
 */
export async function countRequests(nodes: number): Promise<Count[]> {
  const server = await hre.network.createServer("hardhat", "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const http = await network.create({ network: "localhost", override: { url } });
  const proxy = await new FaultProxy(url).start();
  try {
    const system = await deploySystem(http as unknown as Connection, { seeds: nodes });
    const person = system.alice.address;
    const contract = await system.rewards.getAddress();
    const lifetime = 1_000_000_000n;
    await system.rewards.updateRewardsBalance(
      person,
      lifetime,
      system.network.reward(person, lifetime, system.nodes),
      [],
    );
    const commands = [
      ["status"],
      ["nodes"],
      ["nodes", "--limit", "1"],
      ["nodes", "1"],
      ["mine", person],
      ["rewards", person],
      ["claim", "--from", person, "--daemon-url", "http://127.0.0.1:2"],
    ];
    const counts: Count[] = [];
    for (const argv of commands) {
      proxy.requests = proxy.calls = 0;
      let err = "";
      const code = await run(
        [...argv, "--network", "localhost", "--rpc", proxy.url, "--rewards-contract", contract, "--json"],
        {
          stdout: { write: () => true },
          stderr: { write: (text) => (err += text) },
          stdin: (async function* () {})(),
          env: {},
          signal: new AbortController().signal,
        },
      );
      if (code !== 0) throw new Error(`${argv.join(" ")}: ${err}`);
      const command = argv.filter(
        (word, i) => !word.startsWith("0x") && !/^--(from|daemon-url)$/.test(word) && argv[i - 1] !== "--daemon-url",
      );
      counts.push({ command: command.join(" "), requests: proxy.requests, calls: proxy.calls });
    }
    return counts;
  } finally {
    await proxy.stop();
    await http.close();
    await server.close();
  }
}
