import { aggregateSignatures } from "./aggregate.ts";
import { aggregateSums, aggregateValid } from "./aggregateValid.ts";
import type { ValidAggregate } from "./aggregateValid.ts";
import { blameIn } from "./blame.ts";
import type { BlameOptions, SignatureEntry } from "./blame.ts";
import { publicKeyFromBytes, signatureFromBytes, signatureToBytes } from "./codec.ts";
import type { Signature } from "./curve.ts";
import { BlsError } from "./errors.ts";
import { verifyHash } from "./verify.ts";
import { isSignatureBytes, sumPublicKeyBytes, sumSignatureBytes } from "./wasm/sum.ts";

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
  if (publicKey && signature) {
    if (verifyHash(publicKey, hash, signature)) {
      return { publicKey, signature, signers: entries.map((_, i) => i), offenders: [], malformed: [] };
    }
    const pick = (places: readonly number[]) => places.map((i) => decodeEntry(entries[i] as WireEntry));
    const search = (places: readonly number[]) => {
      const chosen = places.map((i) => entries[i] as WireEntry);
      return blameIn(
        hash,
        chosen.length,
        () => columns(chosen),
        () => columns(pick(places)),
        options,
      );
    };
    const found = aggregateSums(hash, entries.length, { publicKey, signature }, { pick, search });
    return found && { ...found, malformed: [] };
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

/**
 * Checks that bytes encode a signature: length, range and curve, not the subgroup, as `signatureFromBytes` with `{ subgroup: false }`
 * does; but nothing becomes a big integer.
 *
 * @throws BlsError as `signatureFromBytes`
 */
export function checkSignatureBytes(bytes: Uint8Array): void {
  if (isSignatureBytes(bytes) !== true) signatureFromBytes(bytes, { subgroup: false });
}

/**
 * The sum of signatures in the form that they have on the wire, 128 bytes each; zeros for infinity and for an empty list.
 *
 * @throws BlsError as {@link checkSignatureBytes}
 */
export function addSignatureBytes(signatures: readonly Uint8Array[]): Uint8Array {
  const sum =
    sumSignatureBytes(signatures) ??
    aggregateSignatures(signatures.map((bytes) => signatureFromBytes(bytes, { subgroup: false })));
  return signatureToBytes(sum);
}

function columns<K, S>(entries: readonly { publicKey: K; signature: S }[]): { publicKeys: K[]; signatures: S[] } {
  return {
    publicKeys: entries.map((entry) => entry.publicKey),
    signatures: entries.map((entry) => entry.signature),
  };
}

/** Without the subgroup's check, which the sum gets. */
function decodeEntry({ publicKey, signature }: WireEntry): SignatureEntry {
  return { publicKey: publicKeyFromBytes(publicKey), signature: signatureFromBytes(signature, { subgroup: false }) };
}
