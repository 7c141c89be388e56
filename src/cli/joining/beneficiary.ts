import { systemContract } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { Session } from "../session/session.ts";

/**
 * Refuses to have rewards go to a contract of the system itself, where nobody could ever claim them: an address that was copied from
 * the wrong line.
 *
 * @param to - Addresses that rewards are to go to.
 * @throws CliError `usage`
 */
export async function requireClaimable(to: readonly string[], session: Session): Promise<void> {
  if (to.length === 0) return;
  const [token, pool] = await Promise.all([session.token(), session.pool()]);
  const own = {
    rewards: session.rewardsAddress,
    token: token.address,
    pool: pool.address,
    factory: session.contributionFactory,
  };
  for (const address of to) {
    const what = systemContract(address, own);
    if (what === undefined) continue;
    throw new CliError(
      "usage",
      `Rewards would go to ${what}, ${address}, and nobody could claim them there.`,
      "Name the account that is to claim them.",
    );
  }
}
