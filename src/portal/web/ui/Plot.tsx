import { useEffect, useRef } from "preact/hooks";
import { localTime, titleSesh, wholeSesh } from "../lib/format.ts";

/** One line over time. */
export interface Series {
  name: string;
  /** Unix seconds. */
  times: readonly number[];
  /** Whole things, or atomic SESH. */
  values: readonly (bigint | number | null)[];
  unit: "SESH" | "";
  bars?: boolean;
}

/** A plot whose values can be read: under the pointer, and as a table for whoever sees none. */
export function Plot({ series, height = 200 }: { series: Series | undefined; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const readings = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element || !series || series.times.length < 2) return;
    let gone = false;
    let end = () => undefined as void;
    void Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]).then(([{ default: UPlot }]) => {
      if (gone) return;
      const style = getComputedStyle(element);
      const colour = (name: string) => colourOf(element, style.getPropertyValue(name));
      const [ink, line, accent] = [colour("--ink-2"), colour("--line"), colour("--accent")];
      const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
      const scaled = series.values.map((value) =>
        value === null ? null : Number(value) / (series.unit === "SESH" ? 1e9 : 1),
      );
      const plot = new UPlot(
        {
          width: element.clientWidth,
          height,
          legend: { show: false },
          cursor: { points: { size: 7 } },
          scales: { y: { range: (_, low, high) => rangeOf(low, high, series.bars === true) } },
          axes: [axis, { ...axis, size: 72, values: (_, ticks) => ticks.map((tick) => compact(tick)) }],
          series: [
            {},
            {
              stroke: accent,
              width: 2,
              ...(series.bars ? { paths: UPlot.paths.bars?.({ size: [0.7, 40] }) as never, fill: accent } : {}),
            },
          ],
          hooks: {
            setCursor: [(shown) => say(readings.current, series, shown.cursor.idx ?? undefined)],
          },
        },
        [series.times as number[], scaled],
        element,
      );
      const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
      observer.observe(element);
      end = () => {
        observer.disconnect();
        plot.destroy();
      };
    });
    say(readings.current, series, undefined);
    return () => {
      gone = true;
      end();
    };
  }, [series, height]);
  const few = series !== undefined && series.times.length < 2;
  return (
    <div class="plot">
      <div
        ref={place}
        style={{ height: `${height}px` }}
        class="plot-area"
        role="img"
        aria-label={series?.name ?? "loading"}
      >
        {few && <p class="hint">One point is no line yet: come back later.</p>}
      </div>
      <p class="hint number" ref={readings}>
        {"\u00a0"}
      </p>
      {series && (
        <details>
          <summary class="hint">As a table</summary>
          <div class="scroll table-of-plot" tabIndex={0} role="region" aria-label={`${series.name}, as a table`}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col" class="right">
                    {series.name}
                  </th>
                </tr>
              </thead>
              <tbody>
                {series.times.map((t, i) => (
                  <tr key={t}>
                    <td>{localTime(t)}</td>
                    <td class="right">{textOf(series, i)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </div>
  );
}

function textOf(series: Series, i: number): string {
  const value = series.values[i] ?? null;
  if (value === null) return "not known";
  return series.unit === "SESH" ? `${wholeSesh(BigInt(value))} SESH` : String(value);
}

/** Under the plot: the point under the pointer, else the newest. */
function say(element: HTMLElement | null, series: Series, index: number | undefined): void {
  if (!element || series.times.length === 0) return;
  const i = index ?? series.times.length - 1;
  const value = series.values[i] ?? null;
  element.textContent = `${localTime(series.times[i] ?? 0)}: ${textOf(series, i)}`;
  element.title = value !== null && series.unit === "SESH" ? titleSesh(BigInt(value)) : "";
}

function rangeOf(low: number, high: number, zero: boolean): [number, number] {
  if (zero) return [0, high > 0 ? high * 1.1 : 1];
  const room = (high - low) * 0.1 || Math.abs(high) * 0.05 || 1;
  return [Math.max(0, low - room), high + room];
}

function compact(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 }).format(value);
}

/** A custom property may hold light-dark(): the canvas wants the colour itself. */
function colourOf(element: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
