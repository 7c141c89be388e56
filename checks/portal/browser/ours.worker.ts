/** A claim checked by this project's library: keys from their bytes, added up; message, hash, one pairing check. */
import {
  bytesFromHex,
  deriveTags,
  publicKeyToHex,
  rewardMessage,
  signatureFromHex,
  verify,
} from "../../../src/bls/index.ts";
import { sumPublicKeyBytes } from "../../../src/bls/wasm/sum.ts";
import type { Task } from "./task.ts";
import { answer } from "./task.ts";

answer(({ chainId, contract, recipient, amount, keys, aggregateKey, signature }: Task) => {
  const sum = sumPublicKeyBytes(keys.map((key) => bytesFromHex(key, "public key", 64)));
  if (sum === undefined || publicKeyToHex(sum) !== aggregateKey) return false;
  const tags = deriveTags({ chainId, contract });
  const message = rewardMessage(tags, { recipient, amount });
  return verify(sum, message, signatureFromHex(signature, { subgroup: false }), tags.hashToG2);
});
