import { readFileSync } from "node:fs";

/** A point of G2 as the contracts take it: real half first. */
export interface G2Params {
  xc0: bigint;
  xc1: bigint;
  yc0: bigint;
  yc1: bigint;
}

export interface G1Json {
  X: string;
  Y: string;
}

export interface SignatureJson {
  sigs0: string;
  sigs1: string;
  sigs2: string;
  sigs3: string;
}

interface PointJson {
  x_c0: string;
  x_c1: string;
  y_c0: string;
  y_c1: string;
}

/** The parts of `bls-vectors.json` that the library tests read. */
export interface Vectors {
  tags: Record<"proofOfPossession" | "reward" | "exit" | "liquidate" | "hashToG2", { base: string; value: string }>;
  hashToG2: { message: string; attempts: number; point: PointJson }[];
  aggregate: {
    message: string;
    publicKeys: G1Json[];
    nonSignerIndexes: number[];
    aggregatePublicKeyAll: G1Json;
    aggregatePublicKeySigners: G1Json;
    signature: SignatureJson;
  }[];
}

export const vectors = JSON.parse(
  readFileSync(new URL("../fixtures/bls-vectors.json", import.meta.url), "utf8"),
) as Vectors;

export const hashingTag = vectors.tags.hashToG2.value;

export function hashPoint(point: PointJson): G2Params {
  return {
    xc0: BigInt(point.x_c0),
    xc1: BigInt(point.x_c1),
    yc0: BigInt(point.y_c0),
    yc1: BigInt(point.y_c1),
  };
}

export function signaturePoint(signature: SignatureJson): G2Params {
  return {
    xc0: BigInt(signature.sigs0),
    xc1: BigInt(signature.sigs1),
    yc0: BigInt(signature.sigs2),
    yc1: BigInt(signature.sigs3),
  };
}
