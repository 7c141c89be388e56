import { useEffect, useMemo } from "preact/hooks";
import type { Call } from "../../lib/chain.ts";
import { config } from "../../lib/config.ts";
import { group } from "../../lib/format.ts";
import type { NodeRow } from "../../lib/nodes.ts";
import type { Step } from "../../lib/tx.ts";
import { Countdown, Note, TroubleBox } from "../../ui/basics.tsx";
import { TransactionSteps } from "../../ui/TransactionSteps.tsx";
import type { VerifiedDeparture } from "./collectDeparture.ts";
import { departureCollection } from "./collectDeparture.ts";

/** Ask the network for a node's exit or liquidation, check it here, send it. */
export function Departure({ kind, node, onDone }: DepartureProps) {
  const collection = useMemo(departureCollection, [kind, node.id]);
  useEffect(() => collection.stop, [collection]);
  const at = collection.state.value;
  return (
    <div class="prompt">
      {at.at !== "verified" && (
        <button
          type="button"
          class="primary"
          disabled={at.at === "asking"}
          onClick={() => void collection.start(kind, node)}
        >
          {at.at === "asking"
            ? "Asking the network…"
            : kind === "exit"
              ? "Ask the network for the exit"
              : "Ask the network for the liquidation"}
        </button>
      )}
      {at.at === "asking" && (
        <div class="progress" role="status">
          <progress
            max={at.progress?.nodes || 1}
            value={at.progress?.signed ?? 0}
            aria-label="Nodes that have signed"
          />
          <p>
            {at.progress
              ? `${group(at.progress.signed)} of ${group(at.progress.nodes)} nodes have signed, ${group(at.progress.needed)} must.`
              : "Waiting for the first signatures…"}
          </p>
        </div>
      )}
      {at.at === "failed" && <TroubleBox trouble={at.trouble} />}
      {at.at === "verified" && <Send departure={at.departure} onDone={onDone} />}
    </div>
  );
}

interface DepartureProps {
  kind: "exit" | "liquidation";
  node: NodeRow;
  onDone: () => void;
}

function Send({ departure, onDone }: { departure: VerifiedDeparture; onDone: () => void }) {
  const steps: Step[] = [
    {
      title: departure.kind === "exit" ? "Leave" : "Liquidate",
      make: () => departureCall(departure),
    },
  ];
  return (
    <>
      <Note kind="good">
        <p role="status">
          <strong>Checked in your browser:</strong> {group(departure.signers)} of {group(departure.nodes)} nodes agree.
          Good for another <Countdown to={departure.validUntil} past="moment: ask again" />.
        </p>
      </Note>
      <TransactionSteps
        id={`${departure.kind} ${departure.bls} ${departure.timestamp}`}
        steps={steps}
        verb={departure.kind === "exit" ? "Leave" : "Liquidate"}
        batch={async () => [await departureCall(departure)]}
        onDone={onDone}
      />
    </>
  );
}

async function departureCall(departure: VerifiedDeparture): Promise<Call> {
  const { exitCall, liquidateCall, signatureWords } = await import("../../lib/chain.ts");
  const key = { X: BigInt(`0x${departure.bls.slice(0, 64)}`), Y: BigInt(`0x${departure.bls.slice(64)}`) };
  const signed = { signature: signatureWords(departure.signature), nonSigners: departure.nonSigners };
  const build = departure.kind === "exit" ? exitCall : liquidateCall;
  return build(config.value?.contracts.rewards ?? "", key, departure.timestamp, signed);
}
