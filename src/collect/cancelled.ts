import type { Collected } from "./collected.ts";
import { CollectError } from "./errors.ts";

/** The caller gave up; what had been collected by then is not lost. */
export class CollectionCancelled extends CollectError {
  /** The aggregate of what was collected by then, if it was enough. */
  readonly collected: Collected | undefined;

  constructor(collected: Collected | undefined) {
    super("cancelled", "The collection was cancelled.");
    this.collected = collected;
  }
}
