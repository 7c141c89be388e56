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

const WIDTH = 820;
const ROW = 52;
/** Space for the head, the scenarios' names with the scale, the right edge and the axis of days. */
const [TOP, LEFT, RIGHT, BOTTOM] = [58, 178, 18, 46];
/** Hours of a day in {@link Outcome.away}. */
const HOURS = 24;

/** Legible on GitHub's light and dark page alike, and on white paper. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .small { font-size: 12px; fill: #57606a }
  .page { fill: #ffffff }
  .rule { stroke: #d0d7de }
  .line { fill: none; stroke: #0969da; stroke-width: 1 }
  .wrong { stroke: #cf222e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .page { fill: #0d1117 }
    .rule { stroke: #3d444d }
    .line { stroke: #4493f8 }
    .wrong { stroke: #f85149 }
  }`;

/** The share of the network that earns nothing over time, one line a scenario (its first seed). */
export function pictureOf(outcomes: readonly Outcome[]): string {
  const rows = [...byName(outcomes)];
  const bottom = TOP + rows.length * ROW;
  const height = bottom + BOTTOM;
  const hours = Math.max(HOURS, ...rows.map(([, group]) => group[0]?.away.length ?? 0));
  const x = (hour: number): number => LEFT + (hour / hours) * (WIDTH - LEFT - RIGHT);
  const parts: string[] = [];
  for (const [index, [name, group]] of rows.entries()) {
    const away = group[0]?.away ?? [];
    const base = TOP + (index + 1) * ROW - 8;
    // In whole per cents, so that the upper mark is a number that can be read.
    const most = Math.max(2, Math.ceil(100 * Math.max(0, ...away)));
    const y = (share: number): string => (base - ((100 * share) / most) * (ROW - 18)).toFixed(1);
    const line = away.map((share, hour) => `${x(hour + 1).toFixed(1)},${y(share)}`).join(" ");
    const isWrong = group.some((outcome) => outcome.wronglyDeregistered > 0);
    parts.push(
      `<text x="10" y="${base - 12}">${name}</text>`,
      `<text class="small" x="${LEFT - 8}" y="${base - ROW + 26}" text-anchor="end">${most} %</text>`,
      `<text class="small" x="${LEFT - 8}" y="${base + 4}" text-anchor="end">0</text>`,
      `<line class="rule" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}"/>`,
      `<polyline class="line${isWrong ? " wrong" : ""}" points="${line}"/>`,
    );
  }
  const days = hours / HOURS;
  const step = days > 20 ? 10 : Math.max(1, Math.round(days / 6));
  for (let day = 0; day <= days; day += step) {
    const at = x(day * HOURS).toFixed(1);
    parts.push(
      `<line class="rule" x1="${at}" x2="${at}" y1="${bottom - 8}" y2="${bottom - 2}"/>`,
      `<text class="small" x="${at}" y="${bottom + 14}" text-anchor="middle">${day}</text>`,
    );
  }
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  const title = "Nodes that are decommissioned or deregistered, in % of all, by hour";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text x="10" y="24" font-weight="600">${title}</text>`,
    `<text class="small" x="10" y="42">First seed of each scenario, each with a scale of its own. Red: an honest node was deregistered.</text>`,
    ...parts,
    `<text class="small" x="${middle}" y="${bottom + 34}" text-anchor="middle">days</text>`,
    `</svg>`,
    "",
  ].join("\n");
}

/** The table for a document: one row a scenario, the worst of its seeds where a row has one number. */
export function documentOf(outcomes: readonly Omit<Outcome, "away">[]): string {
  const head = [
    "scenario",
    "seeds",
    "wrongly deregistered",
    "missed deregistrations",
    "exits refused",
    "liquidations impossible",
    "difference, atoms",
    "disagreement, s",
    "MB a node and hour",
    "deregistered",
    "exits",
    "liquidations",
    "a run, s",
  ];
  const rows = [...byName(outcomes)].map(([name, group]) => {
    const most = (pick: (outcome: Omit<Outcome, "away">) => number): number => Math.max(...group.map(pick));
    const range = (pick: (outcome: Omit<Outcome, "away">) => number): string => {
      const [least, greatest] = [Math.min(...group.map(pick)), most(pick)];
      return least === greatest ? `${least}` : `${least} to ${greatest}`;
    };
    return [
      name,
      `${group.length}`,
      `${most(({ wronglyDeregistered }) => wronglyDeregistered)}`,
      `${most(({ missedDeregistrations }) => missedDeregistrations)}`,
      `${most(({ exitsRefused }) => exitsRefused)}`,
      `${most(({ liquidationsImpossible }) => liquidationsImpossible)}`,
      `${group.reduce((all, { largestDifferenceAtoms: atoms }) => (BigInt(atoms) > all ? BigInt(atoms) : all), 0n)}`,
      most(({ longestDisagreementSeconds }) => longestDisagreementSeconds).toLocaleString("en-US"),
      (most(({ bytesPerNodeHour }) => bytesPerNodeHour) / 1e6).toFixed(1),
      range(({ deregistrations }) => deregistrations),
      range(({ exits }) => exits),
      range(({ liquidations }) => liquidations),
      range(({ runMs }) => Math.round(runMs / 1_000)),
    ];
  });
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function byName<T extends { readonly name: string }>(outcomes: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const outcome of outcomes) groups.set(outcome.name, [...(groups.get(outcome.name) ?? []), outcome]);
  return groups;
}
