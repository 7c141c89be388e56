import { useState } from "preact/hooks";
import { readAmount, readFee } from "../../lib/amountInput.ts";
import { config } from "../../lib/config.ts";
import { exactSesh } from "../../lib/format.ts";
import { network } from "../../lib/network.ts";
import { useTied } from "../../lib/tied.ts";
import { Amount, Card, Field } from "../../ui/basics.tsx";
import { reservedMinimum } from "../open/minimum.ts";
import type { NodeRegistration } from "./registration.ts";
import type { RegisterPlan } from "./plan.ts";
import { SendShared, SendSolo } from "./Send.tsx";

interface Slot {
  address: string;
  amount: string;
}

interface Props {
  given: NodeRegistration;
  operator: string;
  vesting: boolean;
}

/** Alone or with others, and on which terms. */
export function Terms({ given, operator, vesting }: Props) {
  const figures = network.value.value?.figures;
  const [alone, setAlone] = useState(true);
  const [rewardsTo, setRewardsTo] = useState("");
  const [fee, setFee] = useState("10");
  const [manual, setManual] = useState(false);
  const [own, setOwn] = useState("");
  const [slots, setSlots] = useState<Slot[]>([]);
  const typed = JSON.stringify([alone, rewardsTo, fee, manual, own, slots]);
  const [error, setError] = useTied<string>(typed);
  const [plan, setPlan] = useTied<RegisterPlan>(typed);
  if (!figures) return null;
  const { stakingRequirement: requirement, maxContributors } = figures;
  const amounts = [own, ...slots.map(({ amount }) => amount)].map((text) => {
    const read = readAmount(text);
    return read && "amount" in read ? read.amount : 0n;
  });
  const minimum = (i: number) => reservedMinimum(requirement, maxContributors, amounts.slice(0, i));

  const prepare = async (event: Event) => {
    event.preventDefault();
    setPlan(undefined);
    setError(undefined);
    const { readAddress, readPayee } = await import("../../lib/chain.ts");
    if (alone) {
      const to = rewardsTo.trim() === "" ? undefined : readPayee(rewardsTo, config.value?.contracts);
      if (to && "error" in to) return setError(to.error);
      setPlan({ kind: "alone", beneficiary: to?.address });
      return;
    }
    const points = readFee(fee);
    if (points === undefined) {
      return setError("The fee is a percentage from 0 to 100, with two decimals at most.");
    }
    const reserved: { addr: string; amount: bigint }[] = [];
    const rows = own.trim() === "" && slots.length === 0 ? [] : [{ address: operator, amount: own }, ...slots];
    for (const [i, row] of rows.entries()) {
      const who = i === 0 ? "Your own place" : `Place ${i + 1}`;
      const addr = readAddress(row.address);
      const read = readAmount(row.amount);
      if (addr === undefined) return setError(`${who}: the address is none; copy it whole.`);
      if (reserved.some((other) => other.addr === addr)) return setError(`${who}: this address has a place already.`);
      if (!read || "error" in read) return setError(`${who}: ${read?.error ?? "give an amount."}`);
      if (read.amount < minimum(i)) return setError(`${who}: at least ${exactSesh(minimum(i))} SESH.`);
      reserved.push({ addr, amount: read.amount });
    }
    const total = reserved.reduce((sum, { amount }) => sum + amount, 0n);
    if (total > requirement)
      return setError(`The places add up to ${exactSesh(total)} SESH; a node costs ${exactSesh(requirement)}.`);
    if (reserved.length > maxContributors) return setError(`A node has ${maxContributors} places.`);
    setPlan({ kind: "shared", fee: points, manual, reserved });
  };
  return (
    <Card id="terms" title="3. Terms">
      <form class="form" onSubmit={(event) => void prepare(event)}>
        {!vesting && (
          <fieldset>
            <legend>Who stakes</legend>
            <label class="choice">
              <input type="radio" name="who" checked={alone} onChange={() => setAlone(true)} />
              <span>
                I alone: <Amount atomic={requirement} />
              </span>
            </label>
            <label class="choice">
              <input type="radio" name="who" checked={!alone} onChange={() => setAlone(false)} />
              <span>
                With others: I stake <Amount atomic={reservedMinimum(requirement, maxContributors, [])} /> at least
              </span>
            </label>
          </fieldset>
        )}
        {alone ? (
          <Field
            id="solo-rewards-to"
            label="Rewards go to"
            value={rewardsTo}
            onInput={setRewardsTo}
            placeholder="my account"
            hint="It cannot be changed after registration. The stake itself always comes back to the staker."
          />
        ) : (
          <>
            <Field
              id="fee"
              label="My fee, percent of all rewards"
              numeric
              value={fee}
              onInput={setFee}
              hint="Taken first; the rest is shared by stake, you included."
            />
            <fieldset>
              <legend>Reserved places</legend>
              <p class="hint">Optional. Others cannot take them; yours comes first.</p>
              <Field
                id="reserve-own"
                label="Mine"
                numeric
                value={own}
                onInput={setOwn}
                hint={
                  <>
                    At least <Amount atomic={minimum(0)} />
                  </>
                }
              />
              {slots.map((slot, i) => (
                <div class="pair" key={i}>
                  <Field
                    id={`reserve-address-${i}`}
                    label={`Address of place ${i + 2}`}
                    value={slot.address}
                    onInput={(address) => setSlots(slots.map((other, k) => (k === i ? { ...other, address } : other)))}
                  />
                  <Field
                    id={`reserve-amount-${i}`}
                    label="Its amount"
                    numeric
                    value={slot.amount}
                    onInput={(amount) => setSlots(slots.map((other, k) => (k === i ? { ...other, amount } : other)))}
                    hint={
                      <>
                        At least <Amount atomic={minimum(i + 1)} />
                      </>
                    }
                  />
                </div>
              ))}
              <div class="row">
                {slots.length + 1 < maxContributors && (
                  <button type="button" class="quiet" onClick={() => setSlots([...slots, { address: "", amount: "" }])}>
                    Reserve a place
                  </button>
                )}
                {slots.length > 0 && (
                  <button type="button" class="quiet" onClick={() => setSlots(slots.slice(0, -1))}>
                    Remove the last
                  </button>
                )}
              </div>
            </fieldset>
            <fieldset>
              <legend>When it is full</legend>
              <label class="choice">
                <input type="radio" name="manual" checked={!manual} onChange={() => setManual(false)} />
                <span>the last payment registers it</span>
              </label>
              <label class="choice">
                <input type="radio" name="manual" checked={manual} onChange={() => setManual(true)} />
                <span>I register it myself</span>
              </label>
            </fieldset>
          </>
        )}
        <p class="error" role="alert">
          {error}
        </p>
        <div>
          <button type="submit">Prepare</button>
        </div>
      </form>
      {plan?.kind === "alone" && (
        <SendSolo
          given={given}
          operator={operator}
          vesting={vesting}
          beneficiary={plan.beneficiary}
          requirement={requirement}
        />
      )}
      {plan?.kind === "shared" && <SendShared given={given} plan={plan} />}
    </Card>
  );
}
