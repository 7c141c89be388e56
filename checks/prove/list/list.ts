/**
 * (d) Insert and remove do to the doubly linked list, and to the maps of keys, what they would do to a sequence: shown on the source
 * for any number of nodes, by what changes and what does not.
 */
import { callFunction, newMachine } from "../machine/solidity.ts";
import type { LoopRecord, Machine } from "../machine/machine.ts";
import { newState } from "../machine/state.ts";
import type { Outcome, StorageRef, StorageWrite, Value } from "../machine/state.ts";
import { call, symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import { words } from "../roots.ts";
import type { Project } from "../source.ts";
import { everyModel } from "./model.ts";
import type { Model } from "./model.ts";

const NEXT = "_serviceNodes[].next";
const PREV = "_serviceNodes[].prev";
const KEY = "_serviceNodes[].blsPubkey";
const ED = "_serviceNodes[].ed25519Pubkey";
const BY_KEY = "serviceNodeIDs[]";
const BY_ED = "ed25519ToServiceNodeID[]";
const SENTINEL = 0;

/** The maps from keys to identifiers, where a node has its key, the sort of the key, and what it is called. */
const KEYS = [
  [BY_KEY, KEY, "key", "BLS key"],
  [BY_ED, ED, "ed", "Ed25519 key"],
] as const;

/** What holds before of an identifier: `docs/proofs.md` writes it out. */
function given(model: Model, id: number): void {
  const isListed = model.read("listed", id) === 1;
  if (id === SENTINEL) model.assume(!isListed);
  if (id === SENTINEL || isListed) {
    const [next, prev] = [model.read(NEXT, id), model.read(PREV, id)];
    model.require(PREV, [next], id);
    model.require(NEXT, [prev], id);
    for (const other of [next, prev]) if (other !== SENTINEL) model.require("listed", [other], 1);
  } else {
    model.require(NEXT, [id], SENTINEL);
    model.require(PREV, [id], SENTINEL);
    model.require(KEY, [id], 0);
    model.require(ED, [id], 0);
  }
  if (isListed) {
    model.require(BY_KEY, [model.read(KEY, id)], id);
    model.require(BY_ED, [model.read(ED, id)], id);
  }
}

interface Run {
  readonly ends: readonly Outcome[];
  readonly reverts: readonly Outcome[];
  readonly loops: readonly LoopRecord[];
}

/** Both words of a key are one value to the model: the writes of X and Y become one of both. */
function merged(writes: readonly StorageWrite[]): StorageWrite[] {
  return writes.map((write) => ({ ...write, path: write.path.replace(/(blsPubkey)\.[XY]$/, "$1") }));
}

const ids = { kind: "storage", path: "_serviceNodes", keys: [] } satisfies StorageRef;

function run(project: Project, name: string, args: (machine: Machine) => Value[]): Run {
  const machine = newMachine(project, {
    intercept: {
      "BN254.add": (running) => words(running, "sum", [symbol("sum.X"), symbol("sum.Y")]),
      "Math.min": () => symbol("threshold"),
      // it writes nothing but the aggregate key, which is shown apart
      "NodeRegistry._subtractFromAggregate": () => undefined,
    },
  });
  machine.state = newState();
  const all = args(machine);
  const outcomes = machine.explore(machine.state, () => callFunction(machine, project.function(name), all));
  return {
    ends: outcomes.filter(({ kind }) => kind === "end"),
    reverts: outcomes.filter(({ kind }) => kind === "revert"),
    loops: machine.loops,
  };
}

const identifier = (): Term => symbol("id", 0n, (1n << 64n) - 1n);

export function checkList(project: Project, report: Report): void {
  const prove = (about: string, statement: string, action: () => readonly string[]) =>
    report.prove("list", about, statement, action);

  /** Every model in which the path is taken; the reasons that the conclusion finds, once each. */
  const onModels = (
    outcomes: readonly Outcome[],
    before: (model: Model) => void,
    conclude: (model: Model, after: After) => readonly string[],
  ) => {
    const reasons = new Set<string>();
    let models = 0;
    for (const { state } of outcomes) {
      const writes = merged(state.storage);
      models += everyModel((model) => {
        before(model);
        for (const { condition, holds } of state.path) model.assume((model.value(condition, writes) !== 0) === holds);
        for (const reason of conclude(model, (path, ...keys) => model.after(writes, writes.length, path, keys)))
          reasons.add(reason);
      });
    }
    if (models === 0) reasons.add("no state in which it happens");
    return [...reasons];
  };
  type After = (path: string, ...keys: number[]) => number;
  const equal = (what: string, found: number, expected: number) => (found === expected ? [] : [what]);

  checkUnlink();
  checkPushBack();
  checkInsert();
  checkRemove();

  function checkUnlink(): void {
    const name = "NodeList.unlink";
    const unlink = () => run(project, name, () => [ids, identifier()]);
    const before = (model: Model) => {
      given(model, SENTINEL);
      given(model, model.unknown("id", "id"));
    };
    prove(name, "reverts for an identifier that is not listed, and for no other", () => {
      const { ends, reverts } = unlink();
      return [
        ...onModels(reverts, before, (model) =>
          equal("reverts for a node", model.read("listed", model.unknown("id", "id")), 0),
        ),
        ...onModels(ends, before, (model) =>
          equal("takes a stranger", model.read("listed", model.unknown("id", "id")), 1),
        ),
      ];
    });
    prove(name, "takes it out of the sequence, forward and backward, and changes the place of no other", () =>
      onModels(
        unlink().ends,
        (model) => {
          before(model);
          given(model, model.unknown("id", "j"));
        },
        (model, after) => sequenceWithout(model, after),
      ),
    );
  }

  /** For the sentinel and any node j but the one removed: its neighbours, the removed one passed over. */
  function sequenceWithout(model: Model, after: After): string[] {
    const [id, j] = [model.unknown("id", "id"), model.unknown("id", "j")];
    if (j === id || (j !== SENTINEL && model.read("listed", j) === 0)) return [];
    const over = (path: string) => (model.read(path, j) === id ? model.read(path, id) : model.read(path, j));
    return [
      ...equal("next of a node", after(NEXT, j), over(NEXT)),
      ...equal("prev of a node", after(PREV, j), over(PREV)),
    ];
  }

  /** The new one is last; for the sentinel and any node j, all else is as it was. */
  function sequenceWith(model: Model, after: After): string[] {
    const [id, j] = [model.unknown("id", "id"), model.unknown("id", "j")];
    const last = model.read(PREV, SENTINEL);
    const own = [
      ...equal("next of the new node", after(NEXT, id), SENTINEL),
      ...equal("prev of the new node", after(PREV, id), last),
    ];
    if (j === id || (j !== SENTINEL && model.read("listed", j) === 0)) return own;
    return [
      ...own,
      ...equal("next of a node", after(NEXT, j), j === last ? id : model.read(NEXT, j)),
      ...equal("prev of a node", after(PREV, j), j === SENTINEL ? id : model.read(PREV, j)),
    ];
  }

  function checkPushBack(): void {
    const name = "NodeList.pushBack";
    prove(
      name,
      "puts it behind the last of the sequence, forward and backward, and changes the place of no other",
      () =>
        onModels(
          run(project, name, () => [ids, identifier()]).ends,
          (model) => {
            const id = model.unknown("id", "id");
            given(model, SENTINEL);
            given(model, id);
            model.assume(id !== SENTINEL && model.read("listed", id) === 0);
            given(model, model.unknown("id", "j"));
          },
          sequenceWith,
        ),
    );
  }

  function checkInsert(): void {
    const name = "NodeRegistry._insertNode";
    const insert = () =>
      run(project, name, (machine) => {
        const key = symbol("key");
        return [
          words(machine, "blsPubkey", [key, key]),
          call("encodePacked", [key, key]),
          symbol("ed"),
          symbol("addedTimestamp"),
          symbol("deposit"),
          { kind: "storage", path: "contributors", keys: [] },
        ];
      });
    const before = (model: Model) => {
      const id = model.unknown("id", "id");
      model.require("nextServiceNodeID", [], id);
      given(model, SENTINEL);
      given(model, id);
      // identifiers are counted upwards, from 1
      model.assume(id !== SENTINEL && model.read("listed", id) === 0);
      // the caller has checked that both keys are new
      model.require(BY_KEY, [model.unknown("key", "key")], 0);
      model.require(BY_ED, [model.unknown("ed", "ed")], 0);
      given(model, model.unknown("id", "j"));
    };
    prove(name, "puts the next identifier behind the last of the sequence", () =>
      onModels(insert().ends, before, sequenceWith),
    );
    for (const [map, cell, sort, what] of KEYS)
      prove(name, `enters the ${what}, in both directions, and changes no other`, () => [
        ...onModels(insert().ends, before, (model, after) => {
          const id = model.unknown("id", "id");
          const key = model.unknown(sort, sort);
          const other = model.unknown(sort, "other");
          return [
            ...equal("identifier of the key", after(map, key), id),
            ...equal("key of the identifier", after(cell, id), key),
            ...(other === key ? [] : equal("identifier of another key", after(map, other), model.read(map, other))),
          ];
        }),
        ...onModels(insert().ends, before, (model, after) => {
          const j = model.unknown("id", "j");
          return j === model.unknown("id", "id") ? [] : equal("key of another", after(cell, j), model.read(cell, j));
        }),
      ]);
    prove(name, "its loop stores nothing but contributors", () =>
      insert().loops.flatMap(({ entry, ends }) =>
        ends.flatMap(({ state }) =>
          state.storage
            .slice(entry.storage.length)
            .flatMap(({ path }) => (path === "_serviceNodes[].contributors.push" ? [] : [`stores ${path}`])),
        ),
      ),
    );
    prove(name, "counts one node and one identifier more", () =>
      counted(insert().ends, { totalNodes: "add", nextServiceNodeID: "add" }),
    );
  }

  function checkRemove(): void {
    const name = "NodeRegistry._removeNode";
    const remove = () => run(project, name, () => [identifier()]);
    const before = (model: Model) => {
      const id = model.unknown("id", "id");
      given(model, SENTINEL);
      given(model, id);
      given(model, model.unknown("id", "j"));
    };
    prove(name, "reverts for an identifier that is not listed", () =>
      onModels(remove().ends, before, (model) =>
        equal("takes a stranger", model.read("listed", model.unknown("id", "id")), 1),
      ),
    );
    prove(name, "takes it out of the sequence, and leaves no trace of it", () =>
      onModels(remove().ends, before, (model, after) => {
        const id = model.unknown("id", "id");
        const cells = [NEXT, PREV, KEY, ED];
        return [
          ...sequenceWithout(model, after),
          ...cells.flatMap((path) => equal(`${path} of the removed node`, after(path, id), 0)),
        ];
      }),
    );
    const removed = (model: Model) => given(model, model.unknown("id", "id"));
    for (const [map, cell, sort, what] of KEYS)
      prove(name, `strikes the ${what}, and changes no other`, () => [
        ...onModels(remove().ends, removed, (model, after) => {
          const key = model.read(cell, model.unknown("id", "id"));
          const other = model.unknown(sort, "other");
          return [
            ...equal("identifier of the key", after(map, key), 0),
            ...(other === key ? [] : equal("identifier of another key", after(map, other), model.read(map, other))),
          ];
        }),
        ...onModels(remove().ends, removed, (model, after) => {
          const j = model.unknown("id", "j");
          return j === model.unknown("id", "id") ? [] : equal("key of another", after(cell, j), model.read(cell, j));
        }),
      ]);
    prove("NodeRegistry._subtractFromAggregate", "stores nothing but the aggregate key", () => {
      const machine = newMachine(project, {});
      const outcomes = machine.explore(newState(), () =>
        callFunction(machine, project.function("NodeRegistry._subtractFromAggregate"), [
          symbol("total"),
          words(machine, "key", [symbol("X"), symbol("Y")]),
        ]),
      );
      return outcomes.flatMap(({ state }) =>
        state.storage.flatMap(({ path }) => (path.startsWith("_aggregatePubkey.") ? [] : [`stores ${path}`])),
      );
    });
    prove(name, "counts one node less", () => counted(remove().ends, { totalNodes: "sub" }));
  }

  /** Each of these is written once, as what it was plus or minus 1, and no other counter is. */
  function counted(outcomes: readonly Outcome[], expected: Readonly<Record<string, "add" | "sub">>): string[] {
    return outcomes.flatMap(({ state }) =>
      ["totalNodes", "nextServiceNodeID"].flatMap((path) => {
        const writes = state.storage.filter((write) => write.path === path);
        if (expected[path] === undefined) return writes.length === 0 ? [] : [`${path} is written`];
        const [write] = writes;
        const isStep =
          writes.length === 1 &&
          write!.value.op === expected[path] &&
          write!.value.args.some(({ name }) => name.startsWith(`${path}@`)) &&
          write!.value.args.some(({ op, value }) => op === "const" && value === 1n);
        return isStep ? [] : [`${path} is not changed by 1`];
      }),
    );
  }
}
