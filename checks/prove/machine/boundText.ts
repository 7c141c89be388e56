/**
 * Bounds as comments state them:
 *
 *     // H = x A - X: h0 < p, h1 < 3p            each of these variables, once the statements below are done
 *     // E = 3/2 X^2: halves < p                 each variable that they assign
 *     // c1 = Y1 + 4p - Y0 <= 5p                 a sum of variables and multiples of p
 *     // q + 2 b0, h1 + 2 b1 < 5p = a0           and a0 is 5p
 *     /// ... halves < P; 0 < c < P.             of a function: its results, and its parameters
 *
 * A comment belongs to the statements below it, up to the next comment or the end of the block. Words before the last comma,
 * colon, semicolon, full stop or parenthesis are prose.
 */
import { P } from "./term.ts";

/** A sum of variables, or of words of an array in memory, and a constant. */
export interface Sum {
  readonly parts: readonly { readonly name: string; readonly index: number | undefined; readonly times: bigint }[];
  readonly constant: bigint;
}

export interface Bound {
  /** "halves": all that is assigned. */
  readonly what: readonly (Sum | "halves")[];
  readonly from: bigint;
  /** The largest value allowed. */
  readonly to: bigint;
  /** A variable that is said to be the limit itself. */
  readonly same: string | undefined;
  readonly text: string;
}

const LIMIT = /^(.*?)(<=?)\s*(?:(\d*)\s*[pP]|2\^(\d+))(?:\s*=\s*(\w+))?$/;
const IS_BOUND = /<=?\s*(\d*\s*[pP]\b|2\^\d+)/;

export function isBound(text: string): boolean {
  return IS_BOUND.test(text);
}

/** The bounds in a comment. Throws if one is not understood. */
export function parseBounds(comment: string): Bound[] {
  const bounds: Bound[] = [];
  for (const clause of comment.split(/[;:.()]/)) {
    let what: (Sum | "halves")[] = [];
    let words: string[] = [];
    for (const item of clause.split(",").map((part) => part.trim())) {
      const limit = LIMIT.exec(item);
      const subject = parseSubject((limit?.[1] ?? item).replace(/^0 <\s+/, ""));
      if (limit === null) {
        if (isBound(item)) throw new Error(`not understood: ${item}`);
        what = subject === undefined ? [] : [...what, subject];
        words = subject === undefined ? [] : [...words, item];
        continue;
      }
      if (subject === undefined) throw new Error(`not understood: ${item}`);
      const [, left, relation, times, exponent, same] = limit;
      const bound = exponent === undefined ? BigInt(times === "" ? 1 : times!) * P : 1n << BigInt(exponent);
      const to = relation === "<" ? bound - 1n : bound;
      bounds.push({
        what: [...what, subject],
        from: /^0 <\s/.test(left!) ? 1n : 0n,
        to,
        same,
        text: [...words, item].join(", "),
      });
      what = [];
      words = [];
    }
  }
  return bounds;
}

function parseSubject(text: string): Sum | "halves" | undefined {
  // in `n = -Y1 <= p` it is n
  const subject = text.split("=")[0]!.trim();
  if (subject === "halves") return "halves";
  const parts: Sum["parts"][number][] = [];
  let constant = 0n;
  let rest = subject;
  while (rest !== "") {
    const match = /^([+-]?)\s*(\d*)\s*(?:([A-Za-z_]\w*)(?:\[(\d+)\])?)?\s*/.exec(rest)!;
    const [all, sign, digits, name, index] = match;
    if ((digits === "" && name === undefined) || (parts.length > 0 && sign === "")) return undefined;
    const times = BigInt(digits === "" ? 1 : digits!) * (sign === "-" ? -1n : 1n);
    if (name === undefined) constant += times;
    else if (name === "p" || name === "P") constant += times * P;
    else parts.push({ name, index: index === undefined ? undefined : Number(index), times });
    rest = rest.slice(all.length);
  }
  return parts.length === 0 ? undefined : { parts, constant };
}
