import type { Call } from "./calls.ts";
import { parseCall } from "./parseCall.ts";
import type { JsonInput } from "./parseCall.ts";
import { formatTime } from "./units.ts";

/**
 * A batch that Safe's Transaction Builder imports, with the method and its arguments, so that those who sign read names. The builder
 * shows the bytes instead wherever it finds any, hence `data` is null but for arguments that it cannot encode by itself (tuples in
 * tuples or lists). `calldata` has all bytes in the same order, for other multisigs.
 *
 */
export function toBatch(chainId: bigint, from: string | undefined, calls: readonly Call[]): object {
  const valid = calls.flatMap(({ validUntil }) => (validUntil === undefined ? [] : [validUntil]));
  const validUntil = valid.length > 0 ? Math.min(...valid) : undefined;
  const until = validUntil === undefined ? "" : `; send it before ${formatTime(BigInt(validUntil))}`;
  return {
    version: "1.0",
    chainId: chainId.toString(),
    createdAt: Date.now(),
    meta: {
      name: calls.map(({ method }) => method).join(", "),
      description: `${calls.map(({ what }) => what).join("; ")}${until}`,
      ...(from === undefined ? {} : { createdFromSafeAddress: from }),
      ...(validUntil === undefined ? {} : { validUntil }),
    },
    transactions: calls.map(toTransaction),
    calldata: calls.map(({ data }) => data),
  };
}

function toTransaction(call: Call): object {
  const { to, value, data } = call;
  const parsed = parseCall(data);
  if (!parsed) return { to, value: value.toString(), data, contractMethod: null, contractInputsValues: null };
  const { name, inputs, values } = parsed;
  return {
    to,
    value: value.toString(),
    data: inputs.every(encodable) ? null : data,
    contractMethod: { name, payable: parsed.payable, inputs },
    contractInputsValues: Object.fromEntries(inputs.map((input, i) => [input.name, text(values[i])])),
  };
}

/** Whether the builder encodes it by itself: no tuple but one of plain values. */
function encodable({ type, components = [] }: JsonInput): boolean {
  if (!type.startsWith("tuple")) return true;
  return type === "tuple" && components.every((component) => !component.type.startsWith("tuple"));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
