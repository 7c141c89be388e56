import type { Address, Emitted, Value } from "../core/world.ts";
import { text } from "./values.ts";

/** What became of one call. */
export interface Outcome {
  error: { name: string; args: readonly Value[] } | undefined;
  events: Emitted[];
  /** The contract that the call made, itself or through the factory. */
  created: Address | undefined;
}

/** Something in which chain and model do not agree. */
export interface Difference {
  what: string;
  chain: string;
  model: string;
}

type Said = Pick<Outcome, "error" | "events">;

/** Success or the exact error; the events in order. */
export function outcomeDifferences(name: string, chain: Said, model: Said): Difference[] {
  const differences: Difference[] = [];
  const [outcome, expected] = [outcomeText(chain), outcomeText(model)];
  if (outcome !== expected) differences.push({ what: `outcome of ${name}`, chain: outcome, model: expected });
  const [events, expectedEvents] = [chain, model].map((said) => said.events.map(eventText).join("\n")) as [
    string,
    string,
  ];
  if (events !== expectedEvents) {
    differences.push({ what: `events of ${name}`, chain: events, model: expectedEvents });
  }
  return differences;
}

export function outcomeText({ error }: Pick<Outcome, "error">): string {
  return error === undefined ? "ok" : `${error.name}(${error.args.map(text).join(", ")})`;
}

function eventText({ at, name, args }: Emitted): string {
  return `${name}(${args.map(text).join(", ")}) at ${at}`;
}
