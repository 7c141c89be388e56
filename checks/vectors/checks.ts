import * as bls from "../../src/bls/index.ts";
import type { PublicKeyVector, SignatureVector } from "./file.ts";

export type Engine = "typescript" | "solidity";

/** One comparison with the file. */
export interface Check {
  readonly engine: Engine;
  /** Place in the file, such as `reward[2].signature`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was expected and found, if not ok. */
  readonly detail?: string;
}

/** Collects comparisons; whatever throws is a failed comparison, never the end of the run. */
export class Checks {
  readonly list: Check[] = [];
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Compares what `compute` gives with the file, both as text. */
  async equal(name: string, expected: string, compute: () => string | Promise<string>): Promise<void> {
    try {
      const actual = await compute();
      const ok = actual === expected;
      this.#add(name, ok, ok ? undefined : `expected ${expected}, computed ${actual}`);
    } catch (error) {
      this.#add(name, false, error instanceof Error ? error.message : String(error));
    }
  }

  /** Checks that `compute` gives true. */
  async holds(name: string, compute: () => boolean | Promise<boolean>): Promise<void> {
    await this.equal(name, "true", async () => String(await compute()));
  }

  #add(name: string, ok: boolean, detail: string | undefined): void {
    this.list.push({ engine: this.#engine, name, ok, ...(detail === undefined ? {} : { detail }) });
  }
}

/** The public key of a vector, fully checked. */
export function publicKeyOf({ X, Y }: PublicKeyVector): bls.PublicKey {
  return bls.publicKeyFromParams({ X: BigInt(X), Y: BigInt(Y) });
}

/** The signature of a vector, fully checked. */
export function signatureOf({ sigs0, sigs1, sigs2, sigs3 }: SignatureVector): bls.Signature {
  return bls.signatureFromParams({
    sigs0: BigInt(sigs0),
    sigs1: BigInt(sigs1),
    sigs2: BigInt(sigs2),
    sigs3: BigInt(sigs3),
  });
}

/** The 64 bytes of a vector as they stand, in lower case. */
export function publicKeyText({ X, Y }: PublicKeyVector): string {
  return `0x${X.slice(2)}${Y.slice(2)}`.toLowerCase();
}

/** The 128 bytes of a vector as they stand, in lower case. */
export function signatureText({ sigs0, sigs1, sigs2, sigs3 }: SignatureVector): string {
  return `0x${[sigs0, sigs1, sigs2, sigs3].map((word) => word.slice(2)).join("")}`.toLowerCase();
}
