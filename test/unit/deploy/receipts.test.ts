import { expect } from "chai";
import { expectingReceipts } from "../../../deploy/lib/receipts.ts";

/** A transaction that is in a block, and whose receipt the endpoint does not give. */
describe("deploy/lib/receipts", () => {
  const hash = `0x${"12".repeat(32)}`;
  const answers: Record<string, unknown> = {};
  const request = ({ method }: { method: string }) => Promise.resolve(answers[method] ?? null);
  const open = () => expectingReceipts({ provider: { request }, fast: true }, 30).provider;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

  beforeEach(() => {
    answers["eth_getTransactionByHash"] = { blockNumber: "0x5" };
    answers["eth_getTransactionReceipt"] = null;
    answers["eth_blockNumber"] = "0x5";
  });

  async function look(provider: ReturnType<typeof open>): Promise<unknown> {
    await provider.request({ method: "eth_getTransactionByHash", params: [hash] });
    return provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
  }
  const after = (provider: ReturnType<typeof open>) =>
    provider.request({ method: "eth_blockNumber", params: [] }).catch((reason: unknown) => reason as Error);

  it("ends the wait, whatever is asked next", async () => {
    const provider = open();
    expect(await look(provider)).to.equal(null);
    expect(await after(provider)).to.equal("0x5");
    await pause();
    const error = await after(provider);
    expect(error).to.include({ name: "ChainError", code: "no-receipt" });
    expect((error as Error).message).to.equal(
      `${hash} is in block 5, and the endpoint gives no receipt of it: run the same command again, with another endpoint (--rpc) if it stays so.`,
    );
  });

  it("waits on for one that waits itself, or whose block was taken back", async () => {
    answers["eth_getTransactionByHash"] = { blockNumber: null };
    const provider = open();
    await look(provider);
    await pause();
    expect(await after(provider)).to.equal("0x5");
    answers["eth_getTransactionByHash"] = { blockNumber: "0x5" };
    await look(provider);
    answers["eth_getTransactionByHash"] = { blockNumber: null };
    await look(provider);
    await pause();
    expect(await after(provider)).to.equal("0x5");
  });

  it("forgets it once the receipt is there", async () => {
    const provider = open();
    await look(provider);
    answers["eth_getTransactionReceipt"] = { status: "0x1" };
    await look(provider);
    await pause();
    expect(await after(provider)).to.equal("0x5");
  });
});
