/**
 * What an endpoint's trouble is. None of these says anything about the chain or a contract:
 *
 * - `unreachable`, `timeout`: no answer at all
 * - `rate-limited`: asked too often
 * - `http`: a status that is no success; `not-json`: an answer that is none (a page in HTML, half an answer, null where something must be)
 * - `lagging`: the replica that answered does not know the block (yet)
 * - `missing-state`: the endpoint does not keep the state or the logs of that block
 * - `too-large`: the call, the batch or the range of logs exceeds what the endpoint computes
 * - `unsupported`: the endpoint has no such method
 * - `other-chain`: it serves another chain than it did
 * - `refused`: any other error
 * - `interrupted`: this side gave up, because it was told to end
 */
export type Trouble =
  | "unreachable"
  | "timeout"
  | "rate-limited"
  | "http"
  | "not-json"
  | "lagging"
  | "missing-state"
  | "too-large"
  | "unsupported"
  | "other-chain"
  | "refused"
  | "interrupted";
