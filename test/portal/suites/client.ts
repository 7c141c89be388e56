/** A client of the service that takes no field more than its table has. */
import { expect } from "chai";
import { z } from "zod";
import type { PortalWorld, RunningPortal } from "../../helpers/portal.ts";

/** What the suites share: one chain, one service. */
export class Client {
  readonly world: PortalWorld;
  readonly running: RunningPortal;
  readonly alice: string;
  readonly carol: string;

  constructor(world: PortalWorld, running: RunningPortal) {
    this.world = world;
    this.running = running;
    this.alice = world.chain.system.alice.address;
    this.carol = world.chain.system.carol.address;
  }

  /** The reply of a route, which has exactly the fields of its table. */
  async ask<T extends z.ZodType>(path: string, shape: T, status = 200): Promise<z.output<T>> {
    const reply = await this.running.get(path);
    expect(reply.status, `${path}: ${JSON.stringify(reply.body).slice(0, 300)}`).to.equal(status);
    const parsed = strict(shape).safeParse(reply.body);
    expect(parsed.error?.issues ?? [], path).to.deep.equal([]);
    return parsed.data as z.output<T>;
  }

  /** Ed25519 key of a node by its id, without 0x. */
  keyOf(id: number): string {
    return this.running.portal.follower.state.nodes.get(id)?.ed25519 as string;
  }

  /** How often nodes were asked for a signature; what else they are asked comes by the clock. */
  toSign(): number {
    return this.world.chain.nodes.reduce((sum, node) => sum + node.toSign, 0);
  }

  /** Server-Sent Events of a route, until they end. */
  async stream(path: string): Promise<{ event: string; data: unknown }[]> {
    const reply = await fetch(`${this.running.url}${path}`);
    expect(reply.headers.get("content-type")).to.match(/^text\/event-stream/);
    return (await reply.text())
      .split("\n\n")
      .map((block) => /^event: (\w+)\ndata: (.+)$/.exec(block))
      .flatMap((match) =>
        match ? [{ event: match[1] as string, data: JSON.parse(match[2] as string) as unknown }] : [],
      );
  }
}

/** The schema with no room for fields that it does not name, at any depth. */
export function strict(shape: z.ZodType): z.ZodType {
  const { def } = shape as unknown as { def: { type: string; [part: string]: unknown } };
  const inner = (one: unknown) => strict(one as z.ZodType);
  switch (def.type) {
    case "object": {
      const object = shape as z.ZodObject;
      if (def["catchall"] !== undefined) return shape;
      return z.strictObject(
        Object.fromEntries(Object.entries(object.shape).map(([name, part]) => [name, inner(part)])),
      );
    }
    case "array":
      return z.array(inner(def["element"]));
    case "nullable":
      return inner(def["innerType"]).nullable();
    case "optional":
      return inner(def["innerType"]).optional();
    case "union":
      return z.union((def["options"] as z.ZodType[]).map(inner) as [z.ZodType, z.ZodType]);
    default:
      return shape;
  }
}
