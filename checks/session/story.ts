import type { Devnet } from "../../devnet/run.ts";
import { ACCOUNTS } from "../../devnet/run.ts";
import { RULES, syncAll } from "../../devnet/network.ts";

/** A line of the session: a command and the exit code that it must end with, or something that happens to the chain meanwhile. */
export type Line =
  { run: string; code?: number } | { text: string } | { meanwhile: string; work: (net: Devnet) => Promise<unknown> };

export interface Chapter {
  heading: string;
  lines: Line[];
}

const wait = async (net: Devnet): Promise<void> => {
  await net.chain.advance(RULES.unlockDelay + 1);
  await net.releasePool();
  await syncAll(net.nodes);
};

/** What is played; `alice` operates a node with her own stake. */
export function story(net: Devnet): Chapter[] {
  const alice = net.address(ACCOUNTS.alice);
  const bob = net.special.bob.id;
  return [
    {
      heading: "Looking around",
      lines: [{ run: "status" }, { run: "nodes --limit 6" }, { run: `mine ${alice}` }, { run: "network" }],
    },
    {
      heading: "Claim",
      lines: [
        { text: "Without `--broadcast` nothing is sent." },
        { run: "claim" },
        { run: "claim --amount 2,5", code: 2 },
        { run: "claim --broadcast" },
        { run: `rewards ${alice}` },
      ],
    },
    {
      heading: "Leave",
      lines: [
        { text: "The request comes from a contributor, the exit from anybody." },
        { run: `exit ${bob} --key-variable BOB_KEY --broadcast` },
        { run: `mine ${net.address(ACCOUNTS.bob)}` },
        { meanwhile: "half a minute later (15 days on the live network)", work: wait },
        { run: `exit ${bob} --broadcast` },
        { run: `nodes ${bob}`, code: 2 },
      ],
    },
    {
      heading: "What is refused",
      lines: [
        { run: `contribute ${net.chain.addresses.token} --amount 30 --broadcast`, code: 4 },
        { run: "claim --broadcast --max-fee-per-gas 0.000001", code: 6 },
        { run: "status --rpc http://127.0.0.1:50001", code: 3 },
      ],
    },
  ];
}
