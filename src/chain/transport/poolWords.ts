/** Why an endpoint did not take a transaction. */
export type Refused = "fee" | "funds" | "nonce-used" | "underpriced" | "other";

/**
 * The words of geth, Nitro, Erigon, Nethermind, Besu, anvil and Hardhat: JSON-RPC has no codes for these. The first that fits counts.
 */
const WORDS: readonly (readonly [RegExp, Refused | "known"])[] = [
  [
    /already known|already imported|\bknown transaction|alreadyknown|already exists|already in (the )?mempool/i,
    "known",
  ],
  [
    /replacement (transaction|fee)|replacement.*underpriced|(low|not) to replace|could not replace|replacementnotallowed|another transaction with (the )?same nonce/i,
    "underpriced",
  ],
  [
    /nonce (is )?too low|nonce too small|oldnonce|lower than the (current|account) nonce|nonce.*already (been )?used/i,
    "nonce-used",
  ],
  [
    /insufficient funds|(enough|lack of) funds|insufficientfunds|sender (account )?balance|up-?front cost|exceeds account balance/i,
    "funds",
  ],
  // A node's own cap of what a transaction may cost: more fees are no help.
  [
    /exceeds the configured cap|replay-protected|\brlp\b|transaction type not supported|(unsupported|unknown) transaction type/i,
    "other",
  ],
  [/base ?fee|fee cap|feecap|max ?fee|underpriced|gas price (is )?(too low|below)|fee ?too ?low/i, "fee"],
  [
    /intrinsic gas|gas limit|gaslimit|invalid (sender|signature|chain)|chain ?id|oversized|tx(n)? type|nonce too high|exceeds block/i,
    "other",
  ],
];

/** What an answer to `eth_sendRawTransaction` says of the transaction; undefined when that does not follow from its words. */
export function poolWord(words: string): Refused | "known" | undefined {
  return WORDS.find(([pattern]) => pattern.test(words))?.[1];
}
