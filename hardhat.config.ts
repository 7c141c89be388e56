import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";
import { applyEnvironment } from "./src/settings/environment.ts";

const require = createRequire(import.meta.url);
// Hardhat's keystore is asked only for what the environment has not.
applyEnvironment();

// The compiler comes from the npm package `solc`: nothing is downloaded. Both profiles share their settings, so that what is
// tested is what is deployed (Ignition builds with `production`).
const compiler = {
  version: "0.8.34",
  path: require.resolve("solc/soljson.js"),
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["storageLayout"] } },
  },
};

const accounts = [configVariable("DEPLOYER_PRIVATE_KEY")];

/** See test/helpers/workers.ts. */
const workers: HardhatPlugin = {
  id: "session-staking-workers",
  hookHandlers: { test: () => import("./test/helpers/workers.ts") },
};

export default defineConfig({
  plugins: [toolbox, workers],
  solidity: {
    npmFilesToBuild: [
      "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol",
      "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol",
    ],
    profiles: { default: { ...compiler }, production: { ...compiler, isolated: false } },
  },
  paths: { ignition: "./deploy", tests: { mocha: "./test", solidity: "./test" } },
  typechain: { outDir: "./types/ethers-contracts" },
  networks: {
    hardhat: { type: "edr-simulated", chainType: "l1", chainId: 31337 },
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    arbitrumSepolia: {
      type: "http",
      chainType: "generic",
      chainId: 421614,
      url: configVariable("ARBITRUM_SEPOLIA_RPC_URL"),
      accounts,
    },
    sepolia: { type: "http", chainType: "l1", chainId: 11155111, url: configVariable("SEPOLIA_RPC_URL"), accounts },
    ethereum: { type: "http", chainType: "l1", chainId: 1, url: configVariable("ETHEREUM_RPC_URL"), accounts },
    arbitrum: { type: "http", chainType: "generic", chainId: 42161, url: configVariable("ARBITRUM_RPC_URL"), accounts },
  },
  verify: {
    etherscan: { apiKey: configVariable("ETHERSCAN_API_KEY") },
    sourcify: process.env["SOURCIFY_URL"] ? { apiUrl: process.env["SOURCIFY_URL"] } : {},
  },
  test: {
    // two cores; a file is the unit
    mocha: {
      timeout: 120_000,
      parallel: true,
      jobs: 2,
      require: ["./test/helpers/compileCache.ts", "./test/helpers/readableFailures.ts"],
    },
    solidity: { fuzz: { runs: 256, seed: "0x5e5510" }, invariant: { runs: 32, depth: 64, failOnRevert: false } },
  },
});
