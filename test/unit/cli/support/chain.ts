import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Interface, keccak256, toBeHex, Transaction } from "ethers";
import { aggregatePublicKeys, publicKeyOf, publicKeyToHex, publicKeyToParams } from "../../../../src/bls/index.ts";
import {
  rewardRatePoolAbi,
  serviceNodeContributionAbi,
  serviceNodeContributionFactoryAbi,
  serviceNodeRewardsAbi,
  serviceNodeRewardsAdditions,
  seshAbi,
} from "../../../../src/chain/abi.ts";

export const REWARDS = "0x1000000000000000000000000000000000000001";
export const TOKEN = "0x2000000000000000000000000000000000000002";
export const POOL = "0x3000000000000000000000000000000000000003";
export const OPERATOR = "0x4000000000000000000000000000000000000004";
export const NOW = 1_800_000_000;
const DAY = 86_400;

const interfaces = [
  new Interface([...serviceNodeRewardsAbi, ...serviceNodeRewardsAdditions]),
  new Interface(seshAbi),
  new Interface(rewardRatePoolAbi),
  new Interface(serviceNodeContributionAbi),
  new Interface(serviceNodeContributionFactoryAbi),
];

export interface FakeNode {
  id: bigint;
  secretKey: bigint;
  operator: string;
  addedTimestamp: number;
  leaveRequestTimestamp: number;
}

/** Answers of views by function name; anything that is not here reverts without data. */
export type Views = Record<string, (...args: never[]) => readonly unknown[]>;

/**
 * A chain that answers from a table: enough JSON-RPC for ethers to read, simulate and send. For tests of what the commands make of
 * the answers; the contracts themselves are in the integration tests.
 */
