import { useEffect, useMemo, useState } from "preact/hooks";
import type { Call, ClaimState } from "../../lib/chain.ts";
import { chainNow } from "../../lib/clock.ts";
import { config } from "../../lib/config.ts";
import { duration, group } from "../../lib/format.ts";
import { onchain } from "../../lib/onchain.ts";
import type { Step, Transaction } from "../../lib/tx.ts";
import { sent } from "../../lib/tx.ts";
import { account, connection, wrongChain } from "../../lib/wallet.ts";
import { Amount, Card, Countdown, Figure, Freshness, Hex, Note, TroubleBox } from "../../ui/basics.tsx";
import { ConnectPrompt } from "../../ui/Account.tsx";
import { TransactionSteps, WrongChain } from "../../ui/TransactionSteps.tsx";
import type { VerifiedReward } from "./collectRewards.ts";
import { rewardsCollection } from "./collectRewards.ts";
import { Keys } from "./Keys.tsx";
import { Signing } from "./Signing.tsx";

interface OnRecord {
  claim: ClaimState;
  features: ReadonlySet<string>;
}

const onRecord = onchain<OnRecord>(async (chain, { account: who }) => {
  const { probeFeatures, readClaimState } = await import("../../lib/chain.ts");
  const [claim, features] = await Promise.all([
    readClaimState(chain.rewards, who),
    probeFeatures(chain.provider, chain.config.contracts.rewards),
  ]);
  return { claim, features };
}, 15_000);

/** Ask the network, check what it says, claim. */
export function Claim() {
  const who = account.value;
  const collection = useMemo(rewardsCollection, []);
  useEffect(() => collection.stop, []);
  const at = collection.state.value;
  const record = onRecord.value.value;
  // Counts what was done: after a claim everything begins anew.
  const [round, setRound] = useState(0);
  const [claimed, setClaimed] = useState<{ paid: bigint; by: Transaction }>();

  if (!connection.value) {
    return (
      <Card id="claim" title="Claim rewards">
        <p>
          Rewards are paid only against a signature of more than two thirds of the network's nodes. This page asks them,
          checks the signature in your browser against the contract's own key, and then lets you send it.
        </p>
        <ConnectPrompt />
      </Card>
    );
  }
  if (wrongChain.value) {
    return (
      <Card id="claim" title="Claim rewards">
        <WrongChain />
      </Card>
    );
  }
  const waiting = elsewhere(who);
  const done = (paid: bigint, by: Transaction) => {
    setClaimed({ paid, by });
    collection.stop();
    setRound(round + 1);
    void onRecord.reload();
  };
  return (
    <>
      <Record record={record} />
      <Freshness of={onRecord} />
      <Card id="claim" title="Claim rewards">
        {claimed && <Claimed {...claimed} who={who ?? ""} />}
        <Ask collection={collection} who={who ?? ""} again={claimed !== undefined} />
        {waiting && <OnItsWay by={waiting} />}
        {record && !waiting && at.at === "verified" && (
          <Pay key={`${round} ${at.reward.amount}`} record={record} reward={at.reward} onDone={done} />
        )}
        {record && !waiting && at.at !== "verified" && (
          <Recorded key={round} record={record} onDone={done} failed={at.at === "failed"} />
        )}
      </Card>
    </>
  );
}

/** A claim of the account that was sent before this view was opened: before a reload, on another view, in another tab. */
function elsewhere(who: string | undefined): Transaction | undefined {
  return sent.value.find(
    ({ step, account: by, phase, followed }) =>
      step.about === "claim" && by === who && phase.value.at === "pending" && !followed,
  );
}

function OnItsWay({ by }: { by: Transaction }) {
  const phase = by.phase.value;
  useEffect(() => () => void onRecord.reload(), []);
  return (
    <Note kind="warn">
      <p role="status">
        <strong>A claim of this account is on its way</strong>
        {phase.at === "pending" && (
          <>
            : <Hex value={phase.hash} kind="tx" />
          </>
        )}
        . Another one now would pay nothing; the figures follow when it is included.
      </p>
    </Note>
  );
}

