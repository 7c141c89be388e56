import { useEffect, useMemo, useState } from "preact/hooks";
import type { Call } from "../../lib/chain.ts";
import { chainNow } from "../../lib/clock.ts";
import { config } from "../../lib/config.ts";
import { vestings } from "../../lib/mine.ts";
import { nodesById, wanted } from "../../lib/nodes.ts";
import { onchain } from "../../lib/onchain.ts";
import type { Resource } from "../../lib/resource.ts";
import { reloadSoon, resource } from "../../lib/resource.ts";
import type { Stakes, Vesting as Entry } from "../../lib/schemas.ts";
import { service } from "../../lib/service.ts";
import { account } from "../../lib/wallet.ts";
import { ConnectPrompt } from "../../ui/Account.tsx";
import { Amount, Card, Countdown, Figure, Freshness, Hex, Note, Time, TroubleBox } from "../../ui/basics.tsx";
import { TransactionSteps } from "../../ui/TransactionSteps.tsx";
import { rewardsCollection } from "../claim/collectRewards.ts";

/** Tokens in vesting contracts: what is staked, what is releasable when, and the same actions as with one's own. */
export function Vesting() {
  useEffect(() => {
    wanted.value = true;
  }, []);
  if (account.value === undefined) {
    return (
      <Card id="vesting" title="Vesting">
        <ConnectPrompt>Connect the beneficiary's wallet, or look at any address.</ConnectPrompt>
      </Card>
    );
  }
  const list = vestings.value.value;
  return (
    <>
      <Freshness of={vestings} />
      {list?.length === 0 && (
        <Card id="vesting" title="Vesting">
          <Note>The service knows no vesting contract of this account.</Note>
        </Card>
      )}
      {list?.map((entry) => (
        <One key={entry.address} entry={entry} />
      ))}
    </>
  );
}

function One({ entry }: { entry: Entry }) {
  const ended = chainNow() >= entry.end;
  return (
    <Card
      id={`vesting-${entry.address}`}
      title={
        <>
          Vesting contract <Hex value={entry.address} kind="address" />
        </>
      }
      side={<span class="tag">{entry.revoked ? "revoked" : ended ? "ended" : "locked"}</span>}
    >
      <dl class="figures">
        <Figure name="Held">
          <Amount atomic={entry.balance} />
        </Figure>
        <Figure name="Staked">
          <Amount atomic={entry.staked} />
        </Figure>
        <Figure name="Releasable now">
          <Amount atomic={entry.releasable} />
        </Figure>
        <Figure name="Everything unlocks">
          {ended ? (
            <Time at={entry.end} />
          ) : (
            <>
              in <Countdown to={entry.end} />
            </>
          )}
        </Figure>
      </dl>
      <p>
        Until then its tokens can be staked; rewards go to the address that you name.{" "}
        {!ended && (
          <>
            <a href="#/register">Register a node</a> or <a href="#/open">stake to an open one</a> with them.
          </>
        )}
      </p>
      {ended && entry.releasable > 0n && <Release entry={entry} />}
      <Held entry={entry} />
      <ClaimFor entry={entry} />
    </Card>
  );
}

function Release({ entry }: { entry: Entry }) {
  const make = () => call(entry.address, "release", [config.value?.contracts.token], "release the tokens");
  return (
    <TransactionSteps
      id={`release ${entry.address} ${entry.releasable}`}
      steps={[{ title: "Release the tokens", make }]}
      verb="Release"
      batch={async () => [await make()]}
      onDone={() => reloadSoon(vestings as Resource<unknown>)}
    />
  );
}

async function call(vesting: string, method: string, args: readonly unknown[], what: string): Promise<Call> {
  const { vestingCall } = await import("../../lib/staking.ts");
  return vestingCall(vesting, method, args, what);
}

