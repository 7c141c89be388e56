import { Interface } from "ethers";
import type { Provider } from "ethers";
import type { BatchForms, Call } from "./calls.ts";
import { NODE_INTERFACE, readL1Gas } from "./sending/fees.ts";

/**
 * Why a form was taken:
 *
 * - `no-l1-data`: the chain asks nothing for the bytes of a call beyond its gas (no NodeInterface answers), where roots always pay
 * - `roots-cheaper`, `lean-cheaper`: what the roots save in execution is more, or less, than what their bytes cost for L1 now
 */
export type FormReason = "no-l1-data" | "roots-cheaper" | "lean-cheaper";

/** The form that a batch takes now, and what was compared. */
export interface FormChoice {
  form: "roots" | "lean";
  reason: FormReason;
  call: Call;
  /** Gas of execution that the roots save, and gas for L1 data that their bytes cost; L2 gas. Undefined where there is nothing to compare. */
  executionSaved?: bigint;
  l1Extra?: bigint;
  /** Where the execution was not estimated, `executionSaved` is the measured mean (docs/gas.md). */
  measured?: boolean;
}

/**
 * Gas that the roots save an entry under Osaka's prices, the mean over tries (docs/gas.md): for a chain that does not estimate the two
 * forms.
 */
export const ROOTS_SAVE_PER_ENTRY = 12_825n;

const nodeInterface = new Interface([
  "function gasEstimateComponents(address to, bool contractCreation, bytes data) payable returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate)",
]);

/**
 * Takes the cheaper form of a batch, as the chain prices bytes and execution at this moment: Arbitrum's NodeInterface is asked what the
 * bytes of each form cost for L1 (`gasEstimateL1Component`) and what each takes to execute (`gasEstimateComponents`, less its part for
 * L1).
 *
 * @param entries - How many the batch has.
 * @param from - Who will send it.
 */
export async function chooseForm(
  provider: Provider,
  { withRoots, lean }: BatchForms,
  entries: number,
  from: string | undefined,
): Promise<FormChoice> {
  const { chainId } = await provider.getNetwork();
  const [l1WithRoots, l1Lean] = await Promise.all([withRoots, lean].map((call) => readL1Gas(provider, chainId, call)));
  const l1Extra = (l1WithRoots ?? 0n) - (l1Lean ?? 0n);
  if (l1Extra <= 0n) return { form: "roots", reason: "no-l1-data", call: withRoots };
  const [gasWithRoots, gasLean] = await Promise.all(
    [withRoots, lean].map((call) => executionGas(provider, call, from)),
  );
  const estimated = gasWithRoots !== undefined && gasLean !== undefined;
  const executionSaved = estimated ? gasLean - gasWithRoots : ROOTS_SAVE_PER_ENTRY * BigInt(entries);
  const compared = { executionSaved, l1Extra, measured: !estimated };
  return executionSaved >= l1Extra
    ? { form: "roots", reason: "roots-cheaper", call: withRoots, ...compared }
    : { form: "lean", reason: "lean-cheaper", call: lean, ...compared };
}

/** Undefined where the chain does not tell: the call would revert, which the simulation before it is sent will say, or nobody answers. */
async function executionGas(provider: Provider, call: Call, from: string | undefined): Promise<bigint | undefined> {
  const method = "gasEstimateComponents";
  const data = nodeInterface.encodeFunctionData(method, [call.to, false, call.data]);
  try {
    const answer = await provider.call({ to: NODE_INTERFACE, data, ...(from === undefined ? {} : { from }) });
    const [all, forL1] = nodeInterface.decodeFunctionResult(method, answer) as unknown as [bigint, bigint];
    return all - forL1;
  } catch {
    return undefined;
  }
}

/** The choice in a sentence. */
export function formText({
  form,
  reason,
  executionSaved = 0n,
  l1Extra = 0n,
  measured = false,
}: Omit<FormChoice, "call">): string {
  const gas = (value: bigint) => value.toLocaleString("en");
  if (reason === "no-l1-data") return "with roots: this chain asks nothing for L1 data";
  const [saved, cost] = [`${gas(executionSaved)} gas${measured ? " (measured mean)" : ""}`, `${gas(l1Extra)} gas`];
  return form === "roots"
    ? `with roots: they save ${saved} and their bytes cost ${cost} for L1 data now`
    : `without roots: their bytes would cost ${cost} for L1 data now and save ${saved}`;
}