/** What was paid; taken back when the chain takes its block back. */
function Claimed({ paid, by, who }: { paid: bigint; by: Transaction; who: string }) {
  const phase = by.phase.value;
  useEffect(() => void onRecord.reload(), [phase.at]);
  if (phase.at === "failed") return <TroubleBox trouble={phase.trouble} />;
  if (phase.at !== "done") {
    return <Note kind="warn">The chain has taken the block of this claim back; it waits to be included again.</Note>;
  }
  return (
    <Note kind="good">
      <p role="status">
        <strong>
          <Amount atomic={paid} /> claimed.
        </strong>{" "}
        They are in the wallet of <Hex value={who} kind="address" />.
      </p>
    </Note>
  );
}

function Record({ record }: { record: OnRecord | undefined }) {
  const claim = record?.claim;
  return (
    <dl class="figures">
      <Figure name="Recorded in the contract">
        <Amount atomic={claim?.recorded} />
      </Figure>
      <Figure name="Claimed before">
        <Amount atomic={claim?.claimed} />
      </Figure>
      <Figure name="In the wallet">
        <Amount atomic={claim?.balance} />
      </Figure>
      <Figure name="Left in this cycle, for everybody">
        <Amount atomic={claim?.capLeft} whole />
        {claim && (
          <span class="hint">
            {" "}
            new in <Countdown to={Number(claim.cycleEnds)} />
          </span>
        )}
      </Figure>
    </dl>
  );
}

interface AskProps {
  collection: ReturnType<typeof rewardsCollection>;
  who: string;
  again: boolean;
}

function Ask({ collection, who, again }: AskProps) {
  const at = collection.state.value;
  const asking = at.at === "asking" || at.at === "checking";
  return (
    <>
      {at.at !== "verified" && (
        <div class="row">
          <button
            type="button"
            class={again ? "" : "primary"}
            disabled={asking || config.value?.collects === false}
            onClick={() => void collection.start(who)}
          >
            {asking ? "Asking the network…" : "Ask the network what I have earned"}
          </button>
          {asking && (
            <button type="button" class="quiet" onClick={() => collection.stop()}>
              Stop
            </button>
          )}
        </div>
      )}
      {config.value?.collects === false && <Note kind="warn">This service knows no nodes to ask.</Note>}
      {asking && <Signing at={at} />}
      {at.at === "failed" && <TroubleBox trouble={at.trouble} />}
      {at.at === "verified" && <Verified reward={at.reward} />}
    </>
  );
}

function Verified({ reward }: { reward: VerifiedReward }) {
  const { authority, nonSigners } = reward;
  const signers = authority.totalNodes - BigInt(nonSigners.length);
  return (
    <Note kind="good">
      <p role="status">
        <strong>Checked in your browser:</strong> <span class="number">{group(signers)}</span> of{" "}
        <span class="number">{group(authority.totalNodes)}</span> nodes signed that this account has earned{" "}
        <Amount atomic={reward.amount} /> in all.
      </p>
      <details>
        <summary>By whom, and against what</summary>
        <dl class="facts">
          <dt>Signed by</dt>
          <dd>
            all registered nodes{nonSigners.length > 0 && ` but ${nonSigners.join(", ")}`};{" "}
            {String(authority.totalNodes - authority.threshold)} must
          </dd>
          <dt>Message</dt>
          <dd>
            rewards of <Hex value={reward.recipient} kind="address" />, {String(reward.amount)} atomic SESH, on this
            chain and this contract, made here
          </dd>
          <dt>Contract's key</dt>
          <dd>
            <Hex value={authority.aggregateKey} />, read through {connection.value?.wallet.name} at block{" "}
            {group(authority.block)}. <Keys />
          </dd>
          <dt>Signers' key</dt>
          <dd>
            <Hex value={reward.signersKey} />: that key less those of the nodes that did not sign
          </dd>
          <dt>Check</dt>
          <dd>one pairing, {Math.max(1, Math.round(reward.ms))} ms</dd>
        </dl>
      </details>
    </Note>
  );
}

interface PayProps {
  record: OnRecord;
  onDone: (paid: bigint, by: Transaction) => void;
}

