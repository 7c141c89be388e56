import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { arrange } from "../lib/arrange.ts";
import type { Key } from "../lib/arrange.ts";
import { group, percent } from "../lib/format.ts";
import type { NodeRow } from "../lib/nodes.ts";
import { STAGES } from "../lib/nodes.ts";
import { Amount, Hex, Time } from "./basics.tsx";

const ROW_PX = 36;
/** Rows beyond the visible ones, above and below. */
const SPARE = 8;

const COLUMNS: readonly { key: Key; name: string; right?: boolean; width: string }[] = [
  { key: "id", name: "Id", right: true, width: "7%" },
  { key: "stage", name: "State", width: "15%" },
  { key: "ed25519", name: "Node", width: "14%" },
  { key: "operator", name: "Operator", width: "14%" },
  { key: "contributors", name: "Stakers", right: true, width: "9%" },
  { key: "stake", name: "Stake", right: true, width: "16%" },
  { key: "fee", name: "Fee", right: true, width: "8%" },
  { key: "registered", name: "Registered", width: "17%" },
];

/** All nodes: sorted, filtered, and as quick with 9,600 as with 100, since only what is seen is made. */
export function NodeTable({ rows }: { rows: readonly NodeRow[] | undefined }) {
  const [filter, setFilter] = useState("");
  const [stage, setStage] = useState("");
  const [key, setKey] = useState<Key>("id");
  const [down, setDown] = useState(false);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(620);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const all = rows ?? [];
  const order = useMemo(() => arrange(all, filter, stage, key, down), [all, filter, stage, key, down]);
  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE);
  const last = Math.min(order.length, Math.ceil((top + height) / ROW_PX) + SPARE);
  const sortBy = (next: Key) => {
    setDown(next === key ? !down : false);
    setKey(next);
    if (box.current) box.current.scrollTop = 0;
  };
  return (
    <div class="node-table">
      <div class="row filters">
        <label class="grow">
          <span class="hint">Find by id, key or operator</span>
          <input
            type="search"
            value={filter}
            autocomplete="off"
            onInput={(event) => setFilter((event.target as HTMLInputElement).value)}
          />
        </label>
        <label>
          <span class="hint">State</span>
          <select value={stage} onChange={(event) => setStage((event.target as HTMLSelectElement).value)}>
            <option value="">all</option>
            {Object.entries(STAGES).map(([value, { name }]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p class="hint" role="status">
          {rows ? `${group(order.length)} of ${group(all.length)} nodes` : "reading the nodes…"}
        </p>
      </div>
      <div
        class="rows"
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Nodes, scrollable"
        onScroll={(event) => setTop((event.target as HTMLDivElement).scrollTop)}
      >
        <table aria-rowcount={order.length + 1}>
          <colgroup>
            {COLUMNS.map((column) => (
              <col key={column.key} style={{ width: column.width }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  class={column.right ? "right" : ""}
                  aria-sort={column.key === key ? (down ? "descending" : "ascending") : "none"}
                >
                  <button type="button" onClick={() => sortBy(column.key)} data-sort={column.key}>
                    {column.name} <span aria-hidden="true">{column.key === key ? (down ? "↓" : "↑") : "\u00a0"}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <Pad rows={first} />}
            {Array.from(order.subarray(first, last), (at, i) => (
              <Row key={all[at]?.id} node={all[at] as NodeRow} index={first + i} />
            ))}
            {last < order.length && <Pad rows={order.length - last} />}
          </tbody>
        </table>
        {rows && order.length === 0 && (
          <p class="hint empty">No node matches. Clear the filter to see all {group(all.length)}.</p>
        )}
      </div>
    </div>
  );
}

function Pad({ rows }: { rows: number }) {
  return (
    <tr class="pad" aria-hidden="true" style={{ height: `${rows * ROW_PX}px` }}>
      <td colSpan={COLUMNS.length} />
    </tr>
  );
}

function Row({ node, index }: { node: NodeRow; index: number }) {
  const stage = STAGES[node.stage];
  return (
    <tr aria-rowindex={index + 2} data-id={node.id}>
      <td class="right">{node.id}</td>
      <td>
        <span class={`tag ${stage.tone}`}>{stage.name}</span>
      </td>
      <td>
        <Hex value={node.ed25519} />
      </td>
      <td>
        <Hex value={node.operator} kind="address" />
      </td>
      <td class="right">{node.contributors}</td>
      <td class="right">
        <Amount atomic={node.stake} unit={false} />
      </td>
      <td class="right">{percent(node.fee)}</td>
      <td>
        <Time at={node.registered} />
      </td>
    </tr>
  );
}
