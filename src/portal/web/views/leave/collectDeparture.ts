import { chainNowOpen } from "../../lib/onchain.ts";
import type { DepartureResult, Progress } from "../../lib/schemas.ts";
import { DepartureResult as schema } from "../../lib/schemas.ts";
import { collect } from "../../lib/service.ts";
import { tiedWork } from "../../lib/tied.ts";
import type { Trouble } from "../../lib/trouble.ts";
import { PageError } from "../../lib/trouble.ts";
import { verifyInWorker } from "../../verify/index.ts";

/** The network's agreement to a node's departure, checked here. */
export interface VerifiedDeparture {
  kind: "exit" | "liquidation";
  bls: string;
  timestamp: bigint;
  signature: string;
  nonSigners: readonly bigint[];
  signers: bigint;
  nodes: bigint;
  /** Unix seconds of the chain, after which the contract refuses it. */
  validUntil: number;
}

export type DepartureState =
  | { at: "idle" }
  | { at: "asking"; progress: Progress | undefined }
  | { at: "verified"; departure: VerifiedDeparture }
  | { at: "failed"; trouble: Trouble };

/** Asks for one node's departure, and checks what comes. */
export function departureCollection() {
  const { state, begin, stop } = tiedWork<DepartureState>({ at: "idle" });
  const start = async (kind: "exit" | "liquidation", node: { ed25519: string; bls: string }): Promise<void> => {
    const { set, signal } = begin();
    set({ at: "asking", progress: undefined });
    try {
      const result = await collect(`app/collect/${kind}/${node.ed25519}`, {
        schema,
        signal,
        onProgress: (progress) => set({ at: "asking", progress }),
      });
      set({ at: "verified", departure: await verifyDeparture(kind, node.bls, result) });
    } catch (error) {
      const { troubleOf } = await import("../../lib/chain.ts");
      set({ at: "failed", trouble: troubleOf(error) });
    }
  };
  return { state, start, stop };
}

/** @throws PageError `lying-service`, `expired`, `too-few` */
async function verifyDeparture(
  kind: "exit" | "liquidation",
  bls: string,
  result: DepartureResult,
): Promise<VerifiedDeparture> {
  const [{ lying, readAuthority, readNonSigners }, { chain }] = await Promise.all([
    import("../../lib/chain.ts"),
    chainNowOpen(),
  ]);
  if (result.bls_pubkey !== bls) throw lying("it is for another node");
  const authority = await readAuthority(chain);
  const expiry = Number(await chain.rewards.signatureExpiry());
  if (result.timestamp + expiry < authority.timestamp) {
    throw new PageError("expired", "The signature is too old for the contract.", "Ask again for a new one.");
  }
  const nonSigners = result.non_signer_indices.map(BigInt);
  const nonSignerKeys = await readNonSigners(chain, authority, nonSigners);
  const verdict = await verifyInWorker({
    kind: kind === "exit" ? "exit" : "liquidate",
    chainId: chain.config.chainId,
    contract: chain.config.contracts.rewards,
    blsKey: `0x${bls}`,
    timestamp: BigInt(result.timestamp),
    messageToSign: result.msg_to_sign,
    signature: `0x${result.signature}`,
    aggregateKey: authority.aggregateKey,
    nonSignerKeys,
  });
  if (!verdict.ok) throw lying(verdict.detail);
  return {
    kind,
    bls,
    timestamp: BigInt(result.timestamp),
    signature: result.signature,
    nonSigners,
    nodes: authority.totalNodes,
    signers: authority.totalNodes - BigInt(nonSigners.length),
    validUntil: result.timestamp + expiry,
  };
}
