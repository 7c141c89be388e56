/** A plan that was checked, ready to be sent. */
export type RegisterPlan =
  | { kind: "alone"; beneficiary: string | undefined }
  | { kind: "shared"; fee: number; manual: boolean; reserved: { addr: string; amount: bigint }[] };
