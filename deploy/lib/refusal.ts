/** What `Refusal.code` may be; scripts and tests branch on it, people read the sentence. */
export type RefusalCode =
  | "network"
  | "parameters"
  | "variable"
  | "key"
  | "rpc"
  | "chain-id"
  | "token"
  | "account"
  | "funds"
  | "record"
  | "layout"
  | "state"
  | "interrupted";

/** Something that stops an operation before anything is sent. The message is one sentence that tells what to do about it. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}

/** Several refusals at once: everything that is wrong is told in one go. */
export class Refusals extends Error {
  override name = "Refusals";
  readonly list: readonly Refusal[];

  constructor(list: readonly Refusal[]) {
    super(list.map((refusal) => refusal.message).join("\n"));
    this.list = list;
  }
}

/** The refusals in an error, or nothing when it is another kind of error. */
export function refusalsOf(error: unknown): readonly Refusal[] | undefined {
  if (error instanceof Refusals) return error.list;
  if (error instanceof Refusal) return [error];
  return undefined;
}
