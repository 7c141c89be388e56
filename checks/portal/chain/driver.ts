/** A local chain in one hand: any sender without a key, a block when told, at the time told. */
import { Pool } from "undici";
import type { InterfaceAbi } from "ethers";
import { Interface } from "ethers";
import hre from "hardhat";

const BALANCE = `0x${(10n ** 24n).toString(16)}`;

/** A contract as the driver calls it. */
export interface Deployed {
  address: string;
  abi: Interface;
}

interface Receipt {
  status: string;
  contractAddress: string | null;
  logs: { address: string }[];
}

export class Driver {
  readonly #pool: Pool;
  readonly #path: string;
  /** Seconds from one block to the next. */
  readonly #interval: number;
  readonly #known = new Set<string>();
  #id = 0;
  /** Timestamp of the newest block. */
  time: number;
  height: number;

  private constructor(url: string, options: { interval: number; time: number; height: number }) {
    const { origin, pathname } = new URL(url);
    this.#pool = new Pool(origin, { connections: 4, pipelining: 1 });
    this.#path = pathname;
    this.#interval = options.interval;
    this.time = options.time;
    this.height = options.height;
  }

  /** Takes over an anvil or Hardhat node: nothing is mined from now on unless told. */
  static async at(url: string, interval: number): Promise<Driver> {
    const driver = new Driver(url, { interval, time: 0, height: 0 });
    const { number, timestamp } = (await driver.rpc("eth_getBlockByNumber", ["latest", false])) as {
      number: string;
      timestamp: string;
    };
    driver.height = Number(number);
    driver.time = Number(timestamp);
    await driver.rpc("evm_setAutomine", [false]);
    return driver;
  }

  async rpc(method: string, params: unknown[]): Promise<unknown> {
    const { body } = await this.#pool.request({
      method: "POST",
      path: this.#path,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
    });
    const answer = (await body.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  /** Lets accounts send: funded, and impersonated. */
  async admit(addresses: readonly string[]): Promise<void> {
    const fresh = [...new Set(addresses)].filter((address) => !this.#known.has(address));
    for (let i = 0; i < fresh.length; i += 50)
      await Promise.all(
        fresh.slice(i, i + 50).flatMap((address) => {
          this.#known.add(address);
          return [
            this.rpc("hardhat_setBalance", [address, BALANCE]),
            this.rpc("hardhat_impersonateAccount", [address]),
          ];
        }),
      );
  }

  /** Puts a transaction into the next block. */
  send(from: string, to: Deployed, method: string, args: readonly unknown[], gas: number): Promise<string> {
    return this.#transact({ from, to: to.address, data: to.abi.encodeFunctionData(method, args), gas });
  }

  async #transact({ gas, ...rest }: { from: string; to?: string; data: string; gas: number }): Promise<string> {
    return (await this.rpc("eth_sendTransaction", [{ ...rest, gas: `0x${gas.toString(16)}` }])) as string;
  }

  /** Mines what was sent, `later` seconds after the usual interval. */
  async mine(later = 0): Promise<void> {
    this.time += this.#interval + later;
    this.height++;
    await this.rpc("evm_mine", [this.time]);
  }

  /** The timestamp of the block that `mine()` makes next. */
  get next(): number {
    return this.time + this.#interval;
  }

  async receipt(hash: string): Promise<Receipt> {
    const receipt = (await this.rpc("eth_getTransactionReceipt", [hash])) as Receipt | null;
    if (receipt?.status !== "0x1") {
      throw new Error(`transaction ${hash} ${receipt === null ? "was not mined" : "was reverted"}`);
    }
    return receipt;
  }

  async deploy(from: string, name: string, args: readonly unknown[] = []): Promise<Deployed> {
    const { abi, bytecode } = await hre.artifacts.readArtifact(name);
    const contract = new Interface(abi as unknown as InterfaceAbi);
    const hash = await this.#transact({ from, data: bytecode + contract.encodeDeploy(args).slice(2), gas: 12_000_000 });
    await this.mine();
    return { address: (await this.receipt(hash)).contractAddress as string, abi: contract };
  }

  /** An implementation behind a transparent proxy that is initialised in its constructor. */
  async deployProxy(from: string, name: string, args: readonly unknown[]): Promise<Deployed> {
    const { address, abi } = await this.deploy(from, name);
    const data = abi.encodeFunctionData("initialize", args);
    const proxy = await this.deploy(from, "TransparentUpgradeableProxy", [address, from, data]);
    return { address: proxy.address, abi };
  }

  async read(contract: Deployed, method: string, args: readonly unknown[] = []): Promise<unknown> {
    const data = contract.abi.encodeFunctionData(method, args);
    const result = await this.rpc("eth_call", [{ to: contract.address, data }, "latest"]);
    return contract.abi.decodeFunctionResult(method, result as string)[0] as unknown;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
