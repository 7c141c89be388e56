import type { Stage } from "./schemas.ts";

/** One registered node, as the service has it. */
export interface NodeRow {
  id: number;
  ed25519: string;
  bls: string;
  operator: string;
  contributors: number;
  stake: bigint;
  /** Basis points. */
  fee: number;
  /** Unix seconds. */
  registered: number;
  /** Of the first exit request, unix seconds; 0: none. */
  requested: number;
  stage: Stage;
  /** Lower case, for the filter. */
  text: string;
}
