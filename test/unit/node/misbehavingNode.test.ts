/** The liars of the test networks lie as they say: a test that relies on them tests what it means to. */
import { expect } from "chai";
import { bytesFromHex, deriveTags, rewardMessage, signatureFromHex, verify } from "../../../src/bls/index.ts";
import type { Hex, BlsError } from "../../../src/bls/index.ts";
import { manualClock, nodeKeysFromSeed, PARAMS } from "../../../src/node/index.ts";
import type { MisbehavingNode, Misbehaviour } from "../../helpers/misbehavingNode.ts";
import { startMisbehavingNode } from "../../helpers/misbehavingNode.ts";
import { FakeChain, REWARDS } from "../../helpers/fakeChain.ts";

const KEYS = nodeKeysFromSeed("liar");
const TAGS = deriveTags({ chainId: 31_337, contract: REWARDS });
const RECIPIENT = "0x1000000000000000000000000000000000000001";

const other = (n: number): string => `${RECIPIENT.slice(0, -1)}${n}`;

describe("helpers/misbehavingNode", () => {
  let liar: MisbehavingNode;

  before(async () => {
    const chain = new FakeChain(1_700_000_000);
    liar = await startMisbehavingNode(
      {
        rpcUrl: "",
        contract: REWARDS,
        keys: KEYS,
        params: { ...PARAMS.devnet, pollMs: 60_000 },
        // What is above the record is signed: everybody has a little.
        openingRewards: Object.fromEntries([1, 2, 3].map((n) => [other(n), 1n])),
      },
      { provider: chain, clock: manualClock(1_700_000_000) },
    );
  });
  after(() => liar.stop());

  const ask = async (misbehaviour: Misbehaviour | undefined, recipient = RECIPIENT) => {
    liar.become(misbehaviour);
    const response = await fetch(`${liar.url}/v1/reward`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ recipient, height: 0 }),
      signal: AbortSignal.timeout(500),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      reply: () =>
        JSON.parse(text) as Record<"amount" | "recipient" | "signer", string> & Record<"message" | "signature", Hex>,
    };
  };
  const isValid = (message: Uint8Array, signature: Hex): boolean =>
    verify(KEYS.blsPublicKey, message, signatureFromHex(signature), TAGS.hashToG2);
  const codeOf = (signature: Hex): string | undefined => {
    try {
      signatureFromHex(signature);
      return undefined;
    } catch (error) {
      return (error as BlsError).code;
    }
  };

  it("is honest when told so", async () => {
    const { message, signature, recipient } = (await ask(undefined)).reply();
    expect(recipient).to.equal(RECIPIENT);
    expect(isValid(rewardMessage(TAGS, { recipient: RECIPIENT, amount: 1n }), signature)).to.equal(true);
    expect(isValid(bytesFromHex(message), signature)).to.equal(true);
  });

  it("signs wrongly, inflates, and answers for others", async () => {
    const honest = (await ask(undefined)).reply();
    const wrong = (await ask({ kind: "wrong-signature" }, other(2))).reply();
    expect(isValid(bytesFromHex(wrong.message), wrong.signature)).to.equal(false);
    expect(codeOf(wrong.signature)).to.equal(undefined);

    const inflated = (await ask({ kind: "inflating", by: 5n })).reply();
    expect(inflated.amount).to.equal("6");
    expect(isValid(rewardMessage(TAGS, { recipient: RECIPIENT, amount: 6n }), inflated.signature)).to.equal(true);

    expect((await ask({ kind: "another-question" })).reply().recipient).to.not.equal(RECIPIENT);
    expect((await ask({ kind: "replaying" }, other(3))).reply()).to.deep.equal(honest);
    expect((await ask({ kind: "other-key", blsPubkey: "0x12" })).reply().signer).to.equal("0x12");
    const twice = [(await ask({ kind: "two-signatures" })).reply(), (await ask({ kind: "two-signatures" })).reply()];
    expect(twice[0]?.signature).to.not.equal(twice[1]?.signature);
  });

  it("gives points that must not be taken", async () => {
    expect(codeOf((await ask({ kind: "non-canonical" })).reply().signature)).to.equal("range");
    expect(codeOf((await ask({ kind: "out-of-subgroup" })).reply().signature)).to.equal("subgroup");
    expect(codeOf((await ask({ kind: "infinity" })).reply().signature)).to.equal("infinity");
  });

  it("gives what is no answer, too much, too late, or none", async () => {
    expect((await ask({ kind: "garbage" })).reply).to.throw(SyntaxError);
    expect((await ask({ kind: "megabytes", bytes: 2_000_000 })).text.length > 2_000_000).to.equal(true);
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await ask({ kind: "flapping", every: 2 })).status);
    expect(statuses.filter((status) => status === 503)).to.have.length(2);

    const outcome = (misbehaviour: Misbehaviour) =>
      ask(misbehaviour).then(
        () => "answered",
        (error: Error) => error.name,
      );
    expect(await outcome({ kind: "slow", ms: 100 })).to.equal("answered");
    expect(await outcome({ kind: "slow", ms: 2_000 })).to.equal("TimeoutError");
    expect(await outcome({ kind: "silent" })).to.equal("TimeoutError");
    expect(await outcome({ kind: "dead" })).to.equal("TypeError");
    expect((await ask(undefined)).status).to.equal(200);
  });
});
