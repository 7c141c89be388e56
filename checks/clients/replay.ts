/** The transactions of one client's chain again on Hardhat's node: the same bytes in the same order, at the same times and base fees. */
import type { Block, JsonRpcProvider, TransactionResponse } from "ethers";
import { Transaction } from "ethers";
import hre from "hardhat";
import { rpcProvider } from "../../deploy/lib/connect.ts";
import { CHAIN_ID } from "./clients.ts";

/** A transaction that did not do the same here and there. */
export interface Difference {
  hash: string;
  block: number;
  what: string;
}

export interface Replayed {
  transactions: number;
  gas: bigint;
  differences: Difference[];
}

/** Plays a chain again from its first block, and compares status, gas and logs of each transaction. */
export async function replay(source: JsonRpcProvider): Promise<Replayed> {
  const blocks = await blocksWithTransactions(source);
  const override = {
    chainId: CHAIN_ID,
    hardfork: "osaka",
    mining: { auto: false, interval: 0 },
    initialDate: new Date(((blocks[0]?.timestamp ?? 1) - 1) * 1_000),
    // anvil makes several in a second.
    allowBlocksWithSameTimestamp: true,
  };
  const server = await hre.network.createServer({ network: "hardhat", override }, "127.0.0.1", 0);
  const { port } = await server.listen();
  const target = rpcProvider(`http://127.0.0.1:${port}`, CHAIN_ID);
  const replayed: Replayed = { transactions: 0, gas: 0n, differences: [] };
  try {
    for (const block of blocks) await playBlock(block, source, target, replayed);
    return replayed;
  } finally {
    target.destroy();
    await server.close();
  }
}

async function playBlock(
  block: Block,
  source: JsonRpcProvider,
  target: JsonRpcProvider,
  replayed: Replayed,
): Promise<void> {
  for (const hash of block.transactions) {
    const sent = (await source.getTransaction(hash)) as TransactionResponse;
    await target.send("eth_sendRawTransaction", [Transaction.from(sent).serialized]);
  }
  await target.send("hardhat_setNextBlockBaseFeePerGas", [`0x${(block.baseFeePerGas ?? 0n).toString(16)}`]);
  await target.send("evm_setNextBlockTimestamp", [block.timestamp]);
  await target.send("evm_mine", []);
  for (const hash of block.transactions) {
    const [there, here] = await Promise.all([outcome(source, hash), outcome(target, hash)]);
    replayed.transactions++;
    replayed.gas += there.gas;
    const differ = (name: string, a: unknown, b: unknown): void => {
      if (a === b) return;
      replayed.differences.push({ hash, block: block.number, what: `${name} ${String(a)}, on Hardhat ${String(b)}` });
    };
    differ("gas", there.gas, here.gas);
    differ("status", there.status, here.status);
    differ("logs", there.logs, here.logs);
  }
}

async function outcome(provider: JsonRpcProvider, hash: string) {
  const receipt = await provider.getTransactionReceipt(hash);
  if (receipt === null) return { gas: -1n, status: null, logs: "no receipt" };
  const logs = receipt.logs.map(({ address, topics, data }) => [address, topics, data]);
  return { gas: receipt.gasUsed, status: receipt.status, logs: JSON.stringify(logs) };
}

async function blocksWithTransactions(provider: JsonRpcProvider): Promise<Block[]> {
  const newest = await provider.getBlockNumber();
  const found: Block[] = [];
  for (let height = 1; height <= newest; height++) {
    const block = await provider.getBlock(height);
    if (block === null) throw new Error(`the client has no block ${height}`);
    if (block.transactions.length > 0) found.push(block);
  }
  return found;
}