/** With the network's signature: in one transaction where the contract can, in two where it cannot. */
function Pay({ record, reward, onDone }: PayProps & { reward: VerifiedReward }) {
  const { claim, features } = record;
  const owed = reward.amount - claim.claimed;
  const paid = owed < claim.capLeft ? owed : claim.capLeft;
  // Fixed when it is shown: the figures move on while the wallet is open.
  const plan = useMemo(() => ({ paid, steps: planOf(record, reward, paid) }), []);
  if (owed <= 0n) return <Note>There is nothing to claim: everything that was earned has been claimed.</Note>;
  if (claim.paused)
    return <Note kind="warn">The contract is paused: nothing can be claimed now. Nothing is lost by waiting.</Note>;
  if (paid <= 0n) return <CycleFull claim={claim} />;
  return (
    <>
      <Sum owed={owed} paid={plan.paid} claim={claim} />
      <TransactionSteps
        id={`claim ${reward.recipient} ${reward.amount}`}
        steps={plan.steps}
        verb={plan.steps.length === 1 ? "Claim" : "Record the rewards"}
        batch={(from) => Promise.all(plan.steps.map((step) => step.make(from) as Promise<Call>))}
        onDone={(last) => onDone(plan.paid, last)}
      />
      {features.has("updateRewardsBalanceAndClaim") || plan.steps.length === 1 ? null : (
        <p class="hint">This contract takes the signature in one transaction and pays in a second.</p>
      )}
    </>
  );
}

function planOf({ claim, features }: OnRecord, reward: VerifiedReward, paid: bigint): Step[] {
  const contract = config.value?.contracts.rewards ?? "";
  const chain = () => import("../../lib/chain.ts");
  const signed = async () => {
    const { signatureWords } = await chain();
    return { signature: signatureWords(reward.signature), nonSigners: reward.nonSigners };
  };
  const owed = reward.amount - claim.claimed;
  const pay: Step = {
    title: "Claim",
    about: "claim",
    make: async () => (await chain()).claimRewardsCall(contract, paid === owed ? undefined : paid),
  };
  if (reward.amount === claim.recorded) return [pay];
  if (features.has("updateRewardsBalanceAndClaim") && paid === owed) {
    return [
      {
        title: "Claim",
        about: "claim",
        make: async () => (await chain()).updateAndClaimCall(contract, reward.amount, await signed()),
      },
    ];
  }
  const record: Step = {
    title: "Record the rewards",
    about: "claim",
    make: async () =>
      (await chain()).updateRewardsBalanceCall(contract, reward.recipient, reward.amount, await signed()),
  };
  return [record, pay];
}

/** What the contract has on record already needs no signature: good when the nodes are silent. */
function Recorded({ record, onDone, failed }: PayProps & { failed: boolean }) {
  const { claim } = record;
  const owed = claim.recorded - claim.claimed;
  const paid = owed < claim.capLeft ? owed : claim.capLeft;
  const [open, setOpen] = useState(false);
  const plan = useMemo<{ paid: bigint; steps: Step[] }>(
    () => ({
      paid,
      steps: [
        {
          title: "Claim",
          about: "claim",
          make: async () => {
            const { claimRewardsCall } = await import("../../lib/chain.ts");
            return claimRewardsCall(config.value?.contracts.rewards ?? "", paid === owed ? undefined : paid);
          },
        },
      ],
    }),
    [open],
  );
  if (owed <= 0n || claim.paused) return null;
  if (paid <= 0n) return <CycleFull claim={claim} />;
  return (
    <div class="aside">
      <p>
        The contract already has <Amount atomic={owed} /> on record for this account; for these no signature is needed
        {failed ? ", and the nodes need not answer" : ""}.
      </p>
      {open ? (
        <TransactionSteps
          id={`recorded ${claim.recipient}`}
          steps={plan.steps}
          verb="Claim"
          batch={(from) => Promise.all(plan.steps.map((step) => step.make(from) as Promise<Call>))}
          onDone={(last) => onDone(plan.paid, last)}
        />
      ) : (
        <button type="button" onClick={() => setOpen(true)}>
          Claim only these
        </button>
      )}
    </div>
  );
}

function Sum({ owed, paid, claim }: { owed: bigint; paid: bigint; claim: ClaimState }) {
  return (
    <p class="sum">
      This claim pays <Amount atomic={paid} />
      {paid < owed && (
        <>
          {" "}
          of <Amount atomic={owed} />: the contract pays no more than that in this cycle. The rest from{" "}
          <Countdown to={Number(claim.cycleEnds)} /> on.
        </>
      )}
    </p>
  );
}

function CycleFull({ claim }: { claim: ClaimState }) {
  return (
    <Note kind="warn">
      The contract has paid out what it may pay to everybody in this cycle. The next begins in{" "}
      {duration(Math.max(0, Number(claim.cycleEnds) - chainNow()))}; nothing is lost by waiting.
    </Note>
  );
}
