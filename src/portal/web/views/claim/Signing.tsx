import { group } from "../../lib/format.ts";
import type { Collection } from "./collectRewards.ts";

/** Who has signed so far. */
export function Signing({ at }: { at: Collection & { at: "asking" | "checking" } }) {
  const { progress } = at;
  const of = progress?.nodes ?? 0;
  const needed = progress?.needed ?? 0;
  return (
    <div class="progress">
      <progress max={of || 1} value={progress?.signed ?? 0} aria-label="Nodes that have signed" />
      <p>
        {at.at === "checking" ? (
          "Checking the signature in your browser…"
        ) : progress ? (
          <>
            <strong class="number">
              {group(progress.signed)} of {group(of)}
            </strong>{" "}
            nodes have signed, {group(progress.needed)} must.{" "}
            <span class="hint">
              {group(progress.refused)} refused, {group(progress.silent)} silent.
            </span>
          </>
        ) : (
          "Waiting for the first signatures…"
        )}
      </p>
      <p class="visually-hidden" role="status">
        {spoken(at.at, progress?.signed ?? 0, needed)}
      </p>
    </div>
  );
}

/** A screen reader reads out each change: it hears quarters, not ten figures a second. */
function spoken(at: "asking" | "checking", signed: number, needed: number): string {
  if (at === "checking") return "Enough nodes have signed; checking the signature.";
  const quarters = needed === 0 ? 0 : Math.min(4, Math.floor((4 * signed) / needed));
  return quarters === 0 ? "Asking the nodes." : `${25 * quarters} percent of the signatures that are needed.`;
}
