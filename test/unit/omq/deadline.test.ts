import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { expect } from "chai";
import { Deadline } from "../../../src/omq/index.ts";

/** Keeps this process from reading anything for so long. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("omq/Deadline", function () {
  this.timeout(10_000);

  it("passes after its time, once, and not when it was cancelled", async function () {
    const started = performance.now();
    let passed = 0;
    await new Promise<void>((resolve) => {
      new Deadline(80, () => {
        passed++;
        resolve();
      });
      new Deadline(40, () => (passed += 10)).cancel();
    });
    expect(performance.now() - started).to.be.at.least(79);
    await pause(60);
    expect(passed).to.equal(1);
  });

  it("begins anew, and tells what is left; nothing once it is over", async function () {
    let passed = false;
    const deadline = new Deadline(40, () => (passed = true));
    deadline.restart(5_000);
    await pause(80);
    expect(passed).to.equal(false);
    expect(deadline.left).to.be.within(3_000, 5_000);
    deadline.cancel();
    deadline.restart(1);
    expect(deadline.left).to.equal(0);
    await pause(20);
    expect(passed).to.equal(false);
  });

  it("does not count what the process itself was blocked", async function () {
    const started = performance.now();
    const passedAt = new Promise<number>((resolve) => {
      new Deadline(200, () => resolve(performance.now() - started));
    });
    block(600);
    // Of the 600 one tick at most is counted.
    expect(await passedAt).to.be.at.least(700);
  });

  it("is judged after what came meanwhile was read", async function () {
    const order: string[] = [];
    const server = createServer((socket) => socket.end("x"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("data", () => order.push("data"));
    await once(server, "connection");
    // The byte is written now, and not yet read; the deadline is due at the end of the block.
    await new Promise<void>((resolve) => {
      new Deadline(20, () => {
        order.push("passed");
        resolve();
      });
      block(50);
    });
    expect(order).to.deep.equal(["data", "passed"]);
    socket.destroy();
    server.close();
  });
});
