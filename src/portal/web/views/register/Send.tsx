import { useEffect, useState } from "preact/hooks";
import { approvalFor, canPermit } from "../../lib/allow.ts";
import type { Call } from "../../lib/chain.ts";
import { config } from "../../lib/config.ts";
import { chainNowOpen } from "../../lib/onchain.ts";
import type { Step, Transaction } from "../../lib/tx.ts";
import { canSign } from "../../lib/wallet.ts";
import { Note } from "../../ui/basics.tsx";
import { TransactionSteps } from "../../ui/TransactionSteps.tsx";
import type { NodeRegistration } from "./registration.ts";
import type { RegisterPlan } from "./plan.ts";

async function keysOf(given: NodeRegistration, fee: number) {
  const { signatureWords } = await import("../../lib/chain.ts");
  const number = (hex: string) => BigInt(`0x${hex}`);
  return {
    key: { X: number(given.bls.slice(0, 64)), Y: number(given.bls.slice(64)) },
    proof: signatureWords(given.proof),
    params: {
      serviceNodePubkey: number(given.ed25519),
      serviceNodeSignature1: number(given.ed25519Signature.slice(0, 64)),
      serviceNodeSignature2: number(given.ed25519Signature.slice(64)),
      fee,
    },
  };
}

interface SoloProps {
  given: NodeRegistration;
  operator: string;
  vesting: boolean;
  beneficiary: string | undefined;
  requirement: bigint;
}

/** Alone: the whole stake, allowed by a signature where token and contract take one. */
export function SendSolo({ given, operator, vesting, beneficiary, requirement }: SoloProps) {
  const [done, setDone] = useState(false);
  const [permits, setPermits] = useState<boolean>();
  useEffect(() => {
    canPermit().then(setPermits, () => setPermits(false));
  }, []);
  const rewards = config.value?.contracts.rewards ?? "";
  const contributors =
    beneficiary === undefined ? [] : [{ staker: { addr: operator, beneficiary }, stakedAmount: requirement }];
  const register = async (from: string): Promise<Call> => {
    const { key, proof, params } = await keysOf(given, 0);
    if (vesting) {
      const { vestingCall } = await import("../../lib/staking.ts");
      const args = [key, proof, params, beneficiary ?? from];
      return vestingCall(operator, "addBLSPublicKey", args, "register the node from the vesting contract");
    }
    const { registerCall } = await import("../../lib/chain.ts");
    return registerCall(rewards, key, proof, params, contributors);
  };
  const withPermit = async (from: string): Promise<Call> => {
    const [{ registerWithPermitCall }, { requireBalance, signPermit }, { chain, who }, { key, proof, params }] =
      await Promise.all([
        import("../../lib/chain.ts"),
        import("../../lib/staking.ts"),
        chainNowOpen(from),
        keysOf(given, 0),
      ]);
    await requireBalance(chain, from, requirement);
    const permit = await signPermit(chain, who, rewards, requirement);
    return registerWithPermitCall(rewards, key, proof, params, contributors, permit);
  };
  if (done) {
    return (
      <Note kind="good">
        <p role="status">
          <strong>The node is registered.</strong> Keep it running; it earns from the next rounds on. See{" "}
          <a href="#/stakes">My stakes</a>.
        </p>
      </Note>
    );
  }
  if (permits === undefined && !vesting) return <p class="hint">Looking at the token…</p>;
  const byPermit =
    permits === true && canSign.value && config.value?.features.includes("addBLSPublicKeyWithPermit") === true;
  const steps: Step[] = vesting
    ? [{ title: "Register from the vesting contract", make: register }]
    : byPermit
      ? [{ title: "Sign the allowance, then register", make: withPermit }]
      : [
          { title: "Allow the stake", make: (from) => approvalFor(from, rewards, requirement) },
          { title: "Register", make: register },
        ];
  return (
    <TransactionSteps
      id={`register ${given.ed25519} ${operator} ${beneficiary}`}
      steps={steps}
      verb={steps.length === 1 ? "Register" : "Allow the stake"}
      batch={async (from) => {
        const approval = vesting ? undefined : await approvalFor(from, rewards, requirement);
        return [...(approval ? [approval] : []), await register(from)];
      }}
      onDone={() => setDone(true)}
    />
  );
}

/** With others: a contract that collects the stakes. */
export function SendShared({ given, plan }: { given: NodeRegistration; plan: RegisterPlan & { kind: "shared" } }) {
  const [made, setMade] = useState<string>();
  const factory = config.value?.contracts.factory ?? null;
  if (factory === null) return <Note kind="warn">This network has no factory for shared nodes.</Note>;
  const make = async (): Promise<Call> => {
    const [{ deployContributionCall }, { key, proof, params }] = await Promise.all([
      import("../../lib/chain.ts"),
      keysOf(given, plan.fee),
    ]);
    return deployContributionCall(factory, key, proof, params, plan.reserved, plan.manual);
  };
  if (made !== undefined) {
    return (
      <Note kind="good">
        <p role="status">
          <strong>The contract is made.</strong> Stake your own part next, so that others can:{" "}
          <a href={`#/contribution/${made}`}>its page</a>.
        </p>
      </Note>
    );
  }
  return (
    <TransactionSteps
      id={`deploy ${given.ed25519} ${plan.fee} ${plan.manual} ${plan.reserved.map(({ addr, amount }) => `${addr} ${amount}`).join()}`}
      steps={[{ title: "Make the contract that collects the stakes", make }]}
      verb="Make it"
      batch={async () => [await make()]}
      onDone={(last) => void addressOf(last).then(setMade)}
    />
  );
}

/** The contract that the factory made: named in its event. */
async function addressOf(transaction: Transaction): Promise<string> {
  const phase = transaction.phase.value;
  if (phase.at !== "done") return "";
  const [{ madeBy }, { chain }] = await Promise.all([import("../../lib/staking.ts"), chainNowOpen()]);
  return madeBy(chain, phase.hash);
}
