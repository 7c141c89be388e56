import type { NodeRow } from "./nodeRow.ts";

/** What nodes are sorted by. */
export type Key = "id" | "ed25519" | "operator" | "contributors" | "stake" | "fee" | "registered" | "stage";

/** Positions of the rows that match, in order. Rows stay where they are: only a list of numbers is sorted. */
export function arrange(rows: readonly NodeRow[], filter: string, stage: string, key: Key, down: boolean): Uint32Array {
  const needle = filter.trim().toLowerCase();
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as NodeRow;
    if ((stage === "" || row.stage === stage) && (needle === "" || row.text.includes(needle))) found[count++] = i;
  }
  const order = found.subarray(0, count);
  const values = rows.map((row) => (key === "stake" ? Number(row.stake) : row[key])) as (string | number)[];
  const sign = down ? -1 : 1;
  return order.sort((a, b) => {
    const [left, right] = [values[a] as string | number, values[b] as string | number];
    return left < right ? -sign : left > right ? sign : a - b;
  });
}
