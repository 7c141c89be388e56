import { expect } from "chai";
import { consent } from "../../../deploy/lib/consent.ts";
import { Refusal } from "../../../deploy/lib/refusal.ts";

describe("deploy/lib/consent", () => {
  let shown: string;
  const terminal = (answer: string, isTTY = true) => ({
    stdin: Object.assign(
      (async function* () {
        yield answer;
      })(),
      { isTTY },
    ),
    stderr: { write: (text: string) => (shown += text), isTTY },
    signal: new AbortController().signal,
  });

  beforeEach(() => {
    shown = "";
  });

  it("asks once, and goes on with a yes", async () => {
    const ask = consent(false, terminal("y\n"));
    await ask?.("Send it?");
    await ask?.("And the next?");
    expect(shown).to.equal("Send it? [y/N] ");
  });

  for (const answer of ["n\n", "\n", "", "yesterday\n"]) {
    it(`ends with nothing sent after ${JSON.stringify(answer)}`, async () => {
      const refused = await consent(false, terminal(answer))?.("Send it?").catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(Refusal);
      expect(refused).to.include({ code: "interrupted", message: "Nothing was sent: answer y, or give --yes." });
      // After the end of the input the terminal is still on the line of the question.
      expect(shown).to.equal(answer === "" ? "Send it? [y/N] \n" : "Send it? [y/N] ");
    });
  }

  it("asks nobody with --yes, or where nobody sits", () => {
    expect(consent(true, terminal("y\n"))).to.equal(undefined);
    expect(consent(false, terminal("y\n", false))).to.equal(undefined);
  });
});
