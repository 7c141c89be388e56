import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { keccak256, toBeHex } from "ethers";
import { drawVoters, isWorker, roundWords, SeededNumbers } from "../../../../src/node/quorum/draw.ts";
import type { EpochRound } from "../../../../src/node/quorum/draw.ts";
import { captureOdds, MAX_VOTERS, quorumSize } from "../../../../src/node/quorum/odds.ts";

const hashOf = (round: number): string => keccak256(toBeHex(round, 32));

describe("node/quorum/odds", () => {
  it("are those of the live network for its sizes, and one in a million or better for ours, for any number of nodes", () => {
    expect(Math.abs(captureOdds(1_500, 500, 10, 7) - 0.01932) < 1e-4).to.equal(true);
    for (let nodes = 1; nodes <= 12_000; nodes += nodes < 400 ? 1 : 97) {
      const { voters, threshold } = quorumSize(nodes);
      expect(captureOdds(nodes, Math.floor(nodes / 3), voters, threshold) < 1e-7, `${nodes} nodes`).to.equal(true);
    }
  });

  it("sum up to one, and match a binomial tail for a network without end", () => {
    let sum = 0;
    for (let i = 0; i <= 30; i++) sum += captureOdds(60, 20, 30, i) - captureOdds(60, 20, 30, i + 1);
    expect(Math.abs(sum - 1) < 1e-9).to.equal(true);
    expect(Math.abs(captureOdds(1_000_000, 333_333, 100, 60) - 4.32e-8) < 1e-9).to.equal(true);
    expect(Math.abs(captureOdds(10, 3, 10, 3) - 1) < 1e-9).to.equal(true);
    expect(captureOdds(10, 3, 10, 4)).to.equal(0);
  });

  it("leave two thirds of the nodes able to act when the last third keeps silent", () => {
    expect(captureOdds(1_500, 1_000, MAX_VOTERS, 60) > 0.93).to.equal(true);
    for (const nodes of [6, 9, 12, 30, 99]) {
      // Everybody votes but the worker itself, which is one of those who are silent.
      const { voters, threshold } = quorumSize(nodes);
      expect(voters - Math.floor(nodes / 3)).to.be.at.least(threshold);
    }
  });

  it("need two votes at least: nobody judges another alone", () => {
    expect(quorumSize(1)).to.deep.equal({ voters: 1, threshold: 2 });
    expect(quorumSize(2)).to.deep.equal({ voters: 2, threshold: 2 });
    expect(quorumSize(4)).to.deep.equal({ voters: 4, threshold: 3 });
    expect(quorumSize(1_500)).to.deep.equal({ voters: 100, threshold: 60 });
  });
});

/** `P(N, K, n, t)` of the document in whole numbers; for "∞" the binomial tail with the share as given. */
function exactOdds(nodes: string, kind: string, voters: number, votes: number): number {
  const choose = (n: bigint, k: bigint): bigint => {
    if (k < 0n || k > n) return 0n;
    let product = 1n;
    for (let i = 0n; i < k; i++) product = (product * (n - i)) / (i + 1n);
    return product;
  };
  const [n, t] = [BigInt(voters), BigInt(votes)];
  let sum = 0n;
  let all: bigint;
  if (nodes === "∞") {
    const [share, of] = kind.split("/").map(BigInt) as [bigint, bigint];
    for (let i = t; i <= n; i++) sum += choose(n, i) * share ** i * (of - share) ** (n - i);
    all = of ** n;
  } else {
    const [N, K] = [BigInt(nodes), BigInt(kind)];
    for (let i = t; i <= n; i++) sum += choose(K, i) * choose(N - K, n - i);
    all = choose(N, n);
  }
  return Number((sum * 10n ** 40n) / all) / 1e40;
}

