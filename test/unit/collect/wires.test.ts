import { expect } from "chai";
import { defaultDeadline } from "../../../src/collect/gather.ts";
import { HttpWire } from "../../../src/collect/httpWire.ts";
import { OmqWire } from "../../../src/collect/omqWire.ts";
import { prepareRequest } from "../../../src/collect/request.ts";

const batch = (recipients: number) =>
  prepareRequest({
    kind: "rewards",
    recipients: Array.from({ length: recipients }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`),
    height: 9,
  });

describe("collect/wires", function () {
  it("over OxenMQ a batch is a request a recipient, and so many fewer nodes are asked at once", async function () {
    const wire = new OmqWire();
    const cost = (recipients: number) => {
      const { requests, concurrency } = wire.signing(batch(recipients));
      return { requests, concurrency };
    };
    expect(cost(1)).to.deep.equal({ requests: 1, concurrency: 2_000 });
    expect(cost(5)).to.deep.equal({ requests: 5, concurrency: 2_000 });
    expect(cost(20)).to.deep.equal({ requests: 20, concurrency: 500 });
    expect(cost(200)).to.deep.equal({ requests: 200, concurrency: 50 });
    await wire.close();
  });

  it("over HTTP it is one request", async function () {
    const wire = new HttpWire();
    expect(wire.signing(batch(200))).to.include({ requests: 1, concurrency: 500 });
    await wire.close();
  });

  it("all of it has time by nodes and by requests", function () {
    expect(defaultDeadline(1_500)).to.equal(12_000);
    expect(defaultDeadline(10_000)).to.equal(60_000);
    expect(defaultDeadline(1_500, 1_500 * 200)).to.equal(60_000);
  });
});
