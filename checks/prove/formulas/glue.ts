/** How the parts of hashing are put together. */
import { Pair } from "../algebra/pair.ts";
import type { Intercept, Machine } from "../machine/machine.ts";
import type { Outcome, Value } from "../machine/state.ts";
import { symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import { words } from "../roots.ts";
import type { Project } from "../source.ts";
import { nameOf, recording, tuple } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { returns, unknowns } from "./field.ts";
import { compare, Reader, same } from "./terms.ts";
import type { Prove } from "./terms.ts";

export function checkGlue(project: Project, prove: Prove): void {
  const run = (
    name: string,
    args: (machine: Machine) => Value[],
    intercepts: (calls: Calls) => Record<string, Intercept>,
  ) => {
    const calls: Calls = new Map();
    const { outcomes } = returns(project, name, args, intercepts(calls));
    return { calls, outcomes };
  };
  const sum = (machine: Machine) => words(machine, "sum", [words(machine, "point", unknowns("X0 X1 Y0 Y1 Z0 Z1"))]);

  prove("HashToG2.hashToG2", "clears the cofactor of the mapped point, with its c", () => {
    const { calls } = run(
      "HashToG2.hashToG2",
      ({ memory }) => [memory.allocateBytes("message").object, symbol("dst")],
      (record) => ({
        "HashToG2.mapUpToSign": recording(record, "map", () => tuple(...unknowns("x0 x1 y0 y1 c"))),
        "G2.clearCofactor": recording(record, "clear", (machine) => words(machine, "H", unknowns("h0 h1 h2 h3"))),
      }),
    );
    const [message, dst, first] = calls.get("map") ?? [];
    return [
      ...same("what is cleared", (calls.get("clear") ?? []).map(nameOf).join(), "x0,x1,y0,y1,c"),
      ...same("what is mapped", [message, dst].map(nameOf).join(), "message,dst"),
      ...(first !== undefined && "value" in first && first.value === 0n ? [] : ["the first try is not 0"]),
    ];
  });
  prove("HashToG2._map", "the mapped point, y negated unless c is 1 or a square", () => {
    const { calls, outcomes } = run(
      "HashToG2._map",
      ({ memory }) => [memory.allocateBytes("message").object, symbol("dst")],
      (record) => ({
        "HashToG2.mapUpToSign": recording(record, "map", () => tuple(...unknowns("x0 x1 y0 y1 c"))),
        "Fp2.isSquare": recording(record, "square", () => symbol("square", 0n, 1n)),
      }),
    );
    const [message, dst, first] = calls.get("map") ?? [];
    const reasons = outcomes.flatMap(({ state, value }) => {
      const sign = state.path.find(({ condition }) => isOneOrSquare(condition));
      if (sign === undefined) return ["the sign is not looked at"];
      const reader = new Reader();
      const at = (index: number) =>
        reader.pair(state.memory.word(value as Term, index), state.memory.word(value as Term, index + 1));
      const y = Pair.variable("y");
      return [...compare("x", at(0), Pair.variable("x")), ...compare("y", at(2), sign.holds ? y : y.scaled(-1n))];
    });
    return [
      ...reasons,
      ...(outcomes.length === 2 ? [] : [`${outcomes.length} paths`]),
      ...same("the character is that of", nameOf(calls.get("square")?.[0]), "c"),
      ...same("what is mapped", [message, dst].map(nameOf).join(), "message,dst"),
      ...(first !== undefined && "value" in first && first.value === 0n ? [] : ["the first try is not 0"]),
    ];
  });
  prove(
    "HashToG2.accumulate",
    "adds the mapped point to the sum, told its roots or, if there are none at all, without; and reverts unless that is regular",
    () => {
      const { calls, outcomes } = run(
        "HashToG2.accumulate",
        (machine) => [
          sum(machine),
          machine.memory.allocateBytes("message").object,
          symbol("dst"),
          { kind: "calldata", offset: symbol("roots.offset"), length: symbol("roots.length") },
          symbol("position"),
        ],
        (record) => ({
          "HashToG2._map": recording(record, "lean", (machine) => words(machine, "p", unknowns("x0 x1 y0 y1"))),
          "HashToG2._mapWithRoots": recording(record, "map", (machine) =>
            tuple(words(machine, "p", unknowns("x0 x1 y0 y1")), symbol("next")),
          ),
          "G2.addMixed": recording(record, "add", () => symbol("regular", 0n, 1n)),
        }),
      );
      const passed = (state: Outcome["state"], what: (condition: Term) => boolean) =>
        state.path.find(({ condition }) => what(condition))?.holds;
      const regular = outcomes.every(({ state }) => passed(state, ({ name }) => name === "regular") === true);
      const ways = outcomes.map(({ state, value }) => {
        const isLean = passed(state, ({ op, args }) => op === "eq" && args.some(({ name }) => name === "roots.length"));
        return `${isLean ? "lean" : "told"} ${nameOf(value)}`.trim();
      });
      return [
        ...same("what is added", (calls.get("add") ?? []).map(nameOf).join(), "point,x0,x1,y0,y1"),
        ...same("what is mapped without", (calls.get("lean") ?? []).map(nameOf).join(), "message,dst"),
        ...same("the position given", nameOf(calls.get("map")?.[3]), "position"),
        ...same("the ways", ways.sort().join(), "lean,told next"),
        ...(regular ? [] : ["an irregular sum is let through"]),
      ];
    },
  );
  prove("HashToG2.finish", "clears the cofactor of the sum made affine, with c = 1; an empty one reverts", () => {
    const { calls, outcomes } = run(
      "HashToG2.finish",
      (machine) => [sum(machine)],
      (record) => ({
        "G2.toAffine": recording(record, "affine", (machine) => words(machine, "a", unknowns("x0 x1 y0 y1"))),
        "G2.clearCofactor": recording(record, "clear", (machine) => words(machine, "H", unknowns("h0 h1 h2 h3"))),
      }),
    );
    const cleared = calls.get("clear") ?? [];
    const c = cleared[4];
    const isFull = outcomes.every(({ state }) =>
      state.path.some(({ condition, holds }) => {
        const [equality] = condition.args;
        const or = equality?.args.find(({ op }) => op === "or");
        return (
          holds &&
          condition.op === "iszero" &&
          equality?.args.some(({ op, value }) => op === "const" && value === 0n) === true &&
          or?.args
            .map(({ name }) => name)
            .sort()
            .join() === "Z0,Z1"
        );
      }),
    );
    return [
      ...same("what is made affine", (calls.get("affine") ?? []).map(nameOf).join(), "X0,X1,Y0,Y1,Z0,Z1"),
      ...same("what is cleared", cleared.slice(0, 4).map(nameOf).join(), "x0,x1,y0,y1"),
      ...(c !== undefined && "value" in c && c.value === 1n ? [] : ["c is not 1"]),
      ...(isFull ? [] : ["an empty sum is let through"]),
    ];
  });
}

/** `c == 1 || square`. */
function isOneOrSquare({ op, args }: Term): boolean {
  const isOne = args.some(
    (arg) => arg.op === "eq" && arg.args.some(({ name }) => name === "c") && arg.args.some(({ value }) => value === 1n),
  );
  return op === "or" && isOne && args.some(({ name }) => name === "square");
}
