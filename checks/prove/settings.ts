/** The compiler's settings of hardhat.config.ts, which is too much to load for them; the tests compare. */
export const settings = { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } } as const;
