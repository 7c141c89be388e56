/** `session-staking/bls` and `session-staking/chain` as a page loads them: bundled for a browser, run without anything of Node's. */
import { createContext, runInContext } from "node:vm";
import { expect } from "chai";
import { build } from "esbuild";
import { Interface } from "ethers";
import type * as Bls from "../../src/bls/index.ts";
import * as Chain from "../../src/chain/index.ts";
import mainnet from "../fixtures/mainnet-vector.json" with { type: "json" };

/** What a page has, as far as these rooms may use it; not `process`, `Buffer`, `require`. */
function page(): Record<string, unknown> {
  const globals = [
    "TextEncoder",
    "TextDecoder",
    "URL",
    "URLSearchParams",
    "AbortController",
    "AbortSignal",
    "Event",
    "EventTarget",
    "Headers",
    "Request",
    "Response",
    "WebSocket",
    "fetch",
    "crypto",
    "performance",
    "atob",
    "btoa",
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "queueMicrotask",
    "structuredClone",
    "console",
  ];
  const context: Record<string, unknown> = {};
  for (const name of globals) context[name] = (globalThis as Record<string, unknown>)[name];
  context["self"] = context;
  context["window"] = context;
  return context;
}

async function load(room: string): Promise<Record<string, (...args: never[]) => unknown>> {
  const { outputFiles } = await build({
    entryPoints: [`src/${room}/index.ts`],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "room",
    target: "es2022",
    logLevel: "silent",
  });
  const code = outputFiles[0]?.text ?? "";
  expect(code).not.to.match(/require\("node:|from"node:/);
  const context = createContext(page());
  runInContext(code, context);
  return runInContext("room", context) as Record<string, (...args: never[]) => unknown>;
}

const network = { chainId: BigInt(mainnet.chainId), contract: mainnet.contract };
const bigints = <T extends object>(of: T) =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, BigInt(value as string)])) as Record<
    keyof T,
    bigint
  >;

describe("house: what a browser loads", function () {
  it("verifies the live network's signature with session-staking/bls", async function () {
    const bls = (await load("bls")) as unknown as typeof Bls;
    const tags = bls.deriveTags(network);
    const message = bls.rewardMessage(tags, { recipient: mainnet.recipient, amount: BigInt(mainnet.amount) });
    expect(bls.hexFromBytes(message)).to.equal(mainnet.message);

    const publicKey = bls.publicKeyFromParams(bigints(mainnet.aggregatePubkey));
    const signature = bls.signatureFromParams(bigints(mainnet.signature));
    expect(bls.verify(publicKey, message, signature, tags.hashToG2)).to.equal(true);
    const other = bls.rewardMessage(tags, { recipient: mainnet.recipient, amount: BigInt(mainnet.amount) + 1n });
    expect(bls.verify(publicKey, other, signature, tags.hashToG2)).to.equal(false);
  });

  it("makes the transaction and explains a refusal with session-staking/chain", async function () {
    const chain = (await load("chain")) as unknown as typeof Chain;
    const signed = { signature: bigints(mainnet.signature), nonSigners: mainnet.nonSigners.map(BigInt) };
    const arguments_ = [network.contract, mainnet.recipient, BigInt(mainnet.amount), signed] as const;
    expect(chain.updateRewardsBalanceCall(...arguments_)).to.deep.equal(Chain.updateRewardsBalanceCall(...arguments_));
    expect(chain.formatSesh(1_500_000_000n)).to.equal("1.5");

    const data = new Interface(Chain.serviceNodeRewardsAbi as readonly string[]).encodeErrorResult(
      "ClaimThresholdExceeded",
      [],
    );
    expect(chain.explain({ data })?.name).to.equal("ClaimThresholdExceeded");
  });
});
