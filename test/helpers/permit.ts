import { Signature } from "ethers";
import { PERMIT_TYPES } from "../../src/chain/index.ts";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

/** What a signed approval (ERC-2612) needs of a token. */
interface PermitToken {
  getAddress(): Promise<string>;
  name(): Promise<string>;
  nonces(owner: string): Promise<bigint>;
}

/** Signs an approval of `value` for `spender`, valid until `deadline` (seconds since 1970). */
export async function signPermit(
  token: PermitToken,
  owner: HardhatEthersSigner,
  spender: string,
  value: bigint,
  deadline: bigint,
): Promise<Signature> {
  if (owner.provider === null) throw new Error("the signer has no provider");
  const { chainId } = await owner.provider.getNetwork();
  const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
  const nonce = await token.nonces(owner.address);
  return Signature.from(
    await owner.signTypedData(domain, PERMIT_TYPES, { owner: owner.address, spender, value, nonce, deadline }),
  );
}
