import { percent, shortHex } from "../../lib/format.ts";
import { network } from "../../lib/network.ts";
import { resource } from "../../lib/resource.ts";
import { route } from "../../lib/route.ts";
import type { Contribution } from "../../lib/schemas.ts";
import { service } from "../../lib/service.ts";
import { account } from "../../lib/wallet.ts";
import { Amount, Card, Freshness, Hex, Note } from "../../ui/basics.tsx";
import { limits } from "./minimum.ts";

const contributions = resource<true, Contribution[]>(
  () => (route.value[0] === "open" ? true : undefined),
  (_, abort) => service.contributions(abort),
  10_000,
);

/** Nodes that look for stakers. */
export function Open() {
  const figures = network.value.value?.figures;
  const all = contributions.value.value;
  const shown = all?.filter(({ status }) => status === 1 || status === 2);
  const own = all?.filter((contract) => contract.status === 0 && same(contract.operator_address, account.value));
  return (
    <>
      <Card id="open" title="Stake to an open node" side={<a href="#/register">Run a node yourself</a>}>
        <p>
          Several people stake to one node; rewards are shared by stake, after the operator's fee. A stake can be taken
          back until the node is registered, 24 hours after it was paid.
        </p>
        <Freshness of={contributions} />
        {!all && !contributions.trouble.value && <p class="hint reserve">Reading…</p>}
        {network.value.value?.head.complete === false && (
          <Note kind="warn">This list is not complete: the service has not read all of the chain (see below).</Note>
        )}
        {shown?.length === 0 && <p class="hint">The service knows no open node now.</p>}
        <ul class="list">
          {shown?.map((contract) => (
            <OpenNode key={contract.address} contract={contract} figures={figures} />
          ))}
        </ul>
      </Card>
      {own && own.length > 0 && (
        <Card id="own" title="Waiting for your first stake">
          <ul class="list">
            {own.map((contract) => (
              <li key={contract.address}>
                <a href={`#/contribution/${contract.address}`}>Node {shortHex(contract.service_node_pubkey)}</a>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function same(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}

type Figures = NonNullable<typeof network.value.value>["figures"];

function OpenNode({ contract, figures }: { contract: Contribution; figures: Figures | undefined }) {
  const requirement = figures?.stakingRequirement;
  const bounds = figures && limits(contract, figures.stakingRequirement, figures.maxContributors);
  const paid = contract.contributors.reduce((sum, { amount }) => sum + amount, 0n);
  const mine = contract.contributors.find(({ address }) => same(address, account.value));
  return (
    <li data-contribution={contract.address}>
      <div class="card-head">
        <h3>
          <a href={`#/contribution/${contract.address}`}>Node {shortHex(contract.service_node_pubkey)}</a>
        </h3>
        <span class="row">
          {mine && mine.amount > 0n && <span class="tag good">you are in</span>}
          {mine && mine.amount === 0n && mine.reserved > 0n && <span class="tag warn">reserved for you</span>}
          <span class="tag">{contract.status === 1 ? "open" : "full"}</span>
        </span>
      </div>
      <progress
        max={1_000}
        value={requirement ? Number((paid * 1_000n) / requirement) : 0}
        aria-label={`Paid in for node ${shortHex(contract.service_node_pubkey)}`}
      />
      <dl class="facts">
        <dt>Paid in</dt>
        <dd>
          <Amount atomic={paid} /> of <Amount atomic={requirement} />
        </dd>
        <dt>From, to</dt>
        <dd>
          {bounds ? (
            <>
              <Amount atomic={bounds.minimum} /> to <Amount atomic={bounds.maximum} />
            </>
          ) : (
            "no free place"
          )}
        </dd>
        <dt>Operator</dt>
        <dd>
          <Hex value={contract.operator_address} kind="address" />, fee {percent(contract.fee ?? 0)}
        </dd>
      </dl>
    </li>
  );
}
