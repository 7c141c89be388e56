import { useState } from "preact/hooks";
import { group } from "../../lib/format.ts";
import { chainNowOpen } from "../../lib/onchain.ts";
import { service } from "../../lib/service.ts";
import type { Trouble } from "../../lib/trouble.ts";
import { plainTrouble } from "../../lib/trouble.ts";
import { TroubleBox } from "../../ui/basics.tsx";
import { verifyInWorker } from "../../verify/index.ts";

/** For who wants to see that the contract's key is nothing but its nodes' keys together. */
export function Keys() {
  const [at, setAt] = useState<{ count: number; block: number } | "busy">();
  const [trouble, setTrouble] = useState<Trouble>();
  const add = async (): Promise<void> => {
    setTrouble(undefined);
    setAt("busy");
    try {
      setAt(await addUp());
    } catch (error) {
      setAt(undefined);
      setTrouble(plainTrouble(error));
    }
  };
  if (typeof at === "object") {
    return (
      <span role="status">
        It is the sum of the keys of all {group(at.count)} nodes of block {group(at.block)}, added up here.
      </span>
    );
  }
  return (
    <>
      <button type="button" class="quiet" disabled={at === "busy"} onClick={() => void add()}>
        {at === "busy" ? "Adding up…" : "Add up all nodes' keys"}
      </button>
      {trouble && <TroubleBox trouble={trouble} />}
    </>
  );
}

/** The service's list of keys against the contract's own sum of that block, read through the wallet. */
async function addUp(): Promise<{ count: number; block: number }> {
  const [{ keyHex, lying }, { chain }, { block, keys }] = await Promise.all([
    import("../../lib/chain.ts"),
    chainNowOpen(),
    service.keys(),
  ]);
  const aggregateKey = keyHex(await chain.rewards.aggregatePubkey({ blockTag: block }));
  const verdict = await verifyInWorker({ kind: "sum", aggregateKey, keys: keys.map(([, key]) => `0x${key}`) });
  if (!verdict.ok) throw lying(verdict.detail);
  return { count: keys.length, block };
}
