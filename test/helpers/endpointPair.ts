import { expect } from "chai";
import type { RetryEvent, TransportOptions } from "../../src/chain/index.ts";
import { EndpointError, Transport } from "../../src/chain/index.ts";
import { ScriptedRpc } from "./scriptedRpc.ts";

/** An address to ask about. */
export const TO = "0x00000000000000000000000000000000000000a1";

/** A receipt that says all that somebody needs. */
export const RECEIPT = {
  transactionHash: `0x${"ab".repeat(32)}`,
  blockHash: `0x${"b1".repeat(32)}`,
  blockNumber: "0x10",
  status: "0x1",
  gasUsed: "0x5208",
  logs: [],
  logsBloom: `0x${"00".repeat(256)}`,
  transactionIndex: "0x0",
  cumulativeGasUsed: "0x5208",
  contractAddress: null,
  type: "0x2",
};

/** An error of JSON-RPC. */
export const rpcError = (code: number, message: string, data?: unknown) => ({
  error: { code, message, ...(data === undefined ? {} : { data }) },
});

/** Two endpoints over real HTTP, new for each test of the suite that calls this. */
export function endpointPair() {
  const pair = {
    /** The one that transports go to unless others are named. */
    rpc: new ScriptedRpc(),
    other: new ScriptedRpc(),
    /** What was asked again by the transports of this test. */
    retries: [] as RetryEvent[],
  };
  beforeEach(async () => {
    pair.retries.length = 0;
    [pair.rpc, pair.other] = await Promise.all([new ScriptedRpc().start(), new ScriptedRpc().start()]);
  });
  afterEach(async () => {
    await Promise.all([pair.rpc.stop(), pair.other.stop()]);
  });
  /** Of short patience, one read a request. */
  const transport = (options: TransportOptions = {}, ...urls: string[]): Transport =>
    new Transport(urls.length > 0 ? urls : [pair.rpc.url], {
      backoffMs: 2,
      aggregate: false,
      onRetry: (event) => pair.retries.push(event),
      ...options,
    });
  /** Does `what` with the first `times` requests. */
  const first = (times: number, what: ScriptedRpc["before"]): void => {
    let left = times;
    pair.rpc.before = (request, response) => left-- > 0 && what(request, response);
  };
  return { net: pair, transport, first };
}

/** The endpoint's trouble with which the promise must end. */
export async function troubleOf(promise: Promise<unknown>): Promise<EndpointError> {
  const caught = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  expect(caught, JSON.stringify(caught)).to.be.instanceOf(EndpointError);
  return caught as EndpointError;
}
