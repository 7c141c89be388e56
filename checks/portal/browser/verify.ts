/** A claim's verification in a real browser's worker: this project's library against `@noble/curves`. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import {
  aggregatePublicKeys,
  publicKeyToHex,
  rewardMessage,
  signatureFromParams,
  signatureToHex,
} from "../../../src/bls/index.ts";
import { deriveTags } from "../../../src/bls/index.ts";
import { testNodes } from "../../../test/helpers/TestNetwork.ts";
import { Signers } from "../chain/cast.ts";
import type { Answer, Task } from "./task.ts";

/** Workers of each kind, in turn; each is asked so often. */
const WORKERS = 7;
const ASKED = 5;

export interface VerifyFigures {
  /** Median of the first answer of a fresh worker, and of the later ones, milliseconds. */
  oursFirstMs: number;
  nobleFirstMs: number;
  oursMs: number;
  nobleMs: number;
  browser: string;
}

/** As far as it is needed: the project's types know no browser. */
type WorkerClass = new (
  script: string,
  options: { type: "module" },
) => {
  onmessage: (event: { data: Answer }) => void;
  onerror: (event: { message: string }) => void;
  postMessage(task: object): void;
  terminate(): void;
};

/** A reward signed by so many nodes. */
function taskOf(nodes: number): Task {
  const contract = "0xC2B9fC251aC068763EbDfdecc792E3352E351c00";
  const chainId = 42_161;
  const tags = deriveTags({ chainId, contract });
  const signers = new Signers(tags);
  const all = testNodes(nodes);
  for (const node of all) signers.join(node);
  const [recipient, amount] = ["0x8129bE2D5eF7ACd39483C19F28DE86b7EF19DBCA", 1_234_567_890_123_456n];
  const signature = signatureToHex(signatureFromParams(signers.sign([rewardMessage(tags, { recipient, amount })])));
  const keys = all.map(({ publicKey }) => publicKeyToHex(publicKey));
  const aggregateKey = publicKeyToHex(aggregatePublicKeys(all.map(({ publicKey }) => publicKey)));
  return { chainId, contract, recipient, amount, keys, aggregateKey, signature };
}

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL(name, import.meta.url).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

export async function measureVerify(browser: Browser, nodes: number): Promise<VerifyFigures> {
  const files = new Map([
    ["/", { type: "text/html", text: "<!doctype html><title>verify</title>" }],
    ["/ours.js", { type: "text/javascript", text: await bundle("ours.worker.ts") }],
    ["/noble.js", { type: "text/javascript", text: await bundle("noble.worker.ts") }],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.type ?? "text/plain" }).end(file?.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const task = taskOf(nodes);
  const wrong = { ...task, amount: task.amount + 1n };
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const ask = (script: string, tasks: readonly Task[]): Promise<Answer[]> =>
      // Big integers do not cross into the page as JSON.
      page.evaluate(
        async ([from, texts]) => {
          const { Worker } = globalThis as unknown as { Worker: WorkerClass };
          const worker = new Worker(from, { type: "module" });
          const answers: Answer[] = [];
          for (const text of texts) {
            const one = JSON.parse(text) as Record<string, unknown>;
            const answered = new Promise<Answer>((resolve, reject) => {
              worker.onmessage = (event) => resolve(event.data);
              worker.onerror = (event) => reject(new Error(event.message));
            });
            worker.postMessage({ ...one, amount: BigInt(one["amount"] as string) });
            answers.push(await answered);
          }
          worker.terminate();
          return answers;
        },
        [script, tasks.map((one) => JSON.stringify({ ...one, amount: String(one.amount) }))] as const,
      );
    const taken: Record<string, { first: number[]; later: number[] }> = {};
    for (let i = 0; i < WORKERS; i++) {
      for (const script of ["/ours.js", "/noble.js"]) {
        const answers = await ask(script, [...Array.from({ length: ASKED }, () => task), wrong]);
        const right = answers.map(({ holds }) => holds);
        if (right.pop() !== false || right.includes(false)) throw new Error(`${script} does not tell right from wrong`);
        const times = (taken[script] ??= { first: [], later: [] });
        const [first, ...later] = answers.slice(0, ASKED).map(({ ms }) => ms);
        times.first.push(first as number);
        times.later.push(...later);
      }
    }
    const of = (script: string, which: "first" | "later"): number => median(taken[script]?.[which] ?? []);
    return {
      oursFirstMs: of("/ours.js", "first"),
      nobleFirstMs: of("/noble.js", "first"),
      oursMs: of("/ours.js", "later"),
      nobleMs: of("/noble.js", "later"),
      browser: browser.version(),
    };
  } finally {
    await page.close();
    server.close();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
