import { CollectError } from "../../src/collect/index.ts";

/** Why nothing was collected: the error with which the promise must end. */
export async function refusalOf(promise: Promise<unknown>): Promise<CollectError> {
  const error = await promise.then(
    () => new Error("there was no refusal"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CollectError)) throw error;
  return error;
}
