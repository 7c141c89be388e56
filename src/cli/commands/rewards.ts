import { formatSesh, formatTime, parseAddress, readClaimState } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { signersLine } from "../leaving/departure.ts";
import { withNetwork, withSource } from "../terminal/options.ts";
import { withSession } from "../session/session.ts";
import { hasSource, openSource } from "../session/source.ts";

/** `rewards <address>`: what the contract knows, and with a source of signatures what the network says. */
export const rewardsCommand = defineCommand({
  ...HEADINGS.rewards,
  builder: (yargs) =>
    withSource(withNetwork(yargs))
      .positional("address", { type: "string", demandOption: true, describe: "Recipient of rewards" })
      .example("$0 rewards 0x… --network arbitrum", "what the contract has on record")
      .example("$0 rewards 0x… --nodes-file nodes.json", "and what the network says, verified"),
  run: (args, { io, out }) =>
    withSession(args, io, async (session) => {
      const recipient = parseAddress(String(args.address), "address");
      const state = await readClaimState(session.rewards, recipient);
      const source = hasSource(args, session, io) ? await openSource(args, session, io) : undefined;
      const collected = await source
        ?.collect({ kind: "reward", recipient }, "rewards")
        .catch((error: unknown) => {
          // The network has no more to give than the contract knows: then the record is the answer.
          if (error instanceof CollectError && error.code === "nothing-to-sign") return undefined;
          throw error;
        })
        .finally(() => source.close());
      const signed = collected?.rewards[0]?.amount;
      const lifetime = signed !== undefined && signed > state.recorded ? signed : state.recorded;
      const claimable = lifetime - state.claimed;
      const result = {
        recipient,
        block: state.block,
        balance: state.balance,
        recorded: state.recorded,
        claimed: state.claimed,
        ...(signed === undefined ? {} : { signed }),
        lifetime,
        claimable,
        capLeft: state.capLeft,
        cycleEnds: state.cycleEnds,
        ...(collected ? { collected: collected.toJSON() } : {}),
      };
      out.result(result, () => {
        const sesh = (amount: bigint) => `${formatSesh(amount)} SESH`;
        out.fields([
          ["recipient", recipient],
          ["wallet", sesh(state.balance)],
          ["recorded", sesh(state.recorded)],
          ["network says", signed === undefined ? undefined : sesh(signed)],
          ["signers", collected && signersLine(collected, out)],
          ["claimed so far", sesh(state.claimed)],
          ["claimable", out.colors.bold(sesh(claimable))],
          ["cap left in cycle", `${sesh(state.capLeft)}, until ${formatTime(state.cycleEnds)}`],
        ]);
        if (!collected && source) out.line(out.colors.dim("The network has no more than that."));
        else if (!collected)
          out.line(out.colors.dim("What is earned since the last record is not counted: give --nodes-file."));
      });
    }),
});
