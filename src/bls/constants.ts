/**
 * Parameters of the curve BN254 (alt_bn128, EIP-196 / EIP-197) and the fixed lengths of every encoding.
 */

/** Seed of the BN family, from which field and group order follow. */
export const BN_X = 4965661367192848881n;

/** Order of the base field: `36x^4 + 36x^3 + 24x^2 + 6x + 1`. */
export const FIELD_ORDER = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

/** Order r of G1, G2 and GT: `36x^4 + 36x^3 + 18x^2 + 6x + 1`. */
export const GROUP_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** Bytes of one field element, of an integer in a message, and of a secret key (all big-endian). */
export const WORD_BYTES = 32;

/** Bytes of a public key: `X || Y`. */
export const PUBLIC_KEY_BYTES = 64;

/** Bytes of a signature: `x.c0 || x.c1 || y.c0 || y.c1`. */
export const SIGNATURE_BYTES = 128;

/** Bytes of an Ethereum address. */
export const ADDRESS_BYTES = 20;

/** Names from which the five tags are derived (see `deriveTags`). */
export const TAG_NAMES = {
  proofOfPossession: "BLS_SIG_TRYANDINCREMENT_POP",
  reward: "BLS_SIG_TRYANDINCREMENT_REWARD",
  exit: "BLS_SIG_TRYANDINCREMENT_EXIT",
  liquidate: "BLS_SIG_TRYANDINCREMENT_LIQUIDATE",
  hashToG2: "BLS_SIG_HASH_TO_FIELD_TAG",
} as const;
