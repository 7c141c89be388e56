import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import type { Io } from "../../../src/cli/terminal/io.ts";
import { LiveLine } from "../../../src/cli/terminal/live.ts";
import { startProgress } from "../../../src/cli/terminal/progress.ts";
import { colorsFor, movesCursor } from "../../../src/settings/colors.ts";
import { readCsv } from "../../../src/settings/csv.ts";
import { parseDate } from "../../../src/settings/dates.ts";
import { readEnvironment } from "../../../src/settings/environment.ts";
import { SettingsError } from "../../../src/settings/errors.ts";
import { hex } from "../../../src/settings/hex.ts";
import { numeric } from "../../../src/settings/numbers.ts";
import { askSecret } from "../../../src/settings/prompt.ts";
import { decodeText, readPassword, readText } from "../../../src/settings/text.ts";
import { failWith, faultOfOptions } from "../../../src/settings/usage.ts";
import { optionsFromVariables } from "../../../src/settings/variables.ts";
import { columnsOf, wrapLines } from "../../../src/settings/wrap.ts";

const BOM = "\ufeff";

describe("settings", () => {
  let directory: string;
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };
  const failure = async (promise: Promise<unknown>): Promise<SettingsError> => {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(SettingsError);
    return error as SettingsError;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "settings-"));
  });
  after(() => rm(directory, { recursive: true }));

  describe("command lines that make no sense", () => {
    const fail = failWith((why) => new RangeError(why));

    it("are told in one line, an unknown option in one spelling", () => {
      expect(() => fail("Unknown arguments: state-dir, stateDir", undefined)).to.throw(
        RangeError,
        /^Unknown argument: state-dir$/,
      );
    });

    it("are told with the option that was meant, where one is near", () => {
      const known = { getDescriptions: () => ({ broadcast: "", "min-amount": "", json: "", "rewards-contract": "" }) };
      for (const [written, meant] of [
        ["brodcast", "broadcast"],
        ["min_amount", "min-amount"],
        ["rewardscontract", "rewards-contract"],
        ["JSON", "json"],
      ] as const) {
        expect(() => fail(`Unknown argument: ${written}`, undefined, known)).to.throw(
          RangeError,
          new RegExp(`^Unknown argument: ${written}\\. Did you mean --${meant}\\?$`),
        );
      }
      for (const message of [
        "Unknown argument: x",
        "Unknown argument: beneficiary",
        "Unknown arguments: jsn, brodcast",
      ]) {
        expect(() => fail(message, undefined, known)).to.throw(RangeError, new RegExp(`^${message}$`));
      }
    });

    it("are told before they are parsed: an option with nothing behind it, or given twice", () => {
      for (const [argv, why] of [
        [["claim", "--rpc", ""], "--rpc has nothing behind it."],
        [["claim", "--nonce="], "--nonce has nothing behind it."],
        [["claim", "--key-variable", " \t"], "--key-variable has nothing behind it."],
        [["claim", "--amount", "5", "--amount=6"], "--amount is given twice."],
        [["claim", "--min-amount", "5", "--minAmount", "5"], "--min-amount is given twice."],
        [["claim", "--nonce", "1", "--nonce", "2", "--nonce", "3"], "--nonce is given 3 times."],
      ] as const) {
        expect(faultOfOptions(argv, ["rpc"]), argv.join(" ")).to.equal(why);
      }
      for (const argv of [
        ["claim", "--rpc", "a", "--rpc", "b"],
        ["--json", "status", "--json"],
        ["claim", "--broadcast", "--yes", "--broadcast"],
        ["call", "--", "--amount", "", "--amount", "1"],
        ["--get-yargs-completions", "session-staking", "--rpc", ""],
      ]) {
        expect(faultOfOptions(argv, ["rpc"]), argv.join(" ")).to.equal(undefined);
      }
    });

    it("are told of numbers that people would not write so", () => {
      const { coerce } = numeric("nonce", { whole: true });
      expect(["0", " 12 ", "007", 5].map(coerce)).to.deep.equal([0, 12, 7, 5]);
      expect(numeric("timeout", { min: 0.1, max: 600 }).coerce("0.5")).to.equal(0.5);
      for (const text of [
        "",
        " ",
        "0x10",
        "1e3",
        "1,000",
        "1_000",
        "-1",
        "+1",
        "1.5",
        "9007199254740993",
        "٣",
        "NaN",
      ]) {
        expect(() => coerce(text), text).to.throw(Error, /^--nonce is not a whole number, 0 or more\.$/);
      }
    });

    it("are told in the words of an option's own check", () => {
      const error = Object.assign(new Error("--port: a whole number"), { name: "YError" });
      expect(() => fail("", error)).to.throw(RangeError, /^--port: a whole number$/);
    });

    it("are not what a command's own error is: that goes on as it is", () => {
      const error = new TypeError("a bug");
      expect(() => fail("a bug", error)).to.throw(error);
    });
  });

  describe("lists", () => {
    const read = (text: string, header: "required" | "optional" = "optional") =>
      readCsv(text, "list.csv", { columns: ["who", "howMuch"], header });
    const row = (line: number, who: string, howMuch = "") => ({ line, cells: { who, howMuch } });

    for (const [what, text, rows] of [
      ["commas", "who,howMuch\na,1\nb,2\n", [row(2, "a", "1"), row(3, "b", "2")]],
      ["semicolons and CRLF", "who;howMuch\r\na;1,5\r\n", [row(2, "a", "1,5")]],
      ["tabs, and old line ends", "who\thowMuch\ra\t1\r", [row(2, "a", "1")]],
      ["quotes, in the header too", '"who","howMuch"\n"a","1,000.5"\n', [row(2, "a", "1,000.5")]],
      ["a header in any case and order", "HOWMUCH, Who\n1, a\n", [row(2, "a", "1")]],
      ["no header", "a,1\nb\n", [row(1, "a", "1"), row(2, "b")]],
      ["blank lines and comments", "\n# to whom\n\nwho,howMuch\n\na,1 # first\n,,\n\n", [row(6, "a", "1")]],
      ["empty fields that spreadsheets add", "who,howMuch,,\na,1,,\n", [row(2, "a", "1")]],
      ["Excel's line about the separator", "sep=;\r\nwho;howMuch\r\na;1\r\n", [row(3, "a", "1")]],
      ["nothing", "\n", []],
    ] as const) {
      it(`take ${what}`, () => {
        const separator = /^(tabs)/.test(what) ? "\t" : /semicolons|Excel/.test(what) ? ";" : ",";
        expect(read(text)).to.deep.equal(rows.map((row) => ({ ...row, separator })));
      });
    }

    for (const [what, text, why] of [
      ["a column of another name", "who,howMany\na,1\n", 'list.csv: there is a column "howMany".'],
      ["a column twice", "who,howMuch,HowMuch\na,1,2\n", 'list.csv: there are two columns "howMuch".'],
      ["no header where one must be", "a,1\n", "list.csv: the first line is no header."],
      ["more fields than columns", "who,howMuch\na,60,5\n", "list.csv, line 2 has 3 fields for 2 columns."],
      ["a quote that does not end", 'who,howMuch\n"a,1\n', /^list\.csv is no CSV: Quote Not Closed/],
    ] as const) {
      it(`are refused with ${what}`, () => {
        expect(() => read(text, "required")).to.throw(SettingsError, why);
      });
    }
  });

  describe("lines", () => {
    const hash = `0x${"ab".repeat(32)}`;

    it("are broken at blanks where a terminal ends, as far in as they begin, and hashes stay whole", () => {
      expect(wrapLines(`sending ${hash} and what follows`, 80, 2).split("\n")).to.deep.equal([
        `sending ${hash} and`,
        "  what follows",
      ]);
      expect(wrapLines(`  fix ${"word ".repeat(6)}end\nshort`, 20, 4)).to.equal(
        "  fix word word word\n      word word word\n      end\nshort",
      );
      expect(wrapLines(`  ${hash}`, 40, 2)).to.equal(`  ${hash}`);
      expect(wrapLines(`\u001b[31merror\u001b[39m ${"a".repeat(14)}`, 20)).to.equal(
        `\u001b[31merror\u001b[39m ${"a".repeat(14)}`,
      );
    });

    it("are left alone in a pipe, unless COLUMNS says how long they may be", () => {
      expect(wrapLines("a b c", columnsOf({}, {}))).to.equal("a b c");
      expect([
        columnsOf({ isTTY: true }, {}),
        columnsOf({ isTTY: true, columns: 132 }, {}),
        columnsOf({}, { COLUMNS: "64" }),
        columnsOf({}, { COLUMNS: "3" }),
      ]).to.deep.equal([80, 132, 64, undefined]);
    });
  });

  describe("text files", () => {
    it("lose the byte order mark that editors put there", async () => {
      expect(await readText(await file("a.txt", `${BOM}words`))).to.equal("words");
      expect(await readText(await file("b.txt", Buffer.from(`${BOM}words ₿`, "utf16le")))).to.equal("words ₿");
      expect(decodeText(Buffer.from(`${BOM}words`, "utf16le").swap16())).to.equal("words");
      expect(decodeText(Buffer.from("plain"))).to.equal("plain");
    });

    it("give a password of one line, and none that is blank", async () => {
      expect(await readPassword(await file("pw", `${BOM}correct horse \r\nnot this\r\n`))).to.equal("correct horse ");
      for (const blank of ["", "\n", "  \nsecond"]) {
        const { message, kind } = await failure(readPassword(await file("blank", blank)));
        expect([kind, message]).to.deep.equal(["secret", `The first line of ${join(directory, "blank")} is empty.`]);
      }
      expect((await failure(readPassword(join(directory, "none")))).message).to.match(/^Cannot read .*none: ENOENT\.$/);
    });
  });

  describe("the environment", () => {
    it("takes .env behind its own variables, and an empty one for none", async () => {
      await file(".env", `${BOM}A=from file\nB=from file\nC=\n# D=no\nE="two words"\n`);
      expect(readEnvironment({ A: "own", B: "", F: "", G: undefined }, directory)).to.deep.equal({
        A: "own",
        B: "from file",
        E: "two words",
      });
      await rm(join(directory, ".env"));
      expect(readEnvironment({ A: "own", B: "" }, directory)).to.deep.equal({ A: "own" });
    });

    it("gives options from variables, and none that a container platform sets", () => {
      const environment = {
        SESSION_NODE_PORT: "tcp://10.0.0.1:80",
        SESSION_NODE_PORT_80_TCP: "tcp://10.0.0.1:80",
        SESSION_NODE_SERVICE_HOST: "10.0.0.1",
        SESSION_NODE_LOG_LEVEL: "debug",
        SESSION_NODE_POOL: "",
      };
      expect(optionsFromVariables("SESSION_NODE", ["port", "log-level", "pool"], environment)).to.deep.equal({
        values: { "log-level": "debug" },
        ignored: ["SESSION_NODE_PORT"],
      });
    });

    it("overwrites lines of no terminal that cannot", () => {
      expect(movesCursor({ isTTY: true }, { TERM: "xterm" })).to.equal(true);
      expect(movesCursor({ isTTY: true }, { TERM: "dumb" })).to.equal(false);
      expect(movesCursor({}, { TERM: "xterm" })).to.equal(false);
      // What asks it: a bar, and the line that lives.
      let written = "";
      const stderr = { write: (text: string) => (written += text), isTTY: true, columns: 80 };
      const io = { stderr, env: { TERM: "dumb" } } as unknown as Io;
      startProgress(io, "nodes", 3).update(1);
      new LiveLine(io).update("waiting", "first");
      expect(written).to.equal("waiting\n");
    });

    it("decides on colours", () => {
      const on = (isTTY: boolean, environment: Record<string, string>) =>
        colorsFor({ isTTY }, environment).isColorSupported;
      expect(on(true, {})).to.equal(true);
      expect(on(false, {})).to.equal(false);
      expect(on(true, { TERM: "dumb" })).to.equal(false);
      expect(on(true, { NO_COLOR: "1", FORCE_COLOR: "1" })).to.equal(false);
      expect(on(true, { NO_COLOR: "" })).to.equal(true);
      for (const level of ["1", "2", "true"]) expect(on(false, { FORCE_COLOR: level }), level).to.equal(true);
      for (const level of ["0", "false"]) expect(on(true, { FORCE_COLOR: level }), level).to.equal(false);
      expect(on(false, { FORCE_COLOR: "" })).to.equal(false);
    });
  });

  it("know which days there are", () => {
    expect(parseDate("2027-01-31")).to.equal(1_801_353_600n);
    expect(parseDate("2028-02-29")).to.equal(1_835_395_200n);
    expect(parseDate("2027-01-31T12:00Z")).to.equal(1_801_396_800n);
    expect(parseDate("2027-01-31T12:00:30+02:00")).to.equal(1_801_389_630n);
    for (const text of [
      "2027-02-30",
      "2027-02-29",
      "2027-13-01",
      "2027-00-01",
      "2027-04-31",
      "2027-01-31T24:00Z",
      "2027-01-31T12:60Z",
      "2027-01-31T12:00+99:00",
      "2027-01-31T12:00",
      "31.1.2027",
      "2027-1-31",
    ]) {
      expect(parseDate(text), text).to.equal(undefined);
    }
  });

  it("take hex with or without 0x, in any case, and say what is wrong with it", () => {
    const key = hex(4, "the key");
    for (const text of ["0xABcd0123", "abcd0123", "0XABCD0123", " abcd0123\n"]) {
      expect(key.parse(text), text).to.equal("0xabcd0123");
    }
    const why = (value: unknown) => key.safeParse(value).error?.issues[0]?.message;
    expect(why("0xabcd")).to.equal("the key has 4 hex digits, expected 8");
    expect(why("0xabcd012g")).to.equal("the key holds something else than hex digits");
    expect(why(7)).to.equal("the key is not a string");
  });

  describe("a password that is asked for", () => {
    const ask = (typed: string) => {
      const input = new PassThrough();
      let shown = "";
      const answer = askSecret("Password: ", { input, output: { write: (text) => (shown += text) } });
      input.write(typed);
      return { answer, shown: () => shown };
    };

    it("is not shown", async () => {
      const { answer, shown } = ask("correct horsf\u007fe\r");
      expect(await answer).to.equal("correct horse");
      expect(shown()).to.equal("Password: \n");
    });

    it("can be given up by Ctrl-C and Ctrl-D, and is not blank", async () => {
      for (const typed of ["abc\u0003", "\u0004", "\r", "  \r"]) {
        const { message, kind } = await failure(ask(typed).answer);
        expect([kind, message]).to.deep.equal(["secret", "No password was given."]);
      }
    });
  });
});
