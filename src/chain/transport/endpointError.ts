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
  /** What else was said: by it in earlier attempts, or by other endpoints. */
  also?: string | undefined;
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
  /** Whether an earlier attempt of the same call got no answer, and may have been carried out. */
  mayHaveArrived = false;

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

  /** Its words with the status or code that came with them. */
  get said(): string {
    return withCodes(this.facts);
  }

  /** The same after so many attempts, with what others of them ended with. */
  after(attempts: number, others: readonly EndpointError[] = []): EndpointError {
    const also = others.map(({ host, said }) => (host === this.host ? `before that ${said}` : `${host}: ${said}`));
    return new EndpointError({ ...this.facts, attempts, ...(also.length === 0 ? {} : { also: also.join("; ") }) });
  }
}

function withCodes({ words, status, rpcCode }: EndpointFacts): string {
  const codes = [
    status === undefined || (status >= 200 && status < 300) ? "" : `HTTP ${status}`,
    rpcCode === undefined ? "" : `code ${rpcCode}`,
  ].filter((part) => part !== "");
  return `${words.replace(/[.\s]+$/, "")}${codes.length > 0 ? ` (${codes.join(", ")})` : ""}`;
}

function sentence(facts: EndpointFacts): string {
  const { trouble, host, method, rpcCode, attempts = 1, also } = facts;
  const times = attempts > 1 ? `, asked ${attempts} times` : "";
  const more = also === undefined ? "" : `; ${also}`;
  const said = `${withCodes(facts)}${times}${more}.`;
  if (trouble === "unreachable" || trouble === "timeout") return `No JSON-RPC answer from ${host}: ${said}`;
  if (trouble === "interrupted") return `Interrupted while ${host} was asked (${method}).`;
  return `${host} ${rpcCode === undefined ? "does not answer" : "refuses"} ${method}: ${said}`;
}
