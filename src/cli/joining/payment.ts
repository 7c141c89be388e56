import { parsePayee } from "../../chain/index.ts";
import { seshOf } from "../terminal/amounts.ts";
import { CliError } from "../terminal/errors.ts";
import type { ContributionView } from "./contribution.ts";

/** What is to be done, the same words for the same wish: a later run finds its transactions by it. */
export function actionOf(args: {
  amount: string | undefined;
  beneficiary: string | undefined;
  withdraw?: boolean | undefined;
  finalize?: boolean | undefined;
  reset?: boolean | undefined;
}): string | undefined {
  const { amount, beneficiary } = args;
  if (amount !== undefined) {
    const wish = amount === "min" || amount === "rest" ? amount : String(seshOf(amount, "--amount"));
    return `pay ${wish}${beneficiary === undefined ? "" : ` for ${parsePayee(beneficiary, "--beneficiary").toLowerCase()}`}`;
  }
  return args.withdraw ? "withdraw" : args.finalize ? "finalize" : args.reset ? "reset" : undefined;
}

/**
 * What `--amount` means for an account: a number of SESH; `min`, the least that the contract takes from it; `rest`, all that is left for
 * it. Its own reservation is paid first and whole, and nobody else's can be.
 *
 * @returns atomic SESH
 * @throws CliError `refused` when nothing is left for it
 */
export function amountOf(text: string, view: ContributionView, account: string): bigint {
  const own = view.reserved.find(({ address, paid }) => address === account && !paid)?.amount ?? 0n;
  const left = view.requirement - view.total - view.reservedOpen + own;
  const least = own > 0n ? own : view.minimum;
  const amount = text === "min" ? least : text === "rest" ? left : seshOf(text, "--amount");
  if (amount > 0n) return amount;
  throw new CliError(
    "refused",
    "Nothing is left to contribute.",
    "`contribute <contract>` shows who has paid and what is reserved.",
  );
}

/**
 * Refuses a withdrawal that the contract would take for something else: for the operator's it refunds everybody, for those who have
 * nothing in it, and once the node is registered, it does nothing.
 *
 * @throws CliError
 */
export function requireWithdrawable(view: ContributionView, account: string): void {
  if (view.state === "finalized") {
    throw new CliError(
      "refused",
      "The node is registered: the stake is in it.",
      "`exit` takes the node out, and the stake with it.",
    );
  }
  if (view.operator === account) {
    throw new CliError(
      "usage",
      "The operator's withdrawal refunds everybody and starts over.",
      "Give --reset if that is what you want.",
    );
  }
  if (view.contributors.some(({ address }) => address === account)) return;
  throw new CliError("refused", `${account} has paid nothing into it.`, "`contribute <contract>` shows who has.");
}
