import { useEffect, useMemo, useState } from "preact/hooks";
import type { Call } from "../lib/chain.ts";
import { config } from "../lib/config.ts";
import { now } from "../lib/clock.ts";
import { formatEth, group } from "../lib/format.ts";
import type { Phase, Step } from "../lib/tx.ts";
import { Transaction } from "../lib/tx.ts";
import { account, canSign, connection, identity, switchChain, wrongChain } from "../lib/wallet.ts";
import { plainTrouble } from "../lib/trouble.ts";
import type { Trouble } from "../lib/trouble.ts";
import { Hex, Note, TroubleBox } from "./basics.tsx";

interface Props {
  steps: readonly Step[];
  /** Changes when what is to be done changes: the transactions are then made anew, as for another account, wallet or chain. */
  id: string;
  /** After the last one, which is given along. */
  onDone?: (last: Transaction) => void;
  /** For a batch file: all calls at once, as a Safe makes them. Left out: there is none (a permit has no place in one). */
  batch?: ((from: string) => Promise<readonly Call[]>) | undefined;
  /** On the button of the first step. */
  verb: string;
}

/** One or several transactions, one after the other: each is simulated, its cost shown, then signed, then followed. */
export function TransactionSteps(props: Props) {
  return <Steps key={`${props.id} ${identity.value}`} {...props} />;
}

function Steps({ steps, onDone, batch, verb }: Props) {
  const from = account.value;
  const [finished, setFinished] = useState(0);
  const transactions = useMemo(
    () => steps.map((step, i) => new Transaction(step, from ?? "", () => setFinished((done) => Math.max(done, i + 1)))),
    [],
  );
  useEffect(() => () => transactions.forEach((transaction) => transaction.stop()), []);
  useEffect(() => {
    const last = transactions.at(-1);
    if (finished === transactions.length && last) onDone?.(last);
  }, [finished]);
  const current = transactions[finished];
  useEffect(() => {
    if (canSign.value && !wrongChain.value) void current?.check();
  }, [current, canSign.value, wrongChain.value]);

  return (
    <div class="steps">
      {!canSign.value && (
        <Note>
          {connection.value
            ? "This account is looked at without its key: download the batch file and sign it there."
            : "Connect a wallet to send this, or download the batch file for a Safe."}
        </Note>
      )}
      {canSign.value && wrongChain.value && <WrongChain />}
      {canSign.value && !wrongChain.value && (
        <ol>
          {transactions.map((transaction, i) => (
            <StepRow
              key={i}
              transaction={transaction}
              active={i === finished}
              number={transactions.length > 1 ? `${i + 1} of ${transactions.length}` : ""}
              verb={i === 0 ? verb : transaction.step.title}
            />
          ))}
        </ol>
      )}
      {batch && from && <SafeFile calls={batch} from={from} />}
    </div>
  );
}

/** The wallet is elsewhere. */
export function WrongChain() {
  const [trouble, setTrouble] = useState<Trouble>();
  const name = config.value?.chainName ?? "the right network";
  return (
    <div class="box warn" role="alert">
      <p>
        <strong>
          {connection.value?.wallet.name} is on chain {connection.value?.chainId}.
        </strong>{" "}
        This page is for {name}.
      </p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          setTrouble(undefined);
          switchChain().catch((error: unknown) => setTrouble(plainTrouble(error)));
        }}
      >
        Switch to {name}
      </button>
      {trouble && <TroubleBox trouble={trouble} />}
    </div>
  );
}

function StepRow({ transaction, active, number, verb }: StepRowProps) {
  const phase = transaction.phase.value;
  return (
    <li class={`step ${phase.at}`} aria-current={active ? "step" : undefined} data-phase={phase.at}>
      <div class="step-head">
        <strong>{transaction.step.title}</strong>
        <span class="hint">{number}</span>
      </div>
      <div aria-live="polite">
        <PhaseText phase={phase} active={active} />
      </div>
      {active && (phase.at === "ready" || phase.at === "checking" || phase.at === "asking") && (
        <button type="button" class="primary" disabled={phase.at !== "ready"} onClick={() => void transaction.send()}>
          {phase.at === "asking" ? "In the wallet…" : verb}
        </button>
      )}
      {active && (phase.at === "refused" || phase.at === "failed") && (
        <button type="button" onClick={() => void transaction.check()}>
          Check again
        </button>
      )}
    </li>
  );
}

interface StepRowProps {
  transaction: Transaction;
  active: boolean;
  number: string;
  verb: string;
}

function PhaseText({ phase, active }: { phase: Phase; active: boolean }) {
  const symbol = config.value?.nativeSymbol ?? "ETH";
  switch (phase.at) {
    case "idle":
      return <p class="hint">{active ? " " : "After the one before; its cost is shown then."}</p>;
    case "checking":
      return <p class="hint">Playing it on the chain without sending…</p>;
    case "ready":
    case "asking": {
      const { cost } = phase;
      const waited = phase.at === "asking" ? now.value - Math.floor(phase.since / 1_000) : 0;
      return (
        <>
          <p>
            It will go through, and costs about{" "}
            <span class="number" title={`${group(cost.wei)} wei: ${group(cost.gas)} gas at ${group(cost.price)} wei`}>
              {formatEth(cost.wei)} {symbol}
            </span>{" "}
            <span class="hint">
              ({group(cost.gas)} gas{cost.l1Gas > 0n ? `, ${group(cost.l1Gas)} of it for its bytes on L1` : ""})
            </span>
          </p>
          {waited > 20 && (
            <p class="hint">
              The wallet has not answered for {waited} s. Is its window hidden, or the device locked? It can still be
              confirmed or refused there.
            </p>
          )}
        </>
      );
    }
    case "pending":
      return (
        <p>
          Sent: <Hex value={phase.hash} kind="tx" />. {phase.note ?? "Waiting for a block…"}
        </p>
      );
    case "done":
      return phase.hash === "" ? (
        <p>Nothing to do here.</p>
      ) : (
        <p>
          Done in block <span class="number">{group(phase.block)}</span>, for{" "}
          <span class="number" title={`${group(phase.wei)} wei`}>
            {formatEth(phase.wei)} {symbol}
          </span>
          : <Hex value={phase.hash} kind="tx" />
        </p>
      );
    case "refused":
    case "failed":
      return <TroubleBox trouble={phase.trouble} />;
  }
}

/** The same file as the command line writes. */
function SafeFile({ calls, from }: { calls: (from: string) => Promise<readonly Call[]>; from: string }) {
  const [trouble, setTrouble] = useState<Trouble>();
  const download = async () => {
    setTrouble(undefined);
    try {
      const [{ toBatch }, list] = await Promise.all([import("../lib/chain.ts"), calls(from)]);
      const json = JSON.stringify(toBatch(BigInt(config.value?.chainId ?? 0), from, list), null, 2);
      const url = URL.createObjectURL(new Blob([`${json}\n`], { type: "application/json" }));
      const link = document.createElement("a");
      link.href = url;
      link.download = `${list.map((call) => call.method).join("-") || "batch"}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      setTrouble(plainTrouble(error));
    }
  };
  return (
    <div class="safe">
      <button type="button" class="quiet" onClick={() => void download()}>
        Download as a batch for Safe
      </button>
      {trouble && <TroubleBox trouble={trouble} />}
    </div>
  );
}
