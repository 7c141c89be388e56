/** The part of a Hardhat connection that the deployment needs; every kind of network has it. */
export interface Chain {
  provider: { request(args: { method: string; params?: unknown[] }): Promise<unknown> };
  /** True where a block comes with every transaction: Ignition may look more often. */
  fast: boolean;
}
