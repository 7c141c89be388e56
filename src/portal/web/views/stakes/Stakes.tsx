import { useEffect, useMemo } from "preact/hooks";
import { percent, shortHex } from "../../lib/format.ts";
import { days, rewards, stakes, watched } from "../../lib/mine.ts";
import type { NodeRow } from "../../lib/nodes.ts";
import { leavingTimes, nodes, nodesById, STAGES, stageNow, wanted } from "../../lib/nodes.ts";
import type { AddressHistory, Stake } from "../../lib/schemas.ts";
import { account } from "../../lib/wallet.ts";
import { ConnectPrompt } from "../../ui/Account.tsx";
import { Amount, Card, Countdown, Figure, Freshness, Hex, Note } from "../../ui/basics.tsx";
import { Plot } from "../../ui/Plot.tsx";

/** Everything of one address: stakes, rewards, and what to do next. */
export function Stakes() {
  useEffect(() => {
    wanted.value = true;
  }, []);
  const who = watched.value;
  if (who === undefined) {
    return (
      <Card id="mine" title="My stakes">
        <ConnectPrompt>
          Connect a wallet, or look at any address from the account button: nothing is signed for looking.
        </ConnectPrompt>
      </Card>
    );
  }
  return <Of key={who} who={who} />;
}

function Of({ who }: { who: string }) {
  const info = rewards.value.value;
  const list = stakes.value.value;
  return (
    <>
      <h1 class="title">
        Stakes of <Hex value={who} kind="address" /> {who !== account.value && <span class="tag">read-only</span>}
      </h1>
      <Freshness of={rewards} />
      <dl class="figures">
        <Figure name="Staked">
          <Amount atomic={info?.locked_stakes} />
        </Figure>
        <Figure name="Claimable, at most">
          <Amount atomic={info?.amount} />
        </Figure>
        <Figure name="Earned in all">
          <Amount atomic={info?.lifetime_rewards} />
        </Figure>
        <Figure name="Left, not payable yet">
          <Amount atomic={info?.timelocked_stakes} />
        </Figure>
        <Figure name="Claimed">
          <Amount atomic={info && info.claimed_rewards + info.claimed_stakes} />
        </Figure>
      </dl>
      <p class="row">
        <a class="button primary" href="#/claim">
          Claim
        </a>
        <a class="button" href="#/open">
          Stake more
        </a>
      </p>
      <Card id="my-nodes" title="Nodes">
        <Freshness of={stakes} />
        {list ? (
          <NodeList list={list.stakes} who={who} />
        ) : (
          !stakes.trouble.value && <p class="hint reserve">Reading…</p>
        )}
      </Card>
      {list && list.contracts.length > 0 && (
        <Card id="my-contributions" title="Contributions">
          <ul class="list">
            {list.contracts.map((contract) => (
              <li key={contract.address}>
                <p>
                  <a href={`#/contribution/${contract.address}`}>{shortHex(contract.address)}</a>{" "}
                  <span class="tag">{["waiting for its operator", "open", "full", "registered"][contract.status]}</span>
                </p>
                <p>
                  Paid in: <Amount atomic={paidBy(contract.contributors, who)} />
                </p>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card id="days" title="Rewards by day">
        <Freshness of={days} />
        <Days history={days.value.value} />
      </Card>
    </>
  );
}

function paidBy(contributors: readonly { address: string; amount: bigint }[], who: string): bigint {
  return contributors.find(({ address }) => address.toLowerCase() === who.toLowerCase())?.amount ?? 0n;
}

function NodeList({ list, who }: { list: readonly Stake[]; who: string }) {
  if (list.length === 0) {
    return (
      <Note>
        <p>
          This address has no stake in a node. What it earned before can still be claimed: <a href="#/claim">Claim</a>{" "}
          asks the network, not this list.
        </p>
      </Note>
    );
  }
  return (
    <ul class="list">
      {list.map((stake) => {
        const node = nodesById.value.get(stake.contract_id);
        return (
          <li key={stake.contract_id} data-node={stake.contract_id}>
            <div class="card-head">
              <h3>
                Node {stake.contract_id} <Hex value={stake.service_node_pubkey} />
              </h3>
              <StageTag node={node} gone={stake.exit_type} />
            </div>
            <dl class="facts">
              <dt>My part</dt>
              <dd>
                <Amount atomic={paidBy(stake.contributors, who)} /> of <Amount atomic={stake.staking_requirement} />
              </dd>
              <dt>Fee of the operator</dt>
              <dd>
                {percent(stake.operator_fee)}, <Hex value={stake.operator_address} kind="address" />
              </dd>
              <dt>Next</dt>
              <dd>
                <Next node={node} gone={stake.exit_type} who={who} />
              </dd>
            </dl>
          </li>
        );
      })}
    </ul>
  );
}

function StageTag({ node, gone }: { node: NodeRow | undefined; gone: Stake["exit_type"] }) {
  if (!node) return <span class="tag">{gone === null ? "…" : gone === "exit" ? "has left" : "was removed"}</span>;
  const { name, tone } = STAGES[stageNow(node)];
  return <span class={`tag ${tone}`}>{name}</span>;
}

function Next({ node, gone, who }: { node: NodeRow | undefined; gone: Stake["exit_type"]; who: string }) {
  if (!node) {
    if (gone === null && nodes.value.value === undefined) return <span class="hint">…</span>;
    return (
      <>
        It has left; its stake comes with the rewards: <a href="#/claim">Claim</a>
      </>
    );
  }
  const times = leavingTimes(node);
  const leave = who === account.value ? <a href={`#/leave/${node.id}`}>Leave</a> : "Its stakers can leave";
  switch (stageNow(node)) {
    case "active":
      return <>It earns. {leave} whenever you like.</>;
    case "unlocking":
      return (
        <>
          The network signs its exit in <Countdown to={times?.signed ?? 0} />. Keep it running until then.
        </>
      );
    case "unlocked":
      return <>{leave} now, with the network's signature.</>;
    case "free":
      return <>{leave} now, without any signature.</>;
    case "overdue":
      return (
        <>The network does not sign its exit any more; anybody may liquidate it, at the operator's cost. {leave}.</>
      );
    case "deregistered":
      return <>The network has taken it off its list; it is liquidated, and the stake comes back through rewards.</>;
  }
}

function Days({ history }: { history: AddressHistory | undefined }) {
  const series = useMemo(
    () =>
      history && {
        name: "Earned that day",
        times: history.map(({ t }) => t),
        values: history.map(({ earned }) => earned),
        unit: "SESH" as const,
        bars: true,
      },
    [history],
  );
  return <Plot series={series} height={180} />;
}
