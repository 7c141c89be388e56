import { aggregateValid } from "./aggregateValid.ts";
import type { ValidAggregate } from "./aggregateValid.ts";
import type { BlameOptions, SignatureEntry } from "./blame.ts";
import { publicKeyFromBytes, signatureFromBytes } from "./codec.ts";
import type { Signature } from "./curve.ts";
import { BlsError } from "./errors.ts";
import { verifyHash } from "./verify.ts";
import { sumPublicKeyBytes, sumSignatureBytes } from "./wasm/sum.ts";

/** A signature and its key as they come over the wire. */
export interface WireEntry {
  /** 64 bytes `X || Y`, big-endian. */
  readonly publicKey: Uint8Array;
  /** 128 bytes `x.c0 || x.c1 || y.c0 || y.c1`, big-endian. */
  readonly signature: Uint8Array;
}

/** An entry that is no key and signature at all. */
export interface MalformedEntry {
  readonly index: number;
  readonly error: BlsError;
}

/** What {@link aggregateWire} found. Indexes are those of the entries given, ascending. */
export interface WireAggregate extends ValidAggregate {
  readonly malformed: readonly MalformedEntry[];
}

/**
 * {@link aggregateValid} from the bytes of the wire: decodes, adds up and verifies the *sum*. When all is well, nothing becomes a
 * big integer but the two sums (half the time of decoding each); only if something is wrong is each entry decoded for itself.
 *
 * @param hash - The message's hash, as `hashToG2` gives it.
 * @returns Undefined if no entry is valid.
 */
export function aggregateWire(
  hash: Signature,
  entries: readonly WireEntry[],
  options: BlameOptions = {},
): WireAggregate | undefined {
  const publicKey = sumPublicKeyBytes(entries.map((entry) => entry.publicKey));
  const signature = publicKey && sumSignatureBytes(entries.map((entry) => entry.signature));
  if (publicKey && signature && verifyHash(publicKey, hash, signature)) {
    return { publicKey, signature, signers: entries.map((_, i) => i), offenders: [], malformed: [] };
  }

  const malformed: MalformedEntry[] = [];
  const decoded: SignatureEntry[] = [];
  const places: number[] = [];
  entries.forEach((entry, index) => {
    try {
      decoded.push(decodeEntry(entry));
      places.push(index);
    } catch (error) {
      if (!(error instanceof BlsError)) throw error;
      malformed.push({ index, error });
    }
  });
  const valid = aggregateValid(hash, decoded, options);
  if (valid === undefined) return undefined;
  const given = (indexes: readonly number[]) => indexes.map((i) => places[i] as number);
  return { ...valid, signers: given(valid.signers), offenders: given(valid.offenders), malformed };
}

/** Without the subgroup's check, which the sum gets. */
function decodeEntry({ publicKey, signature }: WireEntry): SignatureEntry {
  return { publicKey: publicKeyFromBytes(publicKey), signature: signatureFromBytes(signature, { subgroup: false }) };
}
