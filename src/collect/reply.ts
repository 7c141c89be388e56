import type { Tags } from "../bls/index.ts";
import { addSignatureBytes, BlsError, bytesFromHex, checkSignatureBytes, publicKeyFromHex } from "../bls/index.ts";
import { Offence } from "./offence.ts";
import type { PreparedRequest, Statement } from "./request.ts";
import { buildStatement, messageHexes } from "./request.ts";
import type { Claims } from "./wire.ts";

/** A reply that is what was asked for, its signature decoded but not verified, nor known to lie in G2. */
export interface CheckedReply {
  /** Key of the signer, 0x and 128 lower-case digits. */
  signer: string;
  statement: Statement;
  /** 128 bytes. For a batch the sum over all messages: single signatures of it are never needed. */
  signature: Uint8Array;
}

/** The statements met so far, by id: thousands of replies share one. */
export type Statements = Map<string, Statement & { hexes: readonly string[] }>;

/**
 * Checks what a node claims against what is known here: who it must be, the messages against those built from its own figures, the
 * encoding of its points. Not checked here: the signature itself, which waits for the sum.
 *
 * @param expectedKey - Key known to be at this address, if any.
 * @throws Offence
 */
export function checkClaims(
  claims: Claims,
  prepared: PreparedRequest,
  tags: Tags,
  statements: Statements,
  expectedKey?: string,
): CheckedReply {
  const signer = claims.signer.toLowerCase();
  if (expectedKey !== undefined && signer !== expectedKey) {
    throw new Offence("impostor", "it answers with another node's key");
  }
  const statement = statementOf(prepared, tags, claims.amounts, statements);
  claims.messages?.forEach((message, i) => {
    if (message.toLowerCase() !== statement.hexes[i]) {
      throw new Offence("other-message", "it signed another message than its figures make");
    }
  });
  return { signer, statement, signature: decodeSignatures(claims.signatures) };
}

/** @throws Offence `bad-key`; for keys that the contract does not vouch for. */
export function checkKey(hexKey: string): void {
  try {
    publicKeyFromHex(hexKey);
  } catch (error) {
    throw new Offence("bad-key", (error as Error).message);
  }
}

function statementOf(
  prepared: PreparedRequest,
  tags: Tags,
  amounts: readonly (bigint | undefined)[],
  statements: Statements,
) {
  const id = prepared.departing ? prepared.request.kind : amounts.join(",");
  let known = statements.get(id);
  if (!known) {
    const statement = buildStatement(prepared, tags, amounts);
    known = { ...statement, hexes: messageHexes(statement) };
    statements.set(id, known);
  }
  return known;
}

/** The bytes are copies: a view would keep the whole reply. */
function decodeSignatures(signatures: Claims["signatures"]): Uint8Array {
  try {
    const all = signatures.map((one) =>
      typeof one === "string" ? bytesFromHex(one, "signature", 128) : new Uint8Array(one),
    );
    const whole = all.length === 1 ? (all[0] as Uint8Array) : addSignatureBytes(all);
    // No subgroup check a point: it costs as much as all else together, and the check of the sum covers it.
    checkSignatureBytes(whole);
    return whole;
  } catch (error) {
    if (error instanceof BlsError) throw new Offence("bad-signature-encoding", error.message);
    throw error;
  }
}
