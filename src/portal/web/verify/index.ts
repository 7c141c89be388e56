import type { Verdict, Work } from "./work.ts";

export type { Statement, Verdict, Work } from "./work.ts";

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, { resolve: (verdict: Verdict) => void; reject: (error: Error) => void }>();

/** Checks in a thread of its own, so that the page stays quick. */
export function verifyInWorker(work: Work): Promise<Verdict> {
  worker ??= start();
  const id = ++last;
  const answer = new Promise<Verdict>((resolve, reject) => waiting.set(id, { resolve, reject }));
  worker.postMessage({ id, work });
  return answer;
}

function start(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.addEventListener("message", (event: MessageEvent<{ id: number; verdict: Verdict }>) => {
    waiting.get(event.data.id)?.resolve(event.data.verdict);
    waiting.delete(event.data.id);
  });
  made.addEventListener("error", (event) => {
    for (const { reject } of waiting.values()) reject(new Error(`The checking thread failed: ${event.message}`));
    waiting.clear();
    worker = undefined;
  });
  return made;
}
