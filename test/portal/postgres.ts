/** `npm run portal:postgres`: two services on one Postgres server answer alike, and one takes over when the other ends. */
import { isDone } from "../../checks/help.ts";
import { freePort } from "../../checks/ports.ts";
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import hre from "hardhat";
import { openPortalWorld, startPortal } from "../helpers/portal.ts";
import type { RunningPortal } from "../helpers/portal.ts";
import { SESH_UNIT } from "../helpers/staking.ts";

const PATHS = [
  "/info",
  "/nodes",
  "/nodes/bls",
  "/contract/contribution",
  "/exit_liquidation_list",
  "/app/nodes",
  "/app/keys",
];

/** A server of one's own in a temporary folder. */
async function startServer(): Promise<{ url: string; stop: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "portal-postgres-"));
  const port = await freePort();
  // The server refuses to run as root.
  const asRoot = userInfo().uid === 0;
  if (asRoot)
    chownSync(folder, Number(execFileSync("id", ["-u", "postgres"])), Number(execFileSync("id", ["-g", "postgres"])));
  const run = (command: string, args: string[]) =>
    asRoot
      ? execFileSync(
          "su",
          ["postgres", "-s", "/bin/sh", "-c", [command, ...args].map((part) => `'${part}'`).join(" ")],
          { stdio: "pipe" },
        )
      : execFileSync(command, args, { stdio: "pipe" });
  const data = join(folder, "data");
  run("initdb", ["-D", data, "-U", "portal", "-A", "trust"]);
  run("pg_ctl", [
    "-D",
    data,
    "-w",
    "-l",
    join(folder, "log"),
    "-o",
    `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`,
    "start",
  ]);
  return {
    url: `postgres://portal@127.0.0.1:${port}/postgres`,
    stop() {
      run("pg_ctl", ["-D", data, "-m", "immediate", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a service says, without the moment at which it says so. */
async function said(running: RunningPortal, paths: readonly string[]): Promise<unknown[]> {
  return Promise.all(
    paths.map(async (path) => {
      const { status, body } = await running.get(path);
      const { t: _, ...rest } = body;
      return [path, status, Array.isArray(body) ? body : rest];
    }),
  );
}

const HELP = `Several services on one Postgres, of which one indexes: they answer alike, and another takes over. Needs pg_ctl and initdb.

Usage: npm run portal:postgres
`;

/** Runs it; ends non-zero when they differ. */
export async function main(args: readonly string[]): Promise<void> {
  if (isDone(args, HELP)) return;
  await hre.tasks.getTask("build").run({ quiet: true });
  const given = process.env["DATABASE_URL"];
  const server = given ? { url: given, stop: () => undefined } : await startServer();
  const world = await openPortalWorld();
  const { alice, operator } = world.chain.system;
  const paths = [
    ...PATHS,
    `/stakes/${alice.address}`,
    `/stakes/${operator.address}`,
    `/daily-rewards/${alice.address}`,
  ];
  const database = { url: server.url };
  try {
    const first = await startPortal(world, { database });
    await first.caughtUp();
    const second = await startPortal(world, { database });
    const idle = await startPortal(world, { database, options: { index: false } });
    for (const one of [second, idle]) await one.caughtUp();
    expect([first, second, idle].map(({ portal }) => portal.leads)).to.deep.equal([true, false, false]);
    expect(await said(second, paths)).to.deep.equal(await said(first, paths));
    expect(await said(idle, paths)).to.deep.equal(await said(first, paths));
    process.stdout.write(`three services on one server answer ${paths.length} routes alike\n`);

    // What one stores all have.
    await first.stop();
    await world.update(alice.address, 650n * SESH_UNIT);
    await second.caughtUp();
    await idle.caughtUp();
    expect(second.portal.leads).to.equal(true);
    expect(await said(idle, paths)).to.deep.equal(await said(second, paths));
    process.stdout.write("the indexer ended, another took over, and both still answer alike\n");

    const snapshot = (await world.chain.provider.send("evm_snapshot", [])) as string;
    await world.update(alice.address, 660n * SESH_UNIT);
    await idle.caughtUp();
    await world.chain.provider.send("evm_revert", [snapshot]);
    await world.chain.provider.send("evm_mine", []);
    for (const one of [second, idle]) await one.caughtUp();
    expect(await said(idle, paths)).to.deep.equal(await said(second, paths));
    process.stdout.write("blocks were taken back in both\n");
    await Promise.all([second.stop(), idle.stop()]);
  } finally {
    await world.stop();
    server.stop();
  }
  process.exit(0);
}
