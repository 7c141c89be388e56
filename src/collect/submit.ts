import type { Call } from "../chain/calls.ts";
import { RevertError } from "../chain/errors.ts";
import type { NodeSet } from "../chain/nodeSet.ts";
import type { SendOptions, SendRecord } from "../chain/send.ts";
import { send } from "../chain/send.ts";
import type { Collected } from "./collected.ts";

/** How a collected aggregate is submitted. */
export interface SubmitOptions extends SendOptions {
  /** Reads the contract's set now. */
  readSet: (previous?: NodeSet) => Promise<NodeSet>;
  /** Makes the transaction; default `collected.call()`. */
  makeCall?: (collected: Collected) => Call | Promise<Call>;
  /** Tells that the set had changed and the aggregate was rebuilt. */
  onRebuilt?: (collected: Collected) => void;
}

/** What became of a submission. */
export interface Submitted {
  record: SendRecord;
  /** The aggregate that was used in the end. */
  collected: Collected;
}

/**
 * Submits an aggregate to a contract whose set may change at any time: reads the set anew, rebuilds the aggregate from the single
 * signatures if it changed, simulates, sends; and when the contract still calls the signature invalid, because the set changed in
 * between, does all of it once more.
 *
 * @throws CollectError `too-few-signers` when too few of the new set have signed
 * @throws RevertError, ChainError as `send`
 */
export async function submit(collected: Collected, options: SubmitOptions): Promise<Submitted> {
  const makeCall = options.makeCall ?? ((current: Collected) => current.call());
  let current = collected;
  for (let attempt = 1; ; attempt++) {
    const fresh = current.rebuildIfChanged(await options.readSet(current.set));
    if (fresh !== current) {
      current = fresh;
      options.onRebuilt?.(current);
    }
    try {
      return { record: await send(await makeCall(current), options), collected: current };
    } catch (error) {
      const setChanged = error instanceof RevertError && error.decoded.name === "InvalidBLSSignature";
      if (!setChanged || attempt > 1) throw error;
    }
  }
}
