/** The table and the picture of a simulation. */
import Table from "cli-table3";
import type { Outcome } from "./run.ts";

const worst = (outcomes: readonly Outcome[], pick: (outcome: Outcome) => number): number =>
  outcomes.reduce((most, outcome) => Math.max(most, pick(outcome)), 0);

/** One line a scenario: the worst of its seeds. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const table = new Table({
    head: [
      "scenario",
      "seeds",
      "wrongly\nderegistered",
      "missed\nderegistrations",
      "exits\nrefused",
      "liquidations\nimpossible",
      "difference\n(atoms)",
      "disagreement\n(s)",
      "MB / node\nand hour",
      "deregistered",
      "exited",
      "liquidated",
      "run (s)",
    ],
    style: { head: [], border: [] },
    colAligns: ["left", ...Array<"right">(12).fill("right")],
  });
  for (const [name, group] of byName(outcomes)) {
    const largest = group.reduce(
      (most, { largestDifferenceAtoms }) =>
        BigInt(largestDifferenceAtoms) > most ? BigInt(largestDifferenceAtoms) : most,
      0n,
    );
    const sum = (pick: (outcome: Outcome) => number): number => group.reduce((all, outcome) => all + pick(outcome), 0);
    table.push([
      name,
      group.length,
      sum((outcome) => outcome.wronglyDeregistered),
      sum((outcome) => outcome.missedDeregistrations),
      sum((outcome) => outcome.exitsRefused),
      sum((outcome) => outcome.liquidationsImpossible),
      largest.toString(),
      worst(group, (outcome) => outcome.longestDisagreementSeconds),
      (worst(group, (outcome) => outcome.bytesPerNodeHour) / 1e6).toFixed(1),
      sum((outcome) => outcome.deregistrations),
      sum((outcome) => outcome.exits),
      sum((outcome) => outcome.liquidations),
      (sum((outcome) => outcome.runMs) / group.length / 1_000).toFixed(0),
    ]);
  }
  return table.toString();
}

const WIDTH = 720;
const ROW = 46;
const LABEL = 130;

/** The share of the network under a lease over time, one line a scenario (its first seed). */
export function pictureOf(outcomes: readonly Outcome[]): string {
  const rows = [...byName(outcomes)];
  const height = rows.length * ROW + 40;
  const days = Math.round((rows[0]?.[1][0]?.away.length ?? 24) / 24);
  const parts: string[] = [];
  for (const [index, [name, group]] of rows.entries()) {
    const away = group[0]?.away ?? [];
    const top = 10 + index * ROW;
    const most = Math.max(0.02, ...away);
    const x = (hour: number): string =>
      (LABEL + (hour / Math.max(1, away.length - 1)) * (WIDTH - LABEL - 60)).toFixed(1);
    const y = (share: number): string => (top + ROW - 8 - (share / most) * (ROW - 14)).toFixed(1);
    const line = away.map((share, hour) => `${x(hour)},${y(share)}`).join(" ");
    const wrong = group.reduce((sum, outcome) => sum + outcome.wronglyDeregistered, 0);
    parts.push(
      `<text x="8" y="${top + ROW / 2 + 4}">${name}</text>`,
      `<line x1="${LABEL}" x2="${WIDTH - 60}" y1="${y(0)}" y2="${y(0)}" stroke="#ccc"/>`,
      `<polyline points="${line}" fill="none" stroke="${wrong === 0 ? "#0a7" : "#c22"}" stroke-width="1"/>`,
      `<text x="${WIDTH - 54}" y="${top + 14}" fill="#666">${(100 * most).toFixed(0)} %</text>`,
    );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>Share of the network that is decommissioned or deregistered, by hour</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...parts,
    `<text x="${LABEL}" y="${height - 10}" fill="#666">day 0</text>`,
    `<text x="${WIDTH - 60}" y="${height - 10}" fill="#666" text-anchor="end">day ${days}</text>`,
    `</svg>`,
    "",
  ].join("\n");
}

function byName(outcomes: readonly Outcome[]): Map<string, Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) groups.set(outcome.name, [...(groups.get(outcome.name) ?? []), outcome]);
  return groups;
}