/** Nodes and contributions that its tokens are in. */
function Held({ entry }: { entry: Entry }) {
  const stakes = useMemo(
    () =>
      resource<string, Stakes>(
        () => entry.address,
        (address, abort) => service.stakes(address, abort),
      ),
    [entry.address],
  );
  useEffect(() => stakes.stop, [stakes]);
  const [leaving, setLeaving] = useState<number>();
  const of = stakes.value.value;
  const same = (address: string) => address.toLowerCase() === entry.address.toLowerCase();
  return (
    <>
      <Freshness of={stakes} />
      <ul class="list">
        {of?.stakes
          .filter(
            ({ contract_id, contributors }) =>
              nodesById.value.has(contract_id) && contributors.some(({ address }) => same(address)),
          )
          .map((stake) => (
            <li key={stake.contract_id}>
              <p class="row">
                Node {stake.contract_id} <Hex value={stake.service_node_pubkey} />
                {stake.requested_unlock_height > 0 && <span class="tag warn">exit requested</span>}
              </p>
              {leaving === stake.contract_id ? (
                <TransactionSteps
                  id={`vesting exit ${stake.contract_id}`}
                  steps={[
                    {
                      title: "Request the exit",
                      make: () =>
                        call(
                          entry.address,
                          "initiateExitBLSPublicKey",
                          [stake.contract_id],
                          `request the exit of node ${stake.contract_id}`,
                        ),
                    },
                  ]}
                  verb="Request the exit"
                  onDone={() => reloadSoon(stakes as Resource<unknown>)}
                />
              ) : (
                stake.requested_unlock_height === 0 && (
                  <p>
                    <button type="button" onClick={() => setLeaving(stake.contract_id)}>
                      Leave this node…
                    </button>
                  </p>
                )
              )}
            </li>
          ))}
        {of?.contracts
          .filter(
            ({ status, contributors }) =>
              status < 3 && contributors.some((one) => same(one.address) && one.amount > 0n),
          )
          .map((contract) => (
            <li key={contract.address}>
              <p>
                Contribution <Hex value={contract.address} kind="address" />
              </p>
              <TransactionSteps
                id={`vesting withdraw ${contract.address}`}
                steps={[
                  {
                    title: "Take it back into the vesting contract",
                    make: () =>
                      call(entry.address, "withdrawContribution", [contract.address], "withdraw the contribution"),
                  },
                ]}
                verb="Withdraw"
                onDone={() => reloadSoon(stakes as Resource<unknown>)}
              />
            </li>
          ))}
      </ul>
    </>
  );
}

/** Stakes that come back, and rewards named to the contract itself: recorded with the network's signature, then claimed by it. */
function ClaimFor({ entry }: { entry: Entry }) {
  const collection = useMemo(rewardsCollection, [entry.address]);
  const record = useMemo(() => onchain(async (chain) => chain.rewards.recipients(entry.address)), [entry.address]);
  useEffect(() => collection.stop, [collection]);
  useEffect(() => record.stop, [record]);
  const at = collection.state.value;
  const done = () => {
    collection.stop();
    void record.reload();
    reloadSoon(vestings as Resource<unknown>);
  };
  const rewards = config.value?.contracts.rewards ?? "";
  const known = record.value.value;
  const steps = useMemo(() => {
    if (at.at !== "verified" || !known) return [];
    const { reward } = at;
    const claim = {
      title: "Claim into the vesting contract",
      make: () => call(entry.address, "claimRewards()", [], "claim for the vesting contract"),
    };
    if (reward.amount <= known.rewards) return reward.amount > known.claimed ? [claim] : [];
    const update = {
      title: "Record the rewards",
      make: async () => {
        const { signatureWords, updateRewardsBalanceCall } = await import("../../lib/chain.ts");
        const signed = { signature: signatureWords(reward.signature), nonSigners: reward.nonSigners };
        return updateRewardsBalanceCall(rewards, entry.address, reward.amount, signed);
      },
    };
    return [update, claim];
  }, [at, known]);
  return (
    <div class="aside">
      <p>Stakes that have left, and rewards that go to the contract itself, are claimed here.</p>
      {at.at !== "verified" && (
        <p>
          <button
            type="button"
            disabled={at.at === "asking" || at.at === "checking"}
            onClick={() => void collection.start(entry.address)}
          >
            {at.at === "asking" || at.at === "checking" ? "Asking the network…" : "Ask the network what it has earned"}
          </button>
        </p>
      )}
      {at.at === "failed" && <TroubleBox trouble={at.trouble} />}
      {at.at === "verified" && known && (
        <>
          <p>
            Checked in your browser: <Amount atomic={at.reward.amount} /> in all,{" "}
            <Amount atomic={at.reward.amount - known.claimed} /> not claimed.
          </p>
          {steps.length > 0 && (
            <TransactionSteps
              id={`vesting claim ${entry.address} ${at.reward.amount}`}
              steps={steps}
              verb={steps[0]?.title ?? ""}
              onDone={done}
            />
          )}
        </>
      )}
    </div>
  );
}
