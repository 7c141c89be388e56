import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChaosSystem } from "./chaosSystem.ts";
import { startChaosSystem } from "./chaosSystem.ts";
import type { SwallowingRpc } from "./swallowingRpc.ts";
import { startSwallowingRpc } from "./swallowingRpc.ts";

/** What the tests of sending work with, from `before` to `after`. */
export interface SendingLab {
  world: ChaosSystem;
  /** An endpoint of the same chain that loses transactions or answers where it is told to. */
  rpc: SwallowingRpc;
  /** For journals and lists; gone in the end. */
  directory: string;
  rpcSend(method: string, ...params: unknown[]): Promise<unknown>;
  /** Transactions of the recipient so far. */
  count(): Promise<number>;
}

/** A system of its own for one file of tests; blocks are made on demand again after each. */
export function sendingLab(): SendingLab {
  const lab = {
    rpcSend: (method, ...params) => lab.world.provider.send(method, params) as Promise<unknown>,
    count: () => lab.world.provider.getTransactionCount(lab.world.recipient.address),
  } as SendingLab;
  before(async () => {
    lab.world = await startChaosSystem({ seeds: 6 });
    lab.rpc = await startSwallowingRpc(lab.world.url);
    lab.directory = await mkdtemp(join(tmpdir(), "sending-"));
  });
  afterEach(() => lab.rpcSend("evm_setAutomine", true));
  after(async () => {
    await lab.rpc.close();
    await lab.world.stop();
    await rm(lab.directory, { recursive: true });
  });
  return lab;
}
