/**
 * Loaded by mocha in each of its processes. Parallel mocha hands results over as JSON, which has no bigint: an error that holds one
 * would be reported as "Do not know how to serialize a BigInt" instead of as what it says. Only what mocha hands over is changed,
 * not `BigInt.prototype`: code under test that writes a bigint as JSON must fail here as it does elsewhere.
 */
import { createRequire } from "node:module";

interface Event {
  serialize(): object;
}

const { SerializableEvent } = createRequire(import.meta.url)("mocha/lib/nodejs/serializer.js") as {
  SerializableEvent: { prototype: Event };
};
const { serialize } = SerializableEvent.prototype;

SerializableEvent.prototype.serialize = function (this: Event) {
  const event = serialize.call(this);
  replaceBigints(event, new Set());
  return event;
};

/** In place. */
function replaceBigints(value: object, seen: Set<object>): void {
  if (seen.has(value)) return;
  seen.add(value);
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (typeof inner === "bigint") Reflect.set(value, key, `${inner}n`);
    else if (typeof inner === "object" && inner !== null) replaceBigints(inner, seen);
  }
}
