import { useEffect, useState } from "preact/hooks";
import { readAmount } from "../../lib/amountInput.ts";
import { approvalFor, canPermit } from "../../lib/allow.ts";
import type { Call } from "../../lib/chain.ts";
import { config } from "../../lib/config.ts";
import { exactSesh } from "../../lib/format.ts";
import { chainNowOpen } from "../../lib/onchain.ts";
import type { ContributionView } from "../../lib/staking.ts";
import { useTied } from "../../lib/tied.ts";
import type { Step } from "../../lib/tx.ts";
import { account, canSign } from "../../lib/wallet.ts";
import { Amount, Card, Field, Note } from "../../ui/basics.tsx";
import { PayFrom } from "../../ui/PayFrom.tsx";
import { TransactionSteps } from "../../ui/TransactionSteps.tsx";

const ZERO = "0x0000000000000000000000000000000000000000";

interface Props {
  view: ContributionView;
  isOperator: boolean;
  onDone: () => void;
}

/** Pays in: on the terms that are shown, allowed by a signature where the token takes one. */
export function Contribute({ view, isOperator, onDone }: Props) {
  const [text, setText] = useState("");
  const [beneficiary, setBeneficiary] = useState("");
  const [from, setFrom] = useState("");
  const typed = JSON.stringify([text, beneficiary, from]);
  const [plan, setPlan] = useTied<Plan>(typed);
  const [error, setError] = useTied<string>(typed);
  const payer = from === "" ? (account.value ?? "") : from;
  const reservation = view.reserved.find(({ address, paid }) => !paid && same(address, payer))?.amount ?? 0n;
  const free = view.requirement - view.total - view.reservedOpen + reservation;
  const mine = view.contributors.find(({ address }) => same(address, payer))?.amount ?? 0n;
  const least = mine > 0n ? 1n : reservation > 0n ? reservation : view.minimum;

  if (view.status === 0 && !isOperator) return <Note>Its operator pays first; come back then.</Note>;
  if (free <= 0n) return null;

  const prepare = async (event: Event) => {
    event.preventDefault();
    setPlan(undefined);
    setError(undefined);
    const read = readAmount(text);
    if (!read || "error" in read) return setError(read?.error ?? "Give an amount.");
    const { amount } = read;
    if (amount < least) return setError(`At least ${exactSesh(least)} SESH.`);
    if (amount > free) return setError(`At most ${exactSesh(free)} SESH are free.`);
    let to = ZERO;
    if (beneficiary.trim() !== "") {
      const { readPayee } = await import("../../lib/chain.ts");
      const read = readPayee(beneficiary, config.value?.contracts, view.address);
      if ("error" in read) return setError(read.error);
      to = read.address;
    }
    setPlan({ amount, beneficiary: to, from });
  };
  return (
    <Card id="contribute" title={mine > 0n ? "Add to my stake" : "Stake"}>
      <form class="form" onSubmit={(event) => void prepare(event)}>
        <PayFrom value={from} onChange={setFrom} />
        <Field
          id="amount"
          label="Amount"
          numeric
          value={text}
          onInput={setText}
          hint={
            <>
              From <Amount atomic={least} /> to <Amount atomic={free} />
              {reservation > 0n && ", reserved for you"}.
            </>
          }
          error={error}
        />
        <div class="row">
          <button type="button" class="quiet" onClick={() => setText(exactSesh(least))}>
            The least
          </button>
          <button type="button" class="quiet" onClick={() => setText(exactSesh(free))}>
            All that is free
          </button>
        </div>
        <Field
          id="rewards-to"
          label="Rewards go to"
          value={beneficiary}
          onInput={setBeneficiary}
          placeholder={from === "" ? "my account" : "an address of yours"}
          hint="Left empty: the account that pays."
        />
        <div>
          <button type="submit">Prepare</button>
        </div>
      </form>
      {plan && <Pay view={view} plan={plan} onDone={onDone} />}
    </Card>
  );
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

type Plan = { amount: bigint; beneficiary: string; from: string };

function Pay({ view, plan, onDone }: { view: ContributionView; plan: Plan; onDone: () => void }) {
  const { amount, beneficiary, from } = plan;
  const [permits, setPermits] = useState<boolean>();
  useEffect(() => {
    canPermit().then(setPermits, () => setPermits(false));
  }, []);
  if (permits === undefined && from === "") return <p class="hint">Looking at the token…</p>;
  const byPermit = permits === true && canSign.value && view.paramsHash !== undefined;
  const pay = (who: string): Promise<Call> => payCall(who, view, plan);
  const steps: Step[] =
    from !== ""
      ? [{ title: "Stake from the vesting contract", make: pay }]
      : byPermit
        ? [{ title: "Sign the allowance, then stake", make: (who) => permitCall(who, view, plan) }]
        : [
            { title: "Allow the amount", make: (who) => approvalFor(who, view.address, amount) },
            { title: "Stake", make: pay },
          ];
  return (
    <TransactionSteps
      id={`contribute ${view.address} ${amount} ${beneficiary} ${from}`}
      steps={steps}
      verb={steps.length === 1 ? "Stake" : "Allow the amount"}
      batch={async (who) => {
        const approval = from === "" ? await approvalFor(who, view.address, amount) : undefined;
        return [...(approval ? [approval] : []), await pay(who)];
      }}
      onDone={onDone}
    />
  );
}

/** Pinned to the terms shown, where the contract can (H11). */
async function payCall(
  who: string,
  { address, paramsHash }: ContributionView,
  { amount, beneficiary, from }: Plan,
): Promise<Call> {
  const [{ contributeCall, pinnedContributeCall }, { vestingCall }] = await Promise.all([
    import("../../lib/chain.ts"),
    import("../../lib/staking.ts"),
  ]);
  if (from !== "") {
    const to = beneficiary === ZERO ? who : beneficiary;
    const args = paramsHash === undefined ? [address, amount, to] : [address, amount, to, paramsHash];
    const types = paramsHash === undefined ? "address,uint256,address" : "address,uint256,address,bytes32";
    return vestingCall(from, `contributeFunds(${types})`, args, "contribute to the node from the vesting contract");
  }
  return paramsHash === undefined
    ? contributeCall(address, amount, beneficiary)
    : pinnedContributeCall(address, amount, beneficiary, paramsHash);
}

async function permitCall(
  from: string,
  { address, paramsHash }: ContributionView,
  { amount, beneficiary }: Plan,
): Promise<Call> {
  const [{ contributeWithPermitCall }, { requireBalance, signPermit }, { chain, who }] = await Promise.all([
    import("../../lib/chain.ts"),
    import("../../lib/staking.ts"),
    chainNowOpen(from),
  ]);
  await requireBalance(chain, from, amount);
  const permit = await signPermit(chain, who, address, amount);
  return contributeWithPermitCall(address, amount, beneficiary, paramsHash ?? "", permit);
}
