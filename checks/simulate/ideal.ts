import type { Hex } from "../../src/bls/index.ts";
import { hexFromBytes } from "../../src/bls/index.ts";
import type { QuorumSignatures } from "../../src/node/quorum/signatures.ts";

/** A hundred votes are for one message: it is written as hex once. */
const names = new WeakMap<Uint8Array, string>();

function nameOf(message: Uint8Array): string {
  let name = names.get(message);
  if (name === undefined) {
    name = hexFromBytes(message);
    names.set(message, name);
  }
  return name;
}

/**
 * Ideal signatures: a signature is a note of who signed what, which only {@link IdealSignatures.sign} writes. That is all that a BLS
 * signature is to an adversary who cannot forge one, so every decision of the quorum code comes out the same; the tests run the
 * real ones. A million real votes would take an hour of one core and prove nothing more about the rules.
 */
export class IdealSignatures implements QuorumSignatures {
  readonly #notes = new Map<Hex, { keys: readonly Hex[]; message: string }>();
  #next = 0;

  /** The signature of `keys` together. Only the world calls this, for those who decide to sign. */
  sign(keys: readonly Hex[], message: Uint8Array): Hex {
    const name: Hex = `0x${(this.#next++).toString(16)}`;
    this.#notes.set(name, { keys, message: nameOf(message) });
    return name;
  }

  readonly verifyAggregate = (keys: readonly Hex[], message: Uint8Array, signature: Hex): boolean => {
    const note = this.#notes.get(signature);
    return (
      note !== undefined &&
      note.message === nameOf(message) &&
      note.keys.length === keys.length &&
      note.keys.every((key, i) => key === keys[i])
    );
  };

  aggregate(message: Uint8Array, entries: readonly { key: Hex; signature: Hex }[]) {
    const valid = entries.flatMap(({ key, signature }, i) =>
      this.verifyAggregate([key], message, signature) ? [i] : [],
    );
    if (valid.length === 0) return undefined;
    return {
      valid,
      signature: this.sign(
        valid.map((i) => entries[i]?.key as Hex),
        message,
      ),
    };
  }

  /** Forgets all but these: certificates that are public were verified, and those that are hidden will be. */
  forget(kept: readonly Hex[]): void {
    const notes = kept.map((name) => [name, this.#notes.get(name)] as const);
    this.#notes.clear();
    for (const [name, note] of notes) if (note !== undefined) this.#notes.set(name, note);
  }
}
