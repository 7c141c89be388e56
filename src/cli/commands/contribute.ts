import { ZeroAddress } from "ethers";
import { formatSesh, parseAddress, parsePayee } from "../../chain/index.ts";
import { HEADINGS } from "./headings.ts";
import { defineCommand } from "../terminal/command.ts";
import { openContribution, payCall, plainCall, requireFactory, requireSigned } from "../joining/contribution.ts";
import type { ContributionView } from "../joining/contribution.ts";
import { withNetwork, withSending } from "../terminal/options.ts";
import type { Output } from "../terminal/output.ts";
import { withSender } from "../session/sending.ts";
import { withSession } from "../session/session.ts";
import { requireClaimable } from "../joining/beneficiary.ts";
import { allow, permit, requireBalance } from "../joining/stake.ts";
import { actionOf, amountOf, requireWithdrawable } from "../joining/payment.ts";

/** `contribute <contract>`: shows it; `--amount` pays in, `--withdraw` takes out, `--finalize` and `--reset` are the operator's. */
export const contributeCommand = defineCommand({
  ...HEADINGS.contribute,
  calldata: true,
  builder: (yargs) =>
    withSending(withNetwork(yargs))
      .positional("contract", { type: "string", demandOption: true, describe: "Address of the contribution contract" })
      .option("amount", {
        type: "string",
        describe: "SESH to pay in; `min` for the least possible, `rest` for all that is left",
        requiresArg: true,
        conflicts: ["withdraw", "finalize", "reset"],
      })
      .option("beneficiary", {
        type: "string",
        describe: "Who receives your rewards (default: your account; on a top-up: as it is)",
        requiresArg: true,
        implies: "amount",
      })
      .option("permit", {
        type: "boolean",
        default: true,
        describe: "Sign a permit instead of sending an approval, where contract and token can",
      })
      .option("withdraw", {
        type: "boolean",
        describe: "Take your contribution out (24 h after your last payment)",
        conflicts: ["finalize", "reset"],
      })
      .option("finalize", { type: "boolean", describe: "Operator: register the full node", conflicts: "reset" })
      .option("reset", { type: "boolean", describe: "Operator: refund everybody and start over" })
      .option("factory", {
        type: "string",
        describe: "Factory that must have made the contract, where the preset has none",
        requiresArg: true,
      })
      .example("$0 contribute 0x…", "who has paid, and how much is left")
      .example("$0 contribute 0x… --amount 6250 --broadcast", "approve and pay"),
  run: (args, context) =>
    withSession(args, context.io, async (session) => {
      const { out } = context;
      // In one form, however it was written: a later run finds by it what this one sent.
      const address = parseAddress(String(args.contract), "contract");
      const factory = args.factory ?? session.contributionFactory;
      const checked = factory !== undefined;
      const action = actionOf(args);
      if (action === undefined) {
        const view = await openContribution(address, factory, session);
        out.result({ ...view, madeByFactory: checked || undefined }, () => show(view, out));
        return;
      }
      await withSender(args, session, context, `contribute ${address.toLowerCase()} ${action}`, async (sender) => {
        const view = await openContribution(address, factory, session);
        const after = async () => {
          const now = sender.broadcast ? await openContribution(address, factory, session) : view;
          sender.show({ contribution: now }, () => {
            show(now, out);
            out.line(outcome(view, now, action));
          });
        };
        if (sender.finished) return after();
        if (args.amount !== undefined) requireFactory(factory, session);
        if (args.amount !== undefined || args.finalize) requireSigned(view);
        if (!checked) out.note("Not checked: whether the factory made this contract. Give --factory.");
        sender.announce(() => show(view, out));
        if (args.amount !== undefined) {
          const amount = amountOf(args.amount, view, sender.account);
          const beneficiary =
            args.beneficiary === undefined ? ZeroAddress : parsePayee(args.beneficiary, "--beneficiary");
          if (beneficiary !== ZeroAddress) await requireClaimable([beneficiary], session);
          sender.announce(() => {
            show(view, out);
            out.fields(payment(view, amount, sender.account, beneficiary));
          });
          await requireBalance(session, sender, amount);
          const byPermit = args.permit && view.paramsHash !== undefined;
          const permitted = byPermit ? await permit(session, sender, view.address, amount) : undefined;
          const pay = payCall(view, amount, beneficiary, permitted);
          const approved = permitted === undefined && (await allow(session, sender, view.address, amount, pay));
          await sender.run(pay, { after: approved });
        } else if (args.withdraw) {
          requireWithdrawable(view, sender.account);
          await sender.run(plainCall(view.address, "withdrawContribution", "withdraw the contribution"));
        } else if (args.finalize) {
          await sender.run(plainCall(view.address, "finalize", "finalize: register the node"));
        } else {
          await sender.run(plainCall(view.address, "reset", "reset: refund everybody"));
        }
        await after();
      });
    }),
});

/** A payment, and what it brings about. */
function payment(view: ContributionView, amount: bigint, account: string, beneficiary: string): [string, string][] {
  const fills = view.total + amount >= view.requirement;
  const rows: [string, string][] = [["this pays", `${formatSesh(amount)} SESH from ${account}`]];
  if (beneficiary !== ZeroAddress) rows.push(["rewards to", beneficiary]);
  if (fills) {
    rows.push([
      "which",
      view.manualFinalize ? "fills it; the operator registers the node" : "completes and registers the node",
    ]);
  }
  return rows;
}

/** What has changed, in a sentence. */
function outcome(before: ContributionView, now: ContributionView, action: string): string {
  if (now.state === "finalized" && before.state !== "finalized") return "The node is complete, and registered now.";
  if (now.state === "full" && before.state !== "full") return "The node is complete; its operator registers it now.";
  if (action.startsWith("pay")) return `Paid. ${formatSesh(now.requirement - now.total)} SESH are left to contribute.`;
  return `Done: the contract is ${now.state} now.`;
}

function show(view: ContributionView, out: Output): void {
  const sesh = (amount: bigint) => `${formatSesh(amount)} SESH`;
  const paint = view.state === "open" ? out.colors.green : out.colors.yellow;
  out.fields([
    ["contract", view.address],
    ["state", paint(view.state)],
    ["operator", view.operator],
    ["fee", `${view.fee / 100} %`],
    ["requirement", sesh(view.requirement)],
    ["paid", sesh(view.total)],
    ["left", sesh(view.requirement - view.total)],
    ["reserved of it", view.reservedOpen > 0n ? sesh(view.reservedOpen) : undefined],
    ["minimum", view.state === "open" ? sesh(view.minimum) : undefined],
    ["when full", view.manualFinalize ? "waits for the operator" : "registers the node"],
    ["registration", view.registrationSigned ? out.colors.green("signed") : out.colors.red("not signed by the node")],
    ["terms", view.paramsHash],
  ]);
  out.table(
    [
      { name: "contributor", fit: "shorten" },
      { name: "rewards to", fit: "shorten" },
      { name: "paid (SESH)", align: "point" },
      { name: "reserved", align: "point" },
    ],
    [
      ...view.contributors.map(({ address, beneficiary, amount }) => [
        address,
        beneficiary === address ? "itself" : beneficiary,
        formatSesh(amount),
        "",
      ]),
      ...view.reserved.filter(({ paid }) => !paid).map(({ address, amount }) => [address, "", "", formatSesh(amount)]),
    ],
  );
}
