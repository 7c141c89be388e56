import { expect } from "chai";
import { NOW, OPERATOR, POOL, TOKEN } from "./support/chain.ts";
import { cli } from "./support/io.ts";
import { CliNetwork } from "./support/network.ts";

const DAY = 86_400;

describe("cli: mine", function () {
  this.timeout(60_000);
  let net: CliNetwork;

  before(async () => {
    net = await new CliNetwork().start();
    const left = (id: number, ago: number) => {
      const node = net.chain.nodes[id - 1];
      if (node) node.leaveRequestTimestamp = NOW - ago;
    };
    left(4, 31 * DAY);
    left(5, 16 * DAY);
    left(6, 23 * DAY);
    const young = net.chain.nodes[0];
    if (young) young.addedTimestamp = NOW - 10 * DAY;
  });
  after(() => net.stop());

  interface Mine {
    staked: string;
    claimable: string;
    signed?: string;
    nodes: { id: string; role: string; stake: string; stage: string; until?: number; next?: string }[];
  }
  const mine = async (address: string, ...more: string[]) => {
    const ran = await cli(["mine", address, ...(more.length > 0 ? more : net.on), "--json"]);
    expect(ran.code, ran.err).to.equal(0);
    return ran.json<Mine>();
  };
  const HALF = `${12_500n * 10n ** 9n}`;

  it("shows an operator its nodes, those that need something first", async () => {
    const { nodes, staked, claimable } = await mine(OPERATOR);
    expect(nodes.map(({ id, role, stake, stage, until }) => [id, role, stake, stage, until])).to.deep.equal([
      ["6", "operator", HALF, "overdue", NOW + 7 * DAY],
      ["5", "operator", HALF, "unlocked", NOW + 6 * DAY],
      ["4", "operator", HALF, "free", undefined],
      ["3", "operator", HALF, "unlocking", NOW + 14 * DAY],
      ["1", "operator", HALF, "earning", undefined],
    ]);
    expect([staked, claimable]).to.deep.equal([`${62_500n * 10n ** 9n}`, `${3_000n * 10n ** 9n}`]);
    const next = Object.fromEntries(nodes.map(({ id, next }) => [id, next]));
    expect(next["6"]).to.include("can be liquidated").and.include("`exit 6` works from 2027-01-22");
    expect(next["5"]).to.equal(
      "`exit 5` takes it out; until 2027-01-21T08:00:00Z (in 6 d), then it can be liquidated.",
    );
    expect(next["4"]).to.equal("`exit 4` takes it out, without any signature.");
    expect(next["3"]).to.equal("It unlocks 2027-01-29T08:00:00Z (in 14 d); keep it running until then.");
    expect(next["1"]).to.equal(undefined);
  });

  it("knows contributors, and those who only receive", async () => {
    expect((await mine(TOKEN)).nodes.map(({ role, stake }) => [role, stake])).to.deep.equal(
      Array(6).fill(["contributor", HALF]),
    );
    const { nodes, staked } = await mine(POOL);
    expect(staked).to.equal("0");
    expect(nodes.map(({ role, stake }) => [role, stake])).to.deep.equal(Array(6).fill(["rewards", "0"]));
    expect((await mine(`0x${"9".repeat(40)}`)).nodes).to.deep.equal([]);
  });

  it("adds what the network says", async () => {
    const { signed, claimable } = await mine(OPERATOR, ...net.with);
    expect([signed, claimable]).to.deep.equal([`${9_000n * 10n ** 9n}`, `${7_000n * 10n ** 9n}`]);
  });

  it("fits 80 columns, points under points", async () => {
    const views = net.chain.views;
    const whole = views["serviceNodes"] as (id: bigint) => [ReturnType<typeof net.chain.struct>];
    net.chain.views = {
      ...views,
      serviceNodes: (id: bigint) => {
        const [node] = whole(id);
        const [first, ...rest] = node.contributors;
        const stakedAmount = id === 5n ? 12_499_999_999_999n : id === 6n ? 10n ** 9n : first?.stakedAmount;
        return [{ ...node, contributors: [{ ...first, stakedAmount }, ...rest] }];
      },
    };
    try {
      const { out, code } = await cli(["mine", OPERATOR, ...net.on], {
        tty: true,
        env: { COLUMNS: "80", NO_COLOR: "1" },
      });
      expect(code).to.equal(0);
      const lines = out.split("\n");
      for (const line of lines) expect(line.length, line).to.be.at.most(80);
      const rows = lines.filter((line) => /operator/.test(line) && /│/.test(line));
      const whereUnit = rows.map((row) => row.search(/\d(?=[. ]\d{9} |\s{11})/));
      expect(rows).to.have.length(5);
      expect(rows[1]).to.include("12,499.999999999 ").and.include("unlocked");
      expect(new Set(whereUnit).size, rows.join("\n")).to.equal(1);
      expect(out).to.include("Next").and.include("`claim` pays 3,000 SESH.");
    } finally {
      net.chain.views = views;
    }
  });
});
