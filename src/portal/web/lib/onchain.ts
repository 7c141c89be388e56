import type { ReadonlySignal } from "@preact/signals";
import { resource } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { config } from "./config.ts";
import type { Chain } from "./chain.ts";
import type { Config } from "./schemas.ts";
import type { Connection } from "./wallet.ts";
import { account as accountAtHand, connection, wrongChain } from "./wallet.ts";
import { accountChanged, PageError } from "./trouble.ts";

/** Whom and through what: a figure of the chain is good for exactly this. */
export interface Subject {
  account: string;
  connection: Connection;
  config: Config;
}

/** Undefined while there is nobody, nothing to read through, or the wallet is on another chain. */
function subject(): Subject | undefined {
  const [who, through, where] = [accountAtHand.value, connection.value, config.value];
  if (who === undefined || through === undefined || where === undefined || wrongChain.value) return undefined;
  return { account: who, connection: through, config: where };
}

/**
 * A figure read from the chain through the visitor's wallet; gone as soon as account, wallet or chain change.
 *
 * @param of - What else it is of; gone too when that changes.
 */
export function onchain<T>(
  read: (chain: Chain, subject: Subject) => Promise<T>,
  everyMs = 0,
  of?: ReadonlySignal<string | undefined>,
): Resource<T> {
  return resource<Subject, T>(
    () => (of && of.value === undefined ? undefined : subject()),
    async (who) => {
      const { openChain, troubleOf } = await import("./chain.ts");
      try {
        return await read(await openChain(who.connection, who.config), who);
      } catch (error) {
        const { code, sentence, fix } = troubleOf(error);
        throw new PageError(code ?? "chain", sentence, fix, error);
      }
    },
    everyMs,
  );
}

/**
 * The chain as it is now, for an action.
 *
 * @param account - Whom the action is prepared for.
 * @throws PageError without a wallet on the right chain, or when another account is at hand by now
 */
export async function chainNowOpen(account?: string): Promise<{ chain: Chain; who: Subject }> {
  const who = subject();
  if (!who) {
    throw new PageError(
      "no-wallet",
      "The chain is read through your wallet, and there is none on the right network.",
      "Connect one: it is only read through, unless you confirm something.",
    );
  }
  if (account !== undefined && who.account !== account) throw accountChanged();
  const { openChain } = await import("./chain.ts");
  return { chain: await openChain(who.connection, who.config), who };
}
