/** What the benchmark's nodes are asked, and what they have signed. Imports nothing: the collector's process shall hold no more than it needs. */
export const DOMAIN = { chainId: 42_161n, contract: "0xC2B9fC251aC068763EbDfdecc792E3352E351c00" };
export const RECIPIENT = `0x${"be".repeat(20)}`;
export const AMOUNT = 123_456_789_012_345n;
export const HEIGHT = 1_000;
