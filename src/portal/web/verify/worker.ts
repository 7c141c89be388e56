import { check } from "./check.ts";
import type { Work } from "./work.ts";

addEventListener("message", (event: MessageEvent<{ id: number; work: Work }>) => {
  const { id, work } = event.data;
  postMessage({ id, verdict: check(work) });
});
