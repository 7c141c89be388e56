import type { Step } from "../core/steps.ts";
import type { Failure } from "./sequences.ts";

/** A failing sequence to read and to run again. */
export function describe({ seed, steps, result }: Failure): string {
  const lines = [`seed ${seed}, ${steps.length} steps:`];
  for (const [index, step] of steps.entries()) lines.push(...describeStep(index + 1, step));
  for (const { what, chain, model } of result.differences.slice(0, 5)) {
    lines.push(`  differs: ${what}`, ...indent("chain", chain), ...indent("model", model));
  }
  if (result.differences.length > 5) lines.push(`  and ${result.differences.length - 5} more`);
  lines.push(`again, whole: npm run model -- --seed ${seed}`);
  return lines.join("\n");
}

function describeStep(number: number, step: Step): string[] {
  const head = `  ${String(number).padStart(3)}  +${step.wait} s`;
  if ("live" in step) {
    const { state, quirks } = step.live;
    return [
      `${head}  live-style state (${state}${quirks.map((quirk) => `, ${quirk}`).join("")}) under a proxy, upgraded`,
    ];
  }
  if ("upgrade" in step) return [`${head}  upgrade ${step.upgrade}`];
  return step.calls.map(
    ({ from, to, fn, args }, index) =>
      `${index === 0 ? head : " ".repeat(head.length)}  ${from} ${to}.${fn} ${args.map((arg) => JSON.stringify(arg)).join(" ")}`,
  );
}

function indent(name: string, value: string): string[] {
  const lines = value === "" ? ["(nothing)"] : value.split("\n");
  return lines.map((line, index) => `    ${index === 0 ? `${name}:` : " ".repeat(name.length + 1)} ${line}`);
}
