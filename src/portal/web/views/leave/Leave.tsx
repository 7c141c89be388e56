import { useEffect, useState } from "preact/hooks";
import type { Call } from "../../lib/chain.ts";
import { chainNow } from "../../lib/clock.ts";
import { config } from "../../lib/config.ts";
import { duration } from "../../lib/format.ts";
import { stakes } from "../../lib/mine.ts";
import { network } from "../../lib/network.ts";
import type { NodeRow } from "../../lib/nodes.ts";
import { leavingTimes, nodes, nodesById, STAGES, stageNow, wanted } from "../../lib/nodes.ts";
import type { Resource } from "../../lib/resource.ts";
import { reloadSoon } from "../../lib/resource.ts";
import { route } from "../../lib/route.ts";
import type { Stake } from "../../lib/schemas.ts";
import { account } from "../../lib/wallet.ts";
import { ConnectPrompt } from "../../ui/Account.tsx";
import { Amount, Card, Countdown, Freshness, Hex, Note, Time } from "../../ui/basics.tsx";
import { TransactionSteps } from "../../ui/TransactionSteps.tsx";
import { Departure } from "./Departure.tsx";

/** Out of a node: by request and signature, by waiting, and others' nodes by liquidation. */
export function Leave() {
  useEffect(() => {
    wanted.value = true;
  }, []);
  const rules = config.value?.rules;
  const list = stakes.value.value?.stakes.filter(({ contract_id, exit_type }) =>
    // the network may have let a node go that the contract still has
    nodes.value.value ? nodesById.value.has(contract_id) : exit_type === null,
  );
  return (
    <>
      <Card id="leave" title="Leave a node">
        {rules && (
          <p>
            Request the exit; {duration(rules.unlockDelay)} later the network signs it for{" "}
            {duration(rules.exitSigningWindow)}. Without any signature a node can be taken out{" "}
            {duration(rules.exitWait)} after the request. The stake comes back with the rewards.
          </p>
        )}
        {account.value === undefined ? (
          <ConnectPrompt />
        ) : (
          <>
            <Freshness of={stakes} />
            {list?.length === 0 && (
              <Note>This account has no stake in a node. What it earned can still be claimed.</Note>
            )}
            <ul class="list">
              {list?.map((stake) => (
                <Mine key={stake.contract_id} stake={stake} node={nodesById.value.get(stake.contract_id)} />
              ))}
            </ul>
          </>
        )}
      </Card>
      <Liquidations />
    </>
  );
}

function refresh(): void {
  reloadSoon(nodes as Resource<unknown>, stakes as Resource<unknown>);
}

function Mine({ stake, node }: { stake: Stake; node: NodeRow | undefined }) {
  const [open, setOpen] = useState(route.value[1] === String(stake.contract_id));
  if (!node) return <li class="hint">Node {stake.contract_id}: reading…</li>;
  const stage = stageNow(node);
  const { name, tone } = STAGES[stage];
  return (
    <li data-node={node.id}>
      <div class="card-head">
        <h3>
          Node {node.id} <Hex value={node.ed25519} />
        </h3>
        <span class={`tag ${tone}`}>{name}</span>
      </div>
      <p>
        Stake <Amount atomic={node.stake} />, registered <Time at={node.registered} />
      </p>
      <When node={node} />
      {open ? (
        <Action node={node} stake={stake} />
      ) : (
        <p>
          <button type="button" onClick={() => setOpen(true)}>
            {stage === "active" ? "Leave this node…" : "Go on…"}
          </button>
        </p>
      )}
    </li>
  );
}

function When({ node }: { node: NodeRow }) {
  const times = leavingTimes(node);
  if (!times) return null;
  const at = chainNow();
  return (
    <dl class="facts">
      <dt>Requested</dt>
      <dd>
        <Time at={node.requested} />
      </dd>
      <dt>With the network's signature</dt>
      <dd>
        {at < times.signed ? (
          <>
            in <Countdown to={times.signed} />
          </>
        ) : (
          "now"
        )}
      </dd>
      <dt>Without any</dt>
      <dd>
        {at < times.unsigned ? (
          <>
            in <Countdown to={times.unsigned} />
          </>
        ) : (
          "now"
        )}
      </dd>
    </dl>
  );
}

