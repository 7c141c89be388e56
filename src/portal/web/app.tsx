import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { config } from "./lib/config.ts";
import { duration, shortHex } from "./lib/format.ts";
import { configured, network } from "./lib/network.ts";
import { route } from "./lib/route.ts";
import { sent } from "./lib/tx.ts";
import { AccountButton } from "./ui/Account.tsx";
import { Freshness, Hex, TroubleBox } from "./ui/basics.tsx";
import { plainTrouble } from "./lib/trouble.ts";
import { account, identity } from "./lib/wallet.ts";

/**
 * Views come when they are asked for. Each is made anew for another account, wallet or chain, so that nothing of the former one is
 * left in it; but for those that are `everybodys`.
 */
const VIEWS: Record<string, { name?: string; everybodys?: true; load: () => Promise<ComponentType> }> = {
  network: {
    name: "Network",
    everybodys: true,
    load: async () => (await import("./views/network/Network.tsx")).Network,
  },
  claim: { name: "Claim", load: async () => (await import("./views/claim/Claim.tsx")).Claim },
  stakes: { name: "My stakes", load: async () => (await import("./views/stakes/Stakes.tsx")).Stakes },
  open: { name: "Stake", load: async () => (await import("./views/open/Open.tsx")).Open },
  contribution: { load: async () => (await import("./views/open/Contribution.tsx")).Contribution },
  register: { name: "Register", load: async () => (await import("./views/register/Register.tsx")).Register },
  leave: { name: "Leave", load: async () => (await import("./views/leave/Leave.tsx")).Leave },
  vesting: { name: "Vesting", load: async () => (await import("./views/vesting/Vesting.tsx")).Vesting },
};

const loaded = signal<Record<string, ComponentType>>({});
const failed = signal<unknown>(undefined);

/** The page: a head, the view, and what is known of the service. */
export function App() {
  const name = VIEWS[route.value[0] ?? ""] ? (route.value[0] as string) : "network";
  useEffect(() => {
    failed.value = undefined;
    VIEWS[name]?.load().then(
      (view) => (loaded.value = { ...loaded.value, [name]: view }),
      (error: unknown) => (failed.value = error),
    );
    document.title = `${VIEWS[name]?.name ?? "Contribution"} · Session staking`;
  }, [name]);
  const View = loaded.value[name];
  const key = VIEWS[name]?.everybodys ? name : `${name} ${identity.value}`;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header>
        <a class="brand" href="#/">
          Session staking
        </a>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(
            ([key, view]) =>
              view.name && (
                <a key={key} href={`#/${key}`} aria-current={key === name ? "page" : undefined}>
                  {view.name}
                </a>
              ),
          )}
        </nav>
        <AccountButton />
      </header>
      <main id="main" tabIndex={-1}>
        <Freshness of={configured} />
        <Stale />
        {failed.value !== undefined && (
          <TroubleBox trouble={plainTrouble(failed.value)} again={() => location.reload()} />
        )}
        <div class="view">{View ? <View key={key} /> : <p class="hint loading">Loading…</p>}</div>
        <Sent />
      </main>
      <Foot />
    </>
  );
}

function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** Says what is old, and what is not known. */
function Stale() {
  const state = network.value.value;
  const limit = config.value?.stale ?? Infinity;
  const lag = state?.head.lagSeconds ?? 0;
  return (
    <>
      {state && lag > limit && (
        <div class="box warn" role="status">
          <p>
            <strong>Figures of the service are {duration(lag)} behind the chain.</strong> They are from block{" "}
            {state.head.block}; what is read through your wallet is not affected.
          </p>
        </div>
      )}
      {network.trouble.value && state && <Freshness of={network} />}
    </>
  );
}

/** The account's transactions of this visit, wherever they were sent from; of others what is on its way, as nothing else tells of it. */
function Sent() {
  const who = account.value;
  const list = sent.value.filter(({ account: by, phase }) => by === who || phase.value.at === "pending");
  if (list.length === 0) return null;
  const words = { pending: "waiting for a block", done: "included", failed: "failed" } as Record<string, string>;
  return (
    <section class="card" aria-labelledby="sent">
      <h2 id="sent" class="small">
        Sent from this page
      </h2>
      <ul class="sent">
        {list.map((transaction) => {
          const phase = transaction.phase.value;
          return (
            <li key={transaction} class="row" data-sent={phase.at}>
              <strong>{transaction.step.title}</strong>
              {"hash" in phase && phase.hash && <Hex value={phase.hash} kind="tx" />}
              <span class={`tag ${phase.at === "done" ? "good" : phase.at === "failed" ? "bad" : "warn"}`}>
                {words[phase.at] ?? "being checked"}
              </span>
              {transaction.account !== who && <span class="hint">by {shortHex(transaction.account)}</span>}
              {phase.at === "pending" && phase.note && <span class="hint">{phase.note}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Foot() {
  const state = network.value.value;
  const at = config.value;
  return (
    <footer>
      <span>
        {at?.chainName ?? "\u00a0"}
        {state && `, block ${state.head.block}`}
      </span>
      {state?.head.missing.map((sentence) => (
        <span key={sentence}>{sentence}</span>
      ))}
    </footer>
  );
}
