import { AbiCoder } from "ethers";
import type { Value } from "../core/world.ts";
import type { System } from "./system.ts";
import { fromEthers } from "./values.ts";

/** Name and arguments of what a call reverted with. */
export function decodeError({ all }: System, data: string): { name: string; args: readonly Value[] } {
  if (data === "0x") return { name: "(empty)", args: [] };
  if (data.startsWith("0x4e487b71")) return { name: "Panic", args: [BigInt(`0x${data.slice(10)}`)] };
  if (data.startsWith("0x08c379a0"))
    return { name: "Error", args: [AbiCoder.defaultAbiCoder().decode(["string"], `0x${data.slice(10)}`)[0] as string] };
  const parsed = all.parseError(data);
  return parsed === null
    ? { name: `unknown error ${data.slice(0, 10)}`, args: [] }
    : { name: parsed.name, args: [...parsed.args].map(fromEthers) };
}