export class FakeChain {
  readonly nodes: FakeNode[];
  views: Views;
  chainId = 31_337n;
  timestamp = NOW;
  blockNumber = 100;
  gasPrice = 10_000_000n;
  /** Of every account. */
  balance = 10n ** 18n;
  /** Transactions that came in, decoded. */
  readonly sent: { hash: string; to: string; name: string; args: unknown[]; nonce: number; raw: string }[] = [];
  /** Called with each transaction before it is mined; what it throws is the answer. */
  onTransaction: (transaction: { name: string; args: unknown[]; nonce: number }) => void = () => undefined;
  /** False: transactions stay pending. */
  mining = true;
  /** It does not give its first block: history of that age is not kept everywhere. */
  forgetsFirst = false;
  /** Selectors that the contract's code holds. */
  features: string[] = [];
  readonly requests: string[] = [];
  /** Called before each request is answered; what it throws is the answer. */
  onRequest: (method: string) => void = () => undefined;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Rpc | Rpc[];
      const answer = Array.isArray(body) ? body.map((one) => this.#answer(one)) : this.#answer(body);
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
  });

  constructor(count = 6) {
    this.nodes = Array.from({ length: count }, (_, i) => ({
      id: BigInt(i + 1),
      secretKey: BigInt(1_000 + i),
      operator: i === 1 ? "0x5000000000000000000000000000000000000005" : OPERATOR,
      addedTimestamp: NOW - 40 * DAY,
      leaveRequestTimestamp: i === 2 ? NOW - DAY : i === 3 ? NOW - 31 * DAY : 0,
    }));
    this.views = this.#defaults();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  struct(node: FakeNode) {
    const key = publicKeyToParams(publicKeyOf(node.secretKey));
    const half = 12_500n * 10n ** 9n;
    return {
      next: 0n,
      prev: 0n,
      operator: node.operator,
      blsPubkey: key,
      addedTimestamp: BigInt(node.addedTimestamp),
      leaveRequestTimestamp: BigInt(node.leaveRequestTimestamp),
      latestLeaveRequestTimestamp: BigInt(node.leaveRequestTimestamp),
      deposit: 2n * half,
      contributors: [
        { staker: { addr: node.operator, beneficiary: node.operator }, stakedAmount: half },
        { staker: { addr: TOKEN, beneficiary: POOL }, stakedAmount: half },
      ],
      ed25519Pubkey: 0xed00n + node.id,
    };
  }

  #defaults(): Views {
    const empty = {
      ...this.struct({ ...(this.nodes[0] as FakeNode) }),
      contributors: [],
      operator: `0x${"0".repeat(40)}`,
    };
    const none = { ...empty, blsPubkey: { X: 0n, Y: 0n }, deposit: 0n, ed25519Pubkey: 0n };
    const key = (node: FakeNode) => publicKeyOf(node.secretKey);
    return {
      isStarted: () => [true],
      paused: () => [false],
      owner: () => [OPERATOR],
      totalNodes: () => [BigInt(this.nodes.length)],
      blsNonSignerThreshold: () => [BigInt(Math.floor(this.nodes.length / 3))],
      signatureExpiry: () => [600n],
      stakingRequirement: () => [25_000n * 10n ** 9n],
      maxContributors: () => [10n],
      liquidatorRewardRatio: () => [3n],
      poolShareOfLiquidationRatio: () => [17n],
      recipientRatio: () => [9_980n],
      claimThreshold: () => [1_000_000n * 10n ** 9n],
      claimCycle: () => [43_200n],
      currentClaimCycle: () => [BigInt(Math.floor(this.timestamp / 43_200))],
      currentClaimTotal: () => [400_000n * 10n ** 9n],
      designatedToken: () => [TOKEN],
      foundationPool: () => [POOL],
      aggregatePubkey: () => [publicKeyToParams(aggregatePublicKeys(this.nodes.map(key)))],
      allServiceNodeIDs: () => [this.nodes.map(({ id }) => id), this.nodes.map((node) => publicKeyToParams(key(node)))],
      nextServiceNodeID: () => [BigInt(this.nodes.length + 1)],
      serviceNodes: (id: bigint) => {
        const node = this.nodes.find((candidate) => candidate.id === id);
        return [node ? this.struct(node) : none];
      },
      serviceNodeIDs: (hex: string) => [this.nodes.find((node) => publicKeyToHex(key(node)) === hex)?.id ?? 0n],
      ed25519ToServiceNodeID: (ed: bigint) => [this.nodes.find((node) => 0xed00n + node.id === ed)?.id ?? 0n],
      recipients: () => [5_000n * 10n ** 9n, 2_000n * 10n ** 9n],
      balanceOf: () => [123_456_789n],
      allowance: () => [0n],
      decimals: () => [9n],
      rewardRate: () => [7n * 10n ** 9n],
      updateRewardsBalance: () => [],
      updateRewardsBalanceAndClaim: () => [],
      claimRewards: () => [],
      initiateExitBLSPublicKey: () => [],
      exitBLSPublicKeyAfterWaitTime: () => [],
      exitBLSPublicKeyWithSignature: () => [],
      liquidateBLSPublicKeyWithSignature: () => [],
      addBLSPublicKey: () => [],
      approve: () => [true],
    } as Views;
  }

  #answer({ id, method, params }: Rpc): object {
    this.requests.push(method);
    try {
      this.onRequest(method);
      return { jsonrpc: "2.0", id, result: this.#result(method, params) };
    } catch (error) {
      const { message, data, code } = error as { message: string; data?: string; code?: number };
      return { jsonrpc: "2.0", id, error: { code: code ?? 3, message, ...(data === undefined ? {} : { data }) } };
    }
  }

  #result(method: string, params: unknown[]): unknown {
    switch (method) {
      case "eth_chainId":
        return toBeHex(this.chainId);
      case "eth_blockNumber":
        return toBeHex(this.blockNumber);
      case "eth_gasPrice":
        return toBeHex(this.gasPrice);
      case "eth_maxPriorityFeePerGas":
        return "0x0";
      case "eth_getBlockByNumber":
        return this.forgetsFirst && params[0] === "0x0" ? null : this.#block(params[0] as string);
      case "eth_getCode":
        return `0x60806040${this.features.map((selector) => `63${selector.replace("0x", "")}`).join("")}`;
      case "eth_getStorageAt":
        return toBeHex(0n, 32);
      case "eth_getBalance":
        return toBeHex(this.balance);
      case "eth_getTransactionCount":
        return toBeHex(this.mining || params[1] === "pending" ? this.sent.length : 0);
      case "eth_call":
        return this.#call(params[0] as { to: string; data: string });
      case "eth_estimateGas":
        this.#call(params[0] as { to: string; data: string });
        return toBeHex(250_000n);
      case "eth_sendRawTransaction":
        return this.#send(params[0] as string);
      case "eth_getTransactionReceipt":
        return this.#receipt(params[0] as string);
      case "eth_getTransactionByHash":
        return this.#transaction(params[0] as string);
      default:
        throw Object.assign(new Error(`the fake chain has no ${method}`), { code: -32601 });
    }
  }

  #call({ data }: { data: string }): string {
    for (const iface of interfaces) {
      const parsed = iface.parseTransaction({ data });
      if (!parsed) continue;
      const view = this.views[parsed.name];
      if (!view) break;
      return iface.encodeFunctionResult(parsed.fragment, view(...(parsed.args.toArray() as never[])));
    }
    throw new Error("execution reverted");
  }

  #send(raw: string): string {
    const transaction = Transaction.from(raw);
    if (this.sent.some(({ hash }) => hash === transaction.hash)) throw new Error("already known");
    this.#call({ data: transaction.data });
    const parsed = interfaces.map((iface) => iface.parseTransaction(transaction)).find(Boolean);
    const entry = { name: parsed?.name ?? "", args: parsed?.args.toArray() ?? [], nonce: transaction.nonce };
    this.onTransaction(entry);
    const hash = keccak256(raw);
    this.sent.push({ hash, to: transaction.to ?? "", raw, ...entry });
    if (this.mining) this.blockNumber++;
    return hash;
  }

  #transaction(hash: string): object | null {
    const entry = this.sent.find((sent) => sent.hash === hash);
    if (!entry) return null;
    const tx = Transaction.from(entry.raw);
    const block = this.mining ? toBeHex(this.blockNumber) : null;
    return {
      hash,
      blockHash: this.mining ? toBeHex(1n, 32) : null,
      blockNumber: block,
      transactionIndex: this.mining ? "0x0" : null,
      type: "0x2",
      from: tx.from,
      to: tx.to,
      nonce: toBeHex(tx.nonce),
      gas: toBeHex(tx.gasLimit),
      gasPrice: toBeHex(tx.maxFeePerGas ?? 0n),
      maxFeePerGas: toBeHex(tx.maxFeePerGas ?? 0n),
      maxPriorityFeePerGas: toBeHex(tx.maxPriorityFeePerGas ?? 0n),
      value: toBeHex(tx.value),
      input: tx.data,
      chainId: toBeHex(tx.chainId),
      accessList: [],
      r: tx.signature?.r,
      s: tx.signature?.s,
      v: toBeHex(tx.signature?.yParity ?? 0),
      yParity: toBeHex(tx.signature?.yParity ?? 0),
    };
  }

  #receipt(hash: string): object | null {
    const index = this.sent.findIndex((entry) => entry.hash === hash);
    if (index < 0 || !this.mining) return null;
    const block = toBeHex(this.blockNumber);
    return {
      transactionHash: hash,
      transactionIndex: "0x0",
      blockHash: toBeHex(1n, 32),
      blockNumber: block,
      from: OPERATOR,
      to: this.sent[index]?.to,
      cumulativeGasUsed: toBeHex(240_000n),
      gasUsed: toBeHex(240_000n),
      effectiveGasPrice: toBeHex(this.gasPrice),
      contractAddress: null,
      logs: [],
      logsBloom: `0x${"0".repeat(512)}`,
      status: "0x1",
      type: "0x2",
    };
  }

  #block(tag: string): object {
    return {
      hash: toBeHex(1n, 32),
      parentHash: toBeHex(2n, 32),
      number: tag.startsWith("0x") ? tag : toBeHex(this.blockNumber),
      timestamp: toBeHex(this.timestamp),
      nonce: "0x0000000000000000",
      difficulty: "0x0",
      gasLimit: "0x1c9c380",
      gasUsed: "0x0",
      miner: OPERATOR,
      extraData: "0x",
      baseFeePerGas: toBeHex(this.gasPrice),
      transactions: [],
    };
  }
}

interface Rpc {
  id: number;
  method: string;
  params: unknown[];
}

/** An error of the chain that carries revert data. */
export function revertWith(name: string, args: readonly unknown[]): Error {
  const [iface] = interfaces;
  const data = (iface as Interface).encodeErrorResult(name, args);
  return Object.assign(new Error("execution reverted"), { data });
}
