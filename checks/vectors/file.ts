import { readFileSync } from "node:fs";
import { z } from "zod";

/** The format of test/fixtures/bls-vectors.json. Any section may be missing; hex has its 0x, integers are decimal strings. */

const hex = z.string().regex(/^0x([0-9a-fA-F]{2})*$/, "not bytes in hex with 0x");
const word = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "not 32 bytes in hex with 0x");
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "not an address");
const decimal = z.union([z.string().regex(/^[0-9]+$/), z.int().min(0).transform(String)], "not a decimal integer");

const publicKey = z.looseObject({ X: word, Y: word });
const signature = z.looseObject({ sigs0: word, sigs1: word, sigs2: word, sigs3: word });
const tag = z.looseObject({ base: z.string(), value: word });

const departure = z.looseObject({
  secretKey: word,
  nodePublicKey: publicKey,
  timestamp: decimal,
  message: hex,
  signature,
});

const vectorsFile = z.looseObject({
  about: z.string().optional(),
  chainId: decimal,
  contract: address,
  tags: z
    .looseObject({ proofOfPossession: tag, reward: tag, exit: tag, liquidate: tag, hashToG2: tag })
    .partial()
    .optional(),
  hashToG2: z
    .array(
      z.looseObject({
        message: hex,
        attempts: z.int().min(1).max(256),
        point: z.looseObject({ x_c0: word, x_c1: word, y_c0: word, y_c1: word }),
      }),
    )
    .optional(),
  proofOfPossession: z
    .array(
      z.looseObject({
        secretKey: word,
        publicKey,
        operator: address,
        ed25519Pubkey: word,
        message: hex,
        signature,
      }),
    )
    .optional(),
  reward: z
    .array(z.looseObject({ secretKey: word, recipient: address, amount: decimal, message: hex, signature }))
    .optional(),
  exit: z.array(departure).optional(),
  liquidate: z.array(departure).optional(),
  aggregate: z
    .array(
      z
        .looseObject({
          secretKeys: z.array(word).min(1),
          publicKeys: z.array(publicKey).min(1),
          nonSignerIndexes: z.array(z.int().min(0)),
          recipient: address,
          amount: decimal,
          message: hex,
          aggregatePublicKeyAll: publicKey,
          aggregatePublicKeySigners: publicKey,
          signature,
        })
        .refine((v) => v.secretKeys.length === v.publicKeys.length, "secretKeys and publicKeys differ in number")
        .refine((v) => v.nonSignerIndexes.every((i) => i < v.publicKeys.length), "nonSignerIndexes: out of range")
        .refine((v) => new Set(v.nonSignerIndexes).size === v.nonSignerIndexes.length, "nonSignerIndexes: repeated"),
    )
    .optional(),
});

export type VectorsFile = z.infer<typeof vectorsFile>;
export type PublicKeyVector = z.infer<typeof publicKey>;
export type SignatureVector = z.infer<typeof signature>;

/** A file that cannot be checked at all, with a sentence for the user. */
export class VectorsFileError extends Error {}

/** A file of vectors, and the fields in it that nothing here knows, hence nothing checks. */
export interface ReadVectors {
  readonly file: VectorsFile;
  readonly unknown: string[];
}

/** Reads a file of vectors. */
export function readVectors(path: string): ReadVectors {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new VectorsFileError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  if (text.trim() === "") throw new VectorsFileError(`${path}: is empty`);

  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VectorsFileError(`${path}: is not JSON (${(error as Error).message})`);
  }
  const parsed = vectorsFile.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: at, message }) => `  ${at.join(".") || "(top)"}: ${message}`);
    const more = faults.length > 10 ? [`  and ${faults.length - 10} more`] : [];
    throw new VectorsFileError(
      [`${path}: is not of the format of bls-vectors.json`, ...faults.slice(0, 10), ...more].join("\n"),
    );
  }
  return { file: parsed.data, unknown: [...new Set(unknownFields(vectorsFile, parsed.data, []))] };
}

/** Paths, list places as `[]`, of the fields that the schema does not name. */
function unknownFields(schema: z.core.$ZodType, value: unknown, path: string[]): string[] {
  if (schema instanceof z.ZodOptional) return unknownFields(schema.unwrap(), value, path);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((item) => unknownFields(schema.element, item, [...path, "[]"]));
  }
  if (schema instanceof z.ZodObject && typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => {
      const known = schema.shape[key] as z.core.$ZodType | undefined;
      return known === undefined ? [[...path, key].join(".")] : unknownFields(known, item, [...path, key]);
    });
  }
  return [];
}