function Action({ node, stake }: { node: NodeRow; stake: Stake }) {
  const contract = config.value?.contracts.rewards ?? "";
  switch (stageNow(node)) {
    case "active":
      return <Request node={node} stake={stake} contract={contract} />;
    case "unlocking":
      return <Note>Nothing to do until the network signs. Keep the node running: it earns until then.</Note>;
    case "free":
      return <AfterWait node={node} contract={contract} />;
    case "overdue":
      return (
        <Note kind="warn">
          The network does not sign its exit any more. It can be liquidated by anybody, you included (below), or taken
          out without a signature once the waiting time is over. Most of the stake comes back either way.
        </Note>
      );
    case "unlocked":
      return <Departure kind="exit" node={node} onDone={refresh} />;
    case "deregistered":
      return (
        <Note>
          The network has taken this node off its list. It is liquidated when its time comes (below, by anybody); the
          stake, less the penalty, then comes with the rewards.
        </Note>
      );
  }
}

function Request({ node, stake, contract }: { node: NodeRow; stake: Stake; contract: string }) {
  const make = async (): Promise<Call> => {
    const { requestExitCall } = await import("../../lib/chain.ts");
    return requestExitCall(contract, BigInt(node.id));
  };
  const mine =
    stake.contributors.find(({ address }) => address.toLowerCase() === account.value?.toLowerCase())?.amount ?? 0n;
  const wait = config.value?.rules.smallContributorWait ?? 0;
  const small = mine * 4n < node.stake && chainNow() < node.registered + wait;
  return (
    <>
      {small && (
        <Note kind="warn">
          With less than a quarter of the stake an exit can be requested <Countdown to={node.registered + wait} /> from
          now at the earliest.
        </Note>
      )}
      <Note kind="warn">The request cannot be taken back, and it is for the whole node: all its stakers leave.</Note>
      <TransactionSteps
        id={`request ${node.id}`}
        steps={[{ title: "Request the exit", make }]}
        verb="Request the exit"
        batch={async () => [await make()]}
        onDone={refresh}
      />
    </>
  );
}

function AfterWait({ node, contract }: { node: NodeRow; contract: string }) {
  const make = async (): Promise<Call> => {
    const { exitAfterWaitCall } = await import("../../lib/chain.ts");
    return exitAfterWaitCall(contract, BigInt(node.id));
  };
  return (
    <TransactionSteps
      id={`after wait ${node.id}`}
      steps={[{ title: "Leave without a signature", make }]}
      verb="Leave"
      batch={async () => [await make()]}
      onDone={refresh}
    />
  );
}

/** Nodes that anybody may liquidate, with what it brings. */
function Liquidations() {
  const [chosen, setChosen] = useState<number>();
  const all = nodes.value.value;
  const ripe = all?.filter(({ stage }) => stage === "overdue" || stage === "deregistered");
  const ratios = network.value.value?.figures.ratios;
  const gain = (stake: bigint) =>
    ratios && (stake * BigInt(ratios.liquidator)) / BigInt(ratios.liquidator + ratios.pool + ratios.recipient);
  return (
    <Card id="liquidations" title="Liquidations">
      <p>
        A node that stays away, or does not leave in time, can be taken out by anybody with the network's signature.
        Whoever does gets a share of its stake at once; the fee in ETH is shown before you sign.
      </p>
      <Freshness of={nodes} />
      {ripe?.length === 0 && <p class="hint">There is none now.</p>}
      <ul class="list">
        {ripe?.map((node) => (
          <li key={node.id} data-liquidate={node.id}>
            <div class="card-head">
              <h3>
                Node {node.id} <Hex value={node.ed25519} />
              </h3>
              <span class="tag bad">{STAGES[node.stage].name}</span>
            </div>
            <p>
              Stake <Amount atomic={node.stake} />, brings <Amount atomic={gain(node.stake)} />
            </p>
            {account.value === undefined ? (
              <p class="hint">Connect a wallet to do it.</p>
            ) : chosen === node.id ? (
              <Departure kind="liquidation" node={node} onDone={refresh} />
            ) : (
              <p>
                <button type="button" onClick={() => setChosen(node.id)}>
                  Liquidate…
                </button>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
