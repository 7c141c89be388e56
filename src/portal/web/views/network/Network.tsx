import { useEffect, useMemo } from "preact/hooks";
import { group } from "../../lib/format.ts";
import { network } from "../../lib/network.ts";
import { nodes, wanted } from "../../lib/nodes.ts";
import { resource } from "../../lib/resource.ts";
import type { NetworkHistory } from "../../lib/schemas.ts";
import { service } from "../../lib/service.ts";
import { Amount, Blank, Card, Countdown, Figure, Freshness, Note } from "../../ui/basics.tsx";
import { NodeTable } from "../../ui/NodeTable.tsx";
import type { Series } from "../../ui/Plot.tsx";
import { Plot } from "../../ui/Plot.tsx";

const POINTS = 200;
const history = resource<true, NetworkHistory>(
  () => wanted.value || undefined,
  (_, abort) => service.networkHistory(POINTS, abort),
  60_000,
);

/** The network's figures, its past, and all its nodes. */
export function Network() {
  useEffect(() => {
    wanted.value = true;
  }, []);
  const figures = network.value.value?.figures;
  const number = (value: number | undefined) =>
    value === undefined ? <Blank width={6} /> : <span class="number">{group(value)}</span>;
  return (
    <>
      <h1 class="visually-hidden">Network</h1>
      {!figures && <Freshness of={network} />}
      {figures?.paused.rewards && (
        <Note kind="warn">
          The rewards contract is paused: nothing is claimed, registered or left until it goes on.
        </Note>
      )}
      <dl class="figures">
        <Figure name="Active nodes">{number(figures?.active)}</Figure>
        <Figure name="Leaving">{number(figures?.awaitingExit)}</Figure>
        <Figure name="Staked">
          <Amount atomic={figures?.totalStake} whole />
        </Figure>
        <Figure name="Rewards a day">
          <Amount atomic={figures?.rewardsPerDay} whole />
        </Figure>
        <Figure name="A node costs">
          <Amount atomic={figures?.stakingRequirement} whole />
        </Figure>
        <Figure name="Left to claim in this cycle">
          <Amount atomic={figures?.claim.left} whole />
          <span class="hint"> {figures && <Countdown to={figures.claim.resetsAt} />}</span>
        </Figure>
      </dl>
      <Freshness of={history} />
      <Plots points={history.value.value} />
      <Card id="nodes" title="Nodes">
        <Freshness of={nodes} />
        <NodeTable rows={nodes.value.value} />
      </Card>
    </>
  );
}

function Plots({ points }: { points: NetworkHistory | undefined }) {
  const series = useMemo(() => {
    if (!points) return undefined;
    const times = points.map(({ t }) => t);
    const of = (name: string, values: Series["values"], unit: Series["unit"]): Series => ({
      name,
      times,
      values,
      unit,
    });
    return {
      nodes: of(
        "Nodes",
        points.map((point) => point.nodes),
        "",
      ),
      stake: of(
        "Staked",
        points.map((point) => point.stake),
        "SESH",
      ),
      rate: of(
        "Rewards a day",
        points.map((point) => point.rewardRate),
        "SESH",
      ),
      claimed: of(
        "Claimed until then",
        points.map((point) => point.claimed),
        "SESH",
      ),
    };
  }, [points]);
  return (
    <div class="columns">
      <Card id="plot-nodes" title="Nodes">
        <Plot series={series?.nodes} />
      </Card>
      <Card id="plot-stake" title="Staked">
        <Plot series={series?.stake} />
      </Card>
      <Card id="plot-rate" title="Rewards a day">
        <Plot series={series?.rate} />
      </Card>
      <Card id="plot-claimed" title="Claimed by everybody">
        <Plot series={series?.claimed} />
      </Card>
    </div>
  );
}
