/**
 * Whether an answer can be one. Gateways whose replica is gone say `null`, or answer the question of somebody else: no error, and no
 * answer either. What this finds is asked again; what is left for the caller is null only where JSON-RPC means "not there" by it.
 */

/** Methods whose answer is a number in hex, and those whose answer is bytes. */
const NUMBERS = new Set([
  "eth_chainId",
  "eth_blockNumber",
  "eth_gasPrice",
  "eth_maxPriorityFeePerGas",
  "eth_estimateGas",
  "eth_getBalance",
  "eth_getTransactionCount",
]);
const BYTES = new Set(["eth_call", "eth_getCode", "eth_sendRawTransaction", "eth_sendTransaction"]);

/** Methods that answer yes or no, and those that answer in words. */
const BOOLEANS = new Set(["hardhat_getAutomine", "anvil_getAutomine"]);
const WORDS = new Set(["web3_clientVersion", "net_version"]);

/** Names of blocks that there always are. */
const ALWAYS = new Set(["latest", "earliest"]);

type Fields = Readonly<Record<string, unknown>>;

/** Why an answer is none, to follow "its answer"; undefined when it can be one. */
export function misshapen(method: string, params: readonly unknown[], result: unknown): string | undefined {
  if (NUMBERS.has(method)) return isNumber(result) ? undefined : `is no number: ${shown(result)}`;
  if (BYTES.has(method)) return isBytes(result) ? undefined : `is no bytes: ${shown(result)}`;
  if (BOOLEANS.has(method)) return typeof result === "boolean" ? undefined : `is neither yes nor no: ${shown(result)}`;
  if (WORDS.has(method)) return typeof result === "string" ? undefined : `is no text: ${shown(result)}`;
  // Some pad a slot to 32 bytes, some do not.
  if (method === "eth_getStorageAt") return isNumber(result) ? undefined : `is no slot: ${shown(result)}`;
  if (method === "eth_getLogs") return ofLogs(params[0], result);
  if (method === "eth_getBlockByNumber") return ofBlock(params[0], "number", result);
  if (method === "eth_getBlockByHash") return ofBlock(params[0], "hash", result);
  if (method === "eth_getTransactionReceipt") return ofOne(params[0], "transactionHash", result);
  if (method === "eth_getTransactionByHash") return ofOne(params[0], "hash", result);
  if (method === "eth_feeHistory" && !isFields(result)) return `is no history of fees: ${shown(result)}`;
  if (method === "eth_accounts" && !Array.isArray(result)) return `is no list of accounts: ${shown(result)}`;
  return undefined;
}

/** Null is an answer for a block that may not be there. */
function ofBlock(asked: unknown, name: "number" | "hash", result: unknown): string | undefined {
  if (result === null && !ALWAYS.has(String(asked))) return undefined;
  if (!isFields(result)) return `is no block: ${shown(result)}`;
  const given = result[name];
  return isAnother(given, asked) ? `is block ${shown(given)}, not ${shown(asked)}` : undefined;
}

/** Null is an answer for a transaction that may not be there. */
function ofOne(asked: unknown, name: "transactionHash" | "hash", result: unknown): string | undefined {
  if (result === null) return undefined;
  if (!isFields(result)) return `is no transaction: ${shown(result)}`;
  const given = result[name];
  return isAnother(given, asked) ? `is of ${shown(given)}, not of ${shown(asked)}` : undefined;
}

function ofLogs(filter: unknown, result: unknown): string | undefined {
  if (!Array.isArray(result)) return `is no list of logs: ${shown(result)}`;
  const { fromBlock, toBlock } = (isFields(filter) ? filter : {}) as { fromBlock?: unknown; toBlock?: unknown };
  const [from, to] = [limitOf(fromBlock, 0), limitOf(toBlock, Infinity)];
  for (const log of result as unknown[]) {
    const block = isFields(log) ? log["blockNumber"] : undefined;
    if (isNumber(block) && (Number(block) < from || Number(block) > to)) {
      return `holds a log of block ${Number(block)}, which was not asked for`;
    }
  }
  return undefined;
}

function limitOf(block: unknown, otherwise: number): number {
  return isNumber(block) ? Number(block) : otherwise;
}

/** Both are numbers or hashes in hex, and differ; by name nothing can be said. */
function isAnother(given: unknown, asked: unknown): boolean {
  return isNumber(given) && isNumber(asked) && BigInt(given as string) !== BigInt(asked as string);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): boolean {
  return (typeof value === "string" && /^0x[0-9a-f]+$/i.test(value)) || Number.isSafeInteger(value);
}

function isBytes(value: unknown): boolean {
  return typeof value === "string" && /^0x([0-9a-f]{2})*$/i.test(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
