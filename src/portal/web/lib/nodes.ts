import { computed, signal } from "@preact/signals";
import { chainNow } from "./clock.ts";
import { config } from "./config.ts";
import type { NodeRow } from "./nodeRow.ts";
import { resource } from "./resource.ts";
import type { Nodes, Stage } from "./schemas.ts";
import { service } from "./service.ts";

export type { NodeRow } from "./nodeRow.ts";

/** Whether somebody looks at the nodes: they are many, and not read before. */
export const wanted = signal(false);

/** All nodes, from the service. */
export const nodes = resource<true, readonly NodeRow[]>(
  () => wanted.value || undefined,
  async (_, abort) => (await service.nodes(abort)).rows.map(toRow),
  15_000,
);

export const nodesById = computed(() => new Map((nodes.value.value ?? []).map((node) => [node.id, node])));

function toRow([
  id,
  ed25519,
  bls,
  operator,
  contributors,
  stake,
  fee,
  registered,
  requested,
  stage,
]: Nodes["rows"][number]) {
  const text = `${id} ${ed25519} ${bls} ${operator} ${stage}`.toLowerCase();
  return { id, ed25519, bls, operator, contributors, stake, fee, registered, requested, stage, text };
}

/** A stage in words, and how it is coloured. */
export const STAGES: Record<Stage, { name: string; tone: "" | "good" | "warn" | "bad" }> = {
  active: { name: "active", tone: "good" },
  unlocking: { name: "unlocking", tone: "warn" },
  unlocked: { name: "ready to leave", tone: "warn" },
  overdue: { name: "overdue", tone: "bad" },
  free: { name: "ready, no signature", tone: "warn" },
  deregistered: { name: "deregistered", tone: "bad" },
};

/** When the node may leave with the network's signature, and when without; unix seconds. */
export function leavingTimes(node: NodeRow): { signed: number; unsigned: number } | undefined {
  const rules = config.value?.rules;
  if (!rules || node.requested === 0) return undefined;
  return { signed: node.requested + rules.unlockDelay, unsigned: node.requested + rules.exitWait };
}

/** The stage by the clock of now: the service's may be some seconds old. */
export function stageNow(node: NodeRow): Stage {
  const times = leavingTimes(node);
  if (node.stage !== "unlocking" || !times) return node.stage;
  return chainNow() >= times.signed ? "unlocked" : "unlocking";
}
