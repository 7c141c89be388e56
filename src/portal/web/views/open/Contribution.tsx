import { computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { chainNow } from "../../lib/clock.ts";
import { config } from "../../lib/config.ts";
import { percent } from "../../lib/format.ts";
import { onchain } from "../../lib/onchain.ts";
import { route } from "../../lib/route.ts";
import type { ContributionView } from "../../lib/staking.ts";
import { useTied } from "../../lib/tied.ts";
import type { Trouble } from "../../lib/trouble.ts";
import { account, connection, wrongChain } from "../../lib/wallet.ts";
import { verifyInWorker } from "../../verify/index.ts";
import { ConnectPrompt } from "../../ui/Account.tsx";
import { Amount, Card, Countdown, Figure, Freshness, Hex, Note, TroubleBox } from "../../ui/basics.tsx";
import { TransactionSteps, WrongChain } from "../../ui/TransactionSteps.tsx";
import { Contribute } from "./Contribute.tsx";

const DAY = 86_400;
const STATES = ["waiting for its operator", "open", "full, not registered yet", "registered"];

interface Checked {
  view: ContributionView;
  /** Both signatures of its registration; undefined: right. */
  trouble: Trouble | undefined;
}

/** The one in the link. */
const linked = computed(() => {
  const [name, address] = route.value;
  return name === "contribution" && address && /^0x[0-9a-fA-F]{40}$/.test(address) ? address : undefined;
});

const contribution = onchain<Checked>(
  async (chain, { account: who }) => {
    const { readContribution } = await import("../../lib/staking.ts");
    const view = await readContribution(chain, linked.peek() ?? "", who);
    return { view, trouble: await checkRegistration(view) };
  },
  10_000,
  linked,
);

async function checkRegistration(view: ContributionView): Promise<Trouble | undefined> {
  const verdict = await verifyInWorker({
    kind: "registration",
    chainId: config.value?.chainId ?? 0,
    contract: config.value?.contracts.rewards ?? "",
    operator: view.operator,
    blsKey: view.bls,
    ed25519Key: view.ed25519,
    proof: view.proof,
    ed25519Signature: view.ed25519Signature,
  });
  if (verdict.ok) return undefined;
  return {
    sentence: `The registration of this node is not right: ${verdict.detail}. The network would pay nothing for it.`,
    fix: "Pay nothing into it. Its operator can put right keys in, or reset it.",
  };
}

/** One node that several people fund. */
export function Contribution() {
  if (!connection.value || account.value === undefined) {
    return (
      <Card id="contribution" title="Contribution">
        <ConnectPrompt>
          Its terms are read from the chain, through your wallet, and checked here before you pay.
        </ConnectPrompt>
      </Card>
    );
  }
  if (wrongChain.value) return <WrongChain />;
  const checked = contribution.value.value;
  const view = checked?.view;
  return (
    <>
      <Freshness of={contribution} />
      <dl class="figures">
        <Figure name="Paid in">
          <Amount atomic={view?.total} />
        </Figure>
        <Figure name="Needed">
          <Amount atomic={view?.requirement} />
        </Figure>
        <Figure name="Least for a new staker">
          <Amount atomic={view?.minimum} />
        </Figure>
        <Figure name="Still free">
          <Amount atomic={view && view.requirement - view.total - view.reservedOpen} />
        </Figure>
      </dl>
      {view && checked && <Body key={view.address} view={view} trouble={checked.trouble} />}
    </>
  );
}

function Body({ view, trouble }: { view: ContributionView; trouble: Trouble | undefined }) {
  const who = account.value ?? "";
  const isOperator = same(view.operator, who);
  const mine = view.contributors.find(({ address }) => same(address, who));
  const done = () => void contribution.reload();
  return (
    <>
      <Card id="contribution" title="Terms" side={<span class="tag">{STATES[view.status]}</span>}>
        {trouble ? (
          <TroubleBox trouble={trouble} />
        ) : (
          <Note kind="good">
            Checked in your browser: made by the factory, and both signatures of the node's registration are right.
          </Note>
        )}
        <dl class="facts">
          <dt>Node</dt>
          <dd>
            <Hex value={view.ed25519} />
          </dd>
          <dt>Operator</dt>
          <dd>
            <Hex value={view.operator} kind="address" />, fee {percent(view.fee)}
          </dd>
          <dt>When full</dt>
          <dd>{view.manualFinalize ? "the operator registers it" : "it is registered by the last payment"}</dd>
          <dt>Terms pinned</dt>
          <dd>
            {view.paramsHash ? (
              <>
                <Hex value={view.paramsHash} />: a payment on other terms than these is refused by the contract
              </>
            ) : (
              "no: this contract cannot pin them"
            )}
          </dd>
        </dl>
        <Stakers view={view} />
      </Card>
      {!trouble && view.status < 2 && <Contribute view={view} isOperator={isOperator} onDone={done} />}
      {mine && view.status < 3 && !isOperator && <Withdraw view={view} amount={mine.amount} onDone={done} />}
      {mine && (view.status === 1 || view.status === 2) && (
        <Beneficiary view={view} now={mine.beneficiary} onDone={done} />
      )}
      {isOperator && <Operator view={view} onDone={done} />}
    </>
  );
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function Stakers({ view }: { view: ContributionView }) {
  const unpaid = view.reserved.filter(({ paid }) => !paid);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Stakers">
      <table>
        <thead>
          <tr>
            <th scope="col">Staker</th>
            <th scope="col">Rewards to</th>
            <th scope="col" class="right">
              Stake, SESH
            </th>
          </tr>
        </thead>
        <tbody>
          {view.contributors.map(({ address, beneficiary, amount }) => (
            <tr key={address}>
              <td>
                <Hex value={address} kind="address" />
              </td>
              <td>
                <Hex value={beneficiary} kind="address" />
              </td>
              <td class="right">
                <Amount atomic={amount} unit={false} />
              </td>
            </tr>
          ))}
          {unpaid.map(({ address, amount }) => (
            <tr key={`reserved ${address}`}>
              <td>
                <Hex value={address} kind="address" />
              </td>
              <td class="hint">reserved, not paid</td>
              <td class="right">
                <Amount atomic={amount} unit={false} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A single call of the contract as a step. */
function Plain({ view, method, args = [], what, verb, onDone }: PlainProps) {
  const make = async () => {
    const { contributionCall } = await import("../../lib/staking.ts");
    return contributionCall(view.address, method, args, what);
  };
  return (
    <TransactionSteps
      id={`${method} ${view.address} ${args.join()} ${view.status} ${view.total}`}
      steps={[{ title: verb, make }]}
      verb={verb}
      batch={async () => [await make()]}
      onDone={onDone}
    />
  );
}

interface PlainProps {
  view: ContributionView;
  method: string;
  args?: readonly unknown[];
  what: string;
  verb: string;
  onDone: () => void;
}

function Withdraw({ view, amount, onDone }: { view: ContributionView; amount: bigint; onDone: () => void }) {
  const from = view.paidAt + DAY;
  return (
    <Card id="withdraw" title="Take it back">
      <p>
        <Amount atomic={amount} /> come back to your account; possible 24 hours after the last payment.
      </p>
      {chainNow() < from ? (
        <Note>
          Possible in <Countdown to={from} />.
        </Note>
      ) : (
        <Plain
          view={view}
          method="withdrawContribution"
          what="withdraw the contribution"
          verb="Withdraw"
          onDone={onDone}
        />
      )}
    </Card>
  );
}

function Beneficiary({ view, now, onDone }: { view: ContributionView; now: string; onDone: () => void }) {
  const [text, setText] = useState("");
  const [to, setTo] = useTied<{ address: string } | { error: string }>(text);
  useEffect(() => {
    if (text.trim() === "") return;
    void import("../../lib/chain.ts").then(({ readPayee }) =>
      setTo(readPayee(text, config.value?.contracts, view.address)),
    );
  }, [text]);
  const address = to && "address" in to ? to.address : undefined;
  return (
    <Card id="beneficiary" title="Who receives my rewards">
      <p>
        Now: <Hex value={now} kind="address" />. After registration this cannot be changed.
      </p>
      <label for="new-beneficiary">New address</label>
      <input
        id="new-beneficiary"
        type="text"
        value={text}
        autocomplete="off"
        onInput={(event) => setText((event.target as HTMLInputElement).value)}
      />
      <p class="error" role="alert">
        {to && "error" in to && to.error}
      </p>
      {address && !same(address, now) && (
        <Plain
          view={view}
          method="updateBeneficiary"
          args={[address]}
          what="change who receives the rewards"
          verb="Change it"
          onDone={() => {
            setText("");
            onDone();
          }}
        />
      )}
    </Card>
  );
}

function Operator({ view, onDone }: { view: ContributionView; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {view.status === 2 && (
        <Card id="finalize" title="Register the node">
          <p>It is full. Registering takes the stake into the rewards contract; from then on the node earns.</p>
          <Plain view={view} method="finalize" what="register the full node" verb="Register the node" onDone={onDone} />
        </Card>
      )}
      <Card id="reset" title="Start over">
        <p>
          {view.status === 3
            ? "The node is registered. A reset empties the books of this contract, so that it can be used again."
            : "Everybody gets their stake back, reservations are cleared, and you can change the terms."}
        </p>
        {open ? (
          <Plain view={view} method="reset" what="reset the contract" verb="Reset" onDone={onDone} />
        ) : (
          <button type="button" onClick={() => setOpen(true)}>
            Reset…
          </button>
        )}
      </Card>
    </>
  );
}
