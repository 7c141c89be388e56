import { ChainError } from "../errors.ts";
import type { Trouble } from "./trouble.ts";

/** What an {@link EndpointError} tells. */
export interface EndpointFacts {
  /** What went wrong. */
  trouble: Trouble;
  /** Host and port, without anything secret. */
  host: string;
  /** JSON-RPC method. */
  method: string;
  /** HTTP status, when there was an answer. */
  status?: number | undefined;
  /** Code of the JSON-RPC error, when there was one. */
  rpcCode?: number | string | undefined;
  /** The endpoint's own words (or the system's), made fit for print. */
  words: string;
  /** How often it was asked. */
  attempts?: number | undefined;
}

const CODES: Readonly<Partial<Record<Trouble, string>>> = {
  unreachable: "unreachable",
  timeout: "unreachable",
  "rate-limited": "rate-limited",
  "missing-state": "missing-state",
  interrupted: "interrupted",
};

/**
 * An endpoint did not answer a question. It is never an answer of the chain: nothing follows from it about a contract.
 *
 * `code` is `unreachable`, `rate-limited`, `missing-state`, `interrupted` or `endpoint-refuses`; `trouble` is finer.
 */
export class EndpointError extends ChainError {
  override name = "EndpointError";
  readonly trouble: Trouble;
  readonly host: string;
  readonly method: string;
  readonly status: number | undefined;
  readonly rpcCode: number | string | undefined;
  readonly words: string;

  constructor(facts: EndpointFacts) {
    super(CODES[facts.trouble] ?? "endpoint-refuses", sentence(facts), { ...facts });
    this.trouble = facts.trouble;
    this.host = facts.host;
    this.method = facts.method;
    this.status = facts.status;
    this.rpcCode = facts.rpcCode;
    this.words = facts.words;
  }

  /** All of it, as it was given. */
  get facts(): EndpointFacts {
    return this.details as unknown as EndpointFacts;
  }

  /** The same after so many attempts. */
  after(attempts: number): EndpointError {
    return new EndpointError({ ...this.facts, attempts });
  }
}

function sentence(facts: EndpointFacts): string {
  const { trouble, host, method, status, rpcCode, attempts = 1 } = facts;
  const words = facts.words.replace(/[.\s]+$/, "");
  const times = attempts > 1 ? `, asked ${attempts} times` : "";
  if (trouble === "unreachable" || trouble === "timeout") return `No JSON-RPC answer from ${host}: ${words}${times}.`;
  if (trouble === "interrupted") return `Interrupted while ${host} was asked (${method}).`;
  const how = [
    status === undefined || (status >= 200 && status < 300) ? "" : `HTTP ${status}`,
    rpcCode === undefined ? "" : `code ${rpcCode}`,
  ].filter((part) => part !== "");
  const verb = rpcCode === undefined ? "does not answer" : "refuses";
  return `${host} ${verb} ${method}: ${words}${how.length > 0 ? ` (${how.join(", ")})` : ""}${times}.`;
}
