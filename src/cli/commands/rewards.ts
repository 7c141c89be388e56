import { formatSesh, formatTime, parseAddress } from "../../chain/index.ts";
import { readEarned } from "../claiming/earned.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { signersLine } from "../leaving/departure.ts";
import { withNetwork, withSource } from "../terminal/options.ts";
import { withSession } from "../session/session.ts";

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
      const earned = await readEarned(session, recipient, args, io);
      const { state, collected, signed, lifetime, claimable } = earned;
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
        if (!collected && earned.asked) out.line(out.colors.dim("The network has no more than that."));
        else if (!collected)
          out.line(
            out.colors.dim("What is earned since the last record is not counted: give --daemon-url or --nodes-file."),
          );
      });
    }),
});
