import {
  BlsError,
  proofOfPossessionMessage,
  publicKeyFromHex,
  publicKeyToHex,
  signatureFromHex,
  verify,
  verifyRegistration,
} from "../../bls/index.ts";
import type { Tags } from "../../bls/index.ts";
import type { Registration } from "../api/index.ts";
import type { Database } from "../index/index.ts";
import { checksum } from "./views.ts";

/** What a node's two keys sign to be registered. Hex is lower case without 0x. */
export interface Proofs {
  ed25519: string;
  bls: string;
  sigEd25519: string;
  sigBls: string;
  /** 40 digits. */
  operator: string;
}

/** Which signature does not verify; undefined when both do. A key or a signature that is none does not. */
export function wrongProof(
  tags: Tags,
  { ed25519, bls, sigEd25519, sigBls, operator }: Proofs,
): "ed25519" | "bls" | undefined {
  try {
    const publicKey = publicKeyFromHex(bls);
    // One form of a key: what is stored is what the contract will hold.
    if (publicKeyToHex(publicKey).slice(2) !== bls) return "bls";
    if (!verifyRegistration(`0x${ed25519}`, publicKey, `0x${sigEd25519}`)) return "ed25519";
    const message = proofOfPossessionMessage(tags, {
      publicKey,
      operator: `0x${operator}`,
      ed25519PublicKey: `0x${ed25519}`,
    });
    return verify(publicKey, message, signatureFromHex(sigBls), tags.hashToG2) ? undefined : "bls";
  } catch (error) {
    if (error instanceof BlsError) return "bls";
    throw error;
  }
}

const COLUMNS = `encode(operator, 'hex') AS operator, encode(bls, 'hex') AS bls, encode(ed25519, 'hex') AS ed25519,
  encode(sig_bls, 'hex') AS "sigBls", encode(sig_ed25519, 'hex') AS "sigEd25519", encode(contract, 'hex') AS contract,
  timestamp, type`;

interface Row extends Proofs {
  contract: string | null;
  timestamp: number;
  type: "solo" | "contract";
}

/** Registrations that nodes have prepared: at most one of each type a key, a newer one in place of the older. */
export class Registrations {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Stores one whose proofs were verified. */
  async store(proofs: Proofs, contract: string | undefined, timestamp: number): Promise<Registration> {
    const { ed25519, bls, sigEd25519, sigBls, operator } = proofs;
    const type = contract === undefined ? "solo" : "contract";
    await this.#db.query(
      `INSERT INTO registrations (ed25519, type, operator, bls, sig_ed25519, sig_bls, contract, timestamp)
       VALUES (decode($1, 'hex'), $2, decode($3, 'hex'), decode($4, 'hex'), decode($5, 'hex'), decode($6, 'hex'),
         decode($7, 'hex'), $8)
       ON CONFLICT (ed25519, type) DO UPDATE SET operator = excluded.operator, bls = excluded.bls,
         sig_ed25519 = excluded.sig_ed25519, sig_bls = excluded.sig_bls, contract = excluded.contract,
         timestamp = excluded.timestamp`,
      [ed25519, type, operator, bls, sigEd25519, sigBls, contract ?? null, timestamp],
    );
    return toView({ ...proofs, contract: contract ?? null, timestamp, type });
  }

  /** Of an operator (40 digits) or a node (64), the newest first. */
  async of(name: string): Promise<Registration[]> {
    const column = name.length === 40 ? "operator" : "ed25519";
    const rows = await this.#db.query<Row>(
      `SELECT ${COLUMNS} FROM registrations WHERE ${column} = decode($1, 'hex') ORDER BY timestamp DESC LIMIT 1000`,
      [name],
    );
    return rows.map(toView);
  }
}

function toView({ operator, bls, ed25519, sigBls, sigEd25519, contract, timestamp, type }: Row): Registration {
  return {
    operator: checksum(operator),
    pubkey_bls: bls,
    pubkey_ed25519: ed25519,
    sig_bls: sigBls,
    sig_ed25519: sigEd25519,
    timestamp,
    type,
    ...(contract === null ? {} : { contract: checksum(contract) }),
  };
}
