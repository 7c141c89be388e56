import { parentPort } from "node:worker_threads";
import { run } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Runs what it is told, one after the other. */
parentPort?.on(
  "message",
  ({ name, seed, nodes, days }: { name: string; seed: number; nodes: number; days: number }) => {
    const scenario = SCENARIOS.find((candidate) => candidate.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    const onDay = (day: number): void => parentPort?.postMessage({ day });
    parentPort?.postMessage({ outcome: run(scenario, seed, { nodes, days, onDay }) });
  },
);
