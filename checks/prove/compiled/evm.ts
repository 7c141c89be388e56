/** Contracts compiled as they are deployed, on a chain within this process. */
import { readFileSync } from "node:fs";
import { Interface } from "ethers";
import hre from "hardhat";
import solc from "solc";
import { settings } from "../settings.ts";
import { readImport } from "../source.ts";

interface Compiled {
  readonly abi: ConstructorParameters<typeof Interface>[0];
  readonly evm: { readonly bytecode: { readonly object: string } };
}

interface Output {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly contracts: Readonly<Record<string, Readonly<Record<string, Compiled>>>>;
}

export interface Deployed {
  readonly address: string;
  /** Calls the function and gives its results; throws with the data of a revert. */
  call(name: string, args: readonly unknown[]): Promise<readonly unknown[]>;
}

/** Compiles the contract in the file, with other text for some of the files that it imports, and deploys it. */
export async function deploy(path: string, name: string, changed: ReadonlyMap<string, string>): Promise<Deployed> {
  const input = {
    language: "Solidity",
    sources: { [path]: { content: changed.get(path) ?? readFileSync(path, "utf8") } },
    settings: { ...settings, outputSelection: { [path]: { [name]: ["abi", "evm.bytecode.object"] } } },
  };
  const read = (file: string) => {
    const contents = changed.get(file);
    return contents === undefined ? readImport(file) : { contents };
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as Output;
  const errors = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const { abi, evm } = output.contracts[path]![name]!;
  const codec = new Interface(abi);
  const { provider } = await hre.network.create();
  const [from] = (await provider.request({ method: "eth_accounts" })) as string[];
  const data = `0x${evm.bytecode.object}`;
  const hash = await provider.request({ method: "eth_sendTransaction", params: [{ from, data }] });
  const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
    contractAddress: string;
  };
  return {
    address: receipt.contractAddress,
    call: async (fn, args) => {
      const encoded = codec.encodeFunctionData(fn, args);
      const to = receipt.contractAddress;
      const result = (await provider.request({
        method: "eth_call",
        params: [{ from, to, data: encoded }, "latest"],
      })) as string;
      return codec.decodeFunctionResult(fn, result).toArray(true) as unknown[];
    },
  };
}
