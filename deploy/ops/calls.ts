import { ethers } from "ethers";
import type { Call } from "../../src/chain/calls.ts";

/** A call from a signature such as `function transfer(address,uint256)`, with what it does in words. */
export function callTo(to: string, signature: string, args: readonly unknown[], what: string, value = 0n): Call {
  const iface = new ethers.Interface([signature]);
  const fragment = iface.fragments[0] as ethers.FunctionFragment;
  return { to, data: iface.encodeFunctionData(fragment, args), value, method: fragment.name, what };
}
