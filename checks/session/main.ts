/** `npm run session`: records docs/terminal-session.md from real runs. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { format, resolveConfig } from "prettier";
import { devWallet } from "../../devnet/chain.ts";
import { Report } from "../../devnet/report.ts";
import { ACCOUNTS, Devnet } from "../../devnet/run.ts";
import * as steps from "../../devnet/steps.ts";
import { run } from "../../src/cli/program.ts";
import type { Io } from "../../src/cli/terminal/io.ts";
import { visible, wrapText } from "../../src/settings/wrap.ts";
import { story } from "./story.ts";
import type { Line } from "./story.ts";
import { isDone } from "../help.ts";

const TARGET = fileURLToPath(new URL("../../docs/terminal-session.md", import.meta.url));
const COLUMNS = 80;

const HEAD = `# A terminal session

Recorded by \`npm run session\` at ${COLUMNS} columns, on the local network of \`npm start\`: two of its nodes are dead and one signs something
else. A node unlocks after half a minute here and after 15 days on the live network. [cli.md](cli.md) explains the options; those
that say where the network is stand in a [profile](cli.md#profiles), the key in \`PRIVATE_KEY\`.
`;

const HELP = `Records docs/terminal-session.md from real runs on a local network.

Usage: npm run session -- [--check]

Options:
  --check  plays it and leaves the file as it is
  --help   this text
`;

/** Plays the session; the file is written when every command ended as it should. */
export async function main(args: readonly string[]): Promise<void> {
  const check = args.includes("--check");
  if (
    isDone(
      args.filter((argument) => argument !== "--check"),
      HELP,
    )
  )
    return;
  const report = new Report(true);
  const net = new Devnet({ seeded: 8, report });
  const home = await mkdtemp(join(tmpdir(), "session-"));
  try {
    await report.step("chain", (progress) => net.start(progress));
    await report.step("seed", (progress) => net.seed(progress));
    await report.step("register", (progress) => steps.registerFour(net, progress));
    await report.step("pool", (progress) => steps.fundPool(net, progress));
    await report.step("nodes", (progress) => steps.bringUpNodes(net, progress));
    await report.step("accrue", (progress) => steps.accrue(net, progress));
    const environment = await settle(net, home);
    let text = HEAD;
    for (const { heading, lines } of story(net)) {
      text += `\n## ${heading}\n`;
      for (const line of lines) text += `\n${await play(line, net, environment, home)}`;
    }
    const options = await resolveConfig(TARGET);
    if (!check) await writeFile(TARGET, await format(text, { ...options, parser: "markdown" }));
    report.say(check ? "every command ended as it should" : `written: ${TARGET}`);
  } finally {
    await net.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** A profile for this network, and the keys of two people. */
async function settle(net: Devnet, home: string): Promise<Record<string, string>> {
  const config = join(home, ".config", "session-staking");
  await mkdir(config, { recursive: true });
  const nodes = join(config, "nodes.json");
  await net.writeNodesFile(pathToFileURL(nodes).href);
  const profile = {
    network: "localhost",
    rpc: net.chain.url,
    rewardsContract: net.chain.addresses.rewards,
    factory: net.chain.addresses.factory,
    nodesFile: "nodes.json",
    timeout: 60,
    deadline: 90,
  };
  await writeFile(join(config, "config.json5"), JSON.stringify({ default: "devnet", profiles: { devnet: profile } }));
  return {
    HOME: home,
    COLUMNS: String(COLUMNS),
    NO_COLOR: "1",
    PRIVATE_KEY: devWallet(ACCOUNTS.alice).privateKey,
    BOB_KEY: devWallet(ACCOUNTS.bob).privateKey,
  };
}

async function play(line: Line, net: Devnet, env: Record<string, string>, home: string): Promise<string> {
  if ("text" in line) return `${line.text}\n`;
  if ("meanwhile" in line) {
    await line.work(net);
    return `… ${line.meanwhile} …\n`;
  }
  let output = "";
  const write = (text: string) => (output += text);
  const io: Io = {
    stdout: { write, isTTY: true, columns: COLUMNS },
    // A bar that moves is nothing to print.
    stderr: { write },
    stdin: (async function* () {
      yield "y\n";
    })(),
    env,
    signal: new AbortController().signal,
  };
  const code = await run([...line.run.split(" "), ...stateOf(line.run, home)], io);
  if (code !== (line.code ?? 0)) throw new Error(`${line.run} ended with ${code}, not ${line.code ?? 0}:\n${output}`);
  const typed = wrapText(`$ session-staking ${line.run}`, COLUMNS - 2).join(" \\\n    ");
  const shown = `${typed}\n${output.replaceAll(home, "~").trimEnd()}`;
  const long = shown.split("\n").filter((one) => visible(one) > COLUMNS);
  if (long.length > 0) throw new Error(`${line.run} writes lines of more than ${COLUMNS} columns:\n${long.join("\n")}`);
  return `\`\`\`text\n${shown}\n\`\`\`\n`;
}

/** Claims keep unfinished work: not among that of whoever records. */
function stateOf(command: string, home: string): string[] {
  return command.startsWith("claim") ? ["--state-dir", join(home, "state")] : [];
}
