/** The figures of the portal, their targets, and how they are told. */

/** Must and stretch. For requests more is better, for everything else less. */
export const TARGETS = {
  requestsRatio: {
    must: 0.5,
    stretch: 0.8,
    more: true,
    unit: "",
    what: "requests a second, of a server of fixed bytes",
  },
  p99Ratio: { must: 3, stretch: 1.5, more: false, unit: "", what: "their 99th percentile, of that server's" },
  indexRatioToPonder: { must: 1, stretch: 0.5, more: false, unit: "", what: "index from empty, of Ponder's time" },
  memoryMb: { must: 400, stretch: 250, more: false, unit: " MB", what: "memory of service and index" },
  jsKb: { must: 200, stretch: 120, more: false, unit: " kB", what: "page: JavaScript before first use, brotli" },
  browserVerifyRatio: {
    must: 0.5,
    stretch: 0.3,
    more: false,
    unit: "",
    what: "a claim verified in the browser, of @noble/curves",
  },
  tableRatio: { must: 2, stretch: 1.3, more: false, unit: "", what: "table of 9,600 nodes to paint, of 100" },
} as const;

export type FigureName = keyof typeof TARGETS;
/** What was measured; a part that was skipped is missing. */
export type Figures = Partial<Record<FigureName, number>>;

export function reached(name: FigureName, value: number): "stretch" | "must" | "missed" {
  const { must, stretch, more } = TARGETS[name];
  const holds = (bound: number): boolean => (more ? value >= bound : value <= bound);
  return holds(stretch) ? "stretch" : holds(must) ? "must" : "missed";
}

/** A line a figure. */
export function told(figures: Figures): string {
  return (Object.keys(TARGETS) as FigureName[])
    .filter((name) => figures[name] !== undefined)
    .map((name) => {
      const value = figures[name] as number;
      const { must, stretch, unit, what } = TARGETS[name];
      const shown = value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
      return `${shown}${unit} (must ${must}${unit}, stretch ${stretch}${unit}: ${reached(name, value)}) ${what}\n`;
    })
    .join("");
}
