/** What a worker of the benchmark checks; plain data, as it crosses into another thread. Hex with 0x. */
export interface Task {
  chainId: number;
  contract: string;
  recipient: string;
  amount: bigint;
  /** 64 bytes each. */
  keys: string[];
  aggregateKey: string;
  /** 128 bytes. */
  signature: string;
}

/** What it says: whether the claim holds, and the milliseconds that it took. */
export interface Answer {
  holds: boolean;
  ms: number;
}

/** A worker's own scope; the project's types know no browser. */
const worker = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: { data: Task }) => void): void;
  postMessage(answer: Answer): void;
};

/** Makes a worker of a check. */
export function answer(check: (task: Task) => boolean): void {
  worker.addEventListener("message", ({ data }) => {
    const start = performance.now();
    const holds = check(data);
    worker.postMessage({ holds, ms: performance.now() - start });
  });
}