describe("docs/standing.md", () => {
  const rowsAfter = async (heading: string): Promise<string[][]> => {
    const text = await readFile(new URL("../../../../docs/standing.md", import.meta.url), "utf8");
    const table = text.slice(text.indexOf(heading)).split("\n\n")[0] as string;
    const rows = table.split("\n").slice(2);
    return rows.map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.replaceAll(/[*,]/g, "").trim()),
    );
  };

  it("has the odds that its sum gives, to two digits", async () => {
    const rows = await rowsAfter("| what | N | K | n | t | P |");
    expect(rows.length).to.be.at.least(9);
    for (const [what, nodes, kind, voters, votes, odds] of rows as [string, string, string, string, string, string][]) {
      expect(Number(exactOdds(nodes, kind, Number(voters), Number(votes)).toPrecision(2)), what).to.equal(Number(odds));
      if (nodes === "∞") continue;
      const computed = captureOdds(Number(nodes), Number(kind), Number(voters), Number(votes));
      expect(Number(computed.toPrecision(2)), what).to.equal(Number(odds));
    }
  });

  it("has the quorums of tiny networks as they are", async () => {
    for (const [nodes, needed, others, spare] of await rowsAfter("| nodes | votes needed |")) {
      for (const count of nodes!.split(" or ").map(Number)) {
        const { threshold } = quorumSize(count);
        expect(Number(needed), nodes).to.equal(threshold);
        expect(others!.split(" or ").map(Number), nodes).to.include(count - 1);
        if (count > 2) expect(Number(spare), nodes).to.equal(count - 1 - threshold);
        else expect(threshold, nodes).to.be.greaterThan(count - 1);
      }
    }
  });

  it("has what follows from these", async () => {
    const text = await readFile(new URL("../../../../docs/standing.md", import.meta.url), "utf8");
    const P = exactOdds("1500", "500", 100, 60);
    const rounded = (value: number): string => `${Number(value.toPrecision(2))}`;
    expect(text)
      .to.contain(`P^3 = ${rounded(P ** 3)}`)
      .and.contain(`1,500 x 36 x P^3 = ${rounded(1_500 * 36 * P ** 3)}`);
    expect(Math.round(1 / P / 720 / 10_000)).to.equal(10);
    expect(text).to.contain("about 100,000 days (32,000 without end)");
    expect(Math.round(1 / exactOdds("∞", "1/3", 100, 60) / 720 / 1_000)).to.equal(32);
    expect(text).to.contain("one round in 6,800");
    expect(Math.round(1 / exactOdds("1500", "500", 8, 8) / 100)).to.equal(68);
    // Eight duties, of windows of 20 rounds in which one is drawn at least once.
    const hours = (nodes: number): number => ((8 / (1 - (1 - 100 / nodes) ** 20)) * 20 * 120) / 3_600;
    expect([Math.round(hours(1_500)), Math.round(hours(9_600))]).to.deep.equal([7, 28]);
    expect(text).to.contain("8 duties are about seven hours, with 9,600 about 28");
  });
});

describe("node/quorum/draw", () => {
  const items = Array.from({ length: 300 }, (_, i) => i);

  it("draws without repetition, the same for all and another for each hash and round", () => {
    const drawn = drawVoters(items, 100, hashOf(1), 7);
    expect(new Set(drawn).size).to.equal(100);
    expect(drawVoters(items, 100, hashOf(1), 7)).to.deep.equal(drawn);
    expect(drawVoters(items, 100, hashOf(2), 7)).not.to.deep.equal(drawn);
    expect(drawVoters(items, 100, hashOf(1), 8)).not.to.deep.equal(drawn);
    expect(drawVoters(items.slice(0, 5), 100, hashOf(1), 7).sort()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(items).to.deep.equal(Array.from({ length: 300 }, (_, i) => i));
  });

  it("draws everybody equally often", () => {
    const counts = Array<number>(30).fill(0);
    for (let round = 0; round < 1_500; round++) {
      for (const item of drawVoters(items.slice(0, 30), 10, hashOf(round), round)) counts[item]!++;
    }
    // 500 expected, standard deviation 18.
    for (const count of counts) expect(count).to.be.within(410, 590);
  });

  it("gives numbers below any bound without favour", () => {
    const numbers = new SeededNumbers(new Uint8Array([1]));
    const counts = [0, 0, 0];
    for (let i = 0; i < 9_000; i++) counts[numbers.below(3)]!++;
    for (const count of counts) expect(count).to.be.within(2_800, 3_200);
    expect(numbers.below(1)).to.equal(0);
  });

  const EPOCH = 20;
  const roundsOf = (epoch: number, count: number, missing: readonly number[] = []): EpochRound[] =>
    Array.from({ length: count }, (_, place) => ({ place, round: EPOCH * epoch + place }))
      .filter(({ place }) => !missing.includes(place))
      .map(({ place, round }) => ({ place, words: roundWords(hashOf(round), round) }));

  it("tests each node exactly once in an epoch, and about as many in each round", () => {
    const perRound = Array<number>(EPOCH).fill(0);
    for (let epoch = 1; epoch <= 4; epoch++) {
      const rounds = roundsOf(epoch, EPOCH);
      for (let id = 1n; id <= 500n; id++) {
        let tests = 0;
        for (let place = 0; place < EPOCH; place++) {
          if (!isWorker(id, rounds.slice(0, place + 1), EPOCH)) continue;
          tests++;
          perRound[place]!++;
        }
        expect(tests, `node ${id}, epoch ${epoch}`).to.equal(1);
      }
    }
    // 100 expected, standard deviation 10.
    for (const count of perRound) expect(count).to.be.within(55, 145);
  });

  it("goes on when rounds of the epoch have no quorum of their own", () => {
    let tested = 0;
    const rounds = roundsOf(1, EPOCH, [3, 4, 5]);
    for (let id = 1n; id <= 200n; id++) {
      for (let place = 0; place < EPOCH; place++) {
        if ([3, 4, 5].includes(place)) continue;
        const past = rounds.filter((round) => round.place <= place);
        if (isWorker(id, past, EPOCH)) tested++;
      }
    }
    expect(tested).to.equal(200);
  });
});
