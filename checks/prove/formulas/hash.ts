/** Hashing to the twist: the expanded message, the field, the curve equation, the tries, and roots that the caller brings. */
import { B } from "../algebra/field.ts";
import { Pair } from "../algebra/pair.ts";
import { Polynomial } from "../algebra/polynomial.ts";
import { piecesOf, showPlace } from "../machine/memory.ts";
import type { Piece } from "../machine/memory.ts";
import { symbol } from "../machine/term.ts";
import type { Term } from "../machine/term.ts";
import type { Report } from "../report.ts";
import type { Project } from "../source.ts";
import { returns, unknowns, values } from "./field.ts";
import { checkGlue } from "./glue.ts";
import { compare, comparePolynomial, Reader, same } from "./terms.ts";
import type { Naming, Prove } from "./terms.ts";
import { checkRoots, checkTries } from "./tries.ts";

export function checkHash(project: Project, report: Report): void {
  const prove: Prove = (about, statement, action) => report.prove("formulas", about, statement, action);
  checkExpansion(project, prove);
  checkCurve(project, prove);
  checkTries(project, prove);
  checkRoots(project, prove);
  checkGlue(project, prove);
}

/** Bytes in words: constants as hex, a part of a word with the numbers of its bytes. */
export function describe(pieces: readonly Piece[], nameOf: (term: Term) => string): string {
  const parts: string[] = [];
  for (const { term, from, length } of pieces) {
    const size = length.atoms.length === 0 ? Number(length.offset) : undefined;
    if (size === undefined) parts.push(`${nameOf(term)} x ${showPlace(length)}`);
    else if (term.op === "const" && term.value === 0n && size > 32) parts.push(`00 x ${size}`);
    else if (term.op === "const")
      parts.push(
        term.value
          .toString(16)
          .padStart(64, "0")
          .slice(2 * from, 2 * (from + size)),
      );
    else parts.push(size === 32 ? nameOf(term) : `${nameOf(term)}[${from}..${from + size - 1}]`);
  }
  return parts.join(" . ");
}

function checkExpansion(project: Project, prove: Prove): void {
  const about = "HashToG2._toField";
  const run = () => {
    const { outcomes } = returns(project, about, ({ memory }) => [
      memory.allocateBytes("message").object,
      symbol("dst"),
      symbol("i", 0n, 255n),
    ]);
    const [x0, x1, negate] = values(outcomes[0]!.value) as [Term, Term, Term];
    const hashes = new Map<string, Term>();
    const find = (term: Term): void => {
      if (term.name.startsWith("keccak256") && ![...hashes.values()].includes(term)) {
        term.args.forEach(find);
        hashes.set(`b${hashes.size}`, term);
      } else term.args.forEach(find);
    };
    [x0, x1, negate].forEach(find);
    const nameOf = (term: Term): string => {
      const hash = [...hashes].find(([, candidate]) => candidate === term)?.[0];
      if (hash !== undefined) return hash;
      return term.op === "xor" ? term.args.map(nameOf).sort().join("^") : term.name;
    };
    return { x0, x1, negate, hashes, nameOf };
  };
  prove(
    about,
    "b0 = keccak256(136 zeros . message . try . 0x0080 . 0x00 . dst . 0x20), bj = keccak256((b0 ^ b(j-1)) . j . dst . 0x20)",
    () => {
      const { hashes, nameOf } = run();
      const expected = [
        "00 x 136 . message.content x message.length . i[31..31] . 008000 . dst . 20",
        "b0 . 01 . dst . 20",
        "b0^b1 . 02 . dst . 20",
        "b0^b2 . 03 . dst . 20",
        "b0^b3 . 04 . dst . 20",
      ];
      const found = [...hashes.values()].map((hash) => describe(piecesOf(hash), nameOf));
      return [
        ...(found.length === 5 ? [] : [`${found.length} hashes`]),
        ...expected.flatMap((text, index) => same(`b${index}`, found[index] ?? "nothing", text)),
      ];
    },
  );
  prove(
    about,
    "x0 = b1 2^128 + b2 / 2^128 and x1 = ((b2 mod 2^128) 2^128 + b3 / 2^128) 2^128 + b3 mod 2^128, modulo p; the sign is the last bit of b4",
    () => {
      const { x0, x1, negate, hashes, nameOf } = run();
      const part = (term: Term, which: string) => Polynomial.variable(`${nameOf(term)}.${which}`);
      const isBy128 = ({ op, value }: Term) => op === "const" && value === 128n;
      const naming: Naming = (term) => {
        const [a, b] = term.args as [Term, Term];
        if (term.op === "shr" && isBy128(a) && b.op === "shl" && isBy128(b.args[0]!)) return part(b.args[1]!, "low");
        if (term.op === "shr" && isBy128(a)) return part(b, "high");
        if (term.op === "shl" && isBy128(a)) return part(b, "low").scaled(1n << 128n);
        // bits of which one has the upper half and the other the lower
        if (term.op === "or" && [a, b].some(({ op }) => op === "shl") && [a, b].some(({ op }) => op === "shr"))
          return naming(a)!.plus(naming(b)!);
        return [...hashes.values()].includes(term) ? Polynomial.variable(nameOf(term)) : undefined;
      };
      const reader = new Reader(naming);
      const { variable } = Polynomial;
      const [last, mask] = [...negate.args].sort((a, b) => (a.op === "const" ? 1 : 0) - (b.op === "const" ? 1 : 0)) as [
        Term,
        Term,
      ];
      return [
        ...comparePolynomial(
          "x0",
          reader.read(x0),
          variable("b1")
            .scaled(1n << 128n)
            .plus(variable("b2.high")),
        ),
        ...comparePolynomial(
          "x1",
          reader.read(x1),
          variable("b2.low")
            .scaled(1n << 256n)
            .plus(variable("b3.high").scaled(1n << 128n))
            .plus(variable("b3.low")),
        ),
        ...(negate.op === "and" && mask.value === 1n && nameOf(last) === "b4" ? [] : ["the sign"]),
      ];
    },
  );
  prove("HashToG2.reduce", "high 2^128 + low, modulo p", () => {
    const { outcomes } = returns(project, "HashToG2.reduce", () => [
      symbol("high"),
      symbol("low", 0n, (1n << 128n) - 1n),
    ]);
    const expected = Polynomial.variable("high")
      .scaled(1n << 128n)
      .plus(Polynomial.variable("low"));
    return comparePolynomial("it", new Reader().read(outcomes[0]!.value as Term), expected);
  });
}

const curve = (x: Pair): Pair => x.times(x).times(x).plus(Pair.constant(B.c0, B.c1));

function checkCurve(project: Project, prove: Prove): void {
  prove("HashToG2._ySquared", "x^3 + 3 / (9 + i)", () => {
    const { outcomes } = returns(project, "HashToG2._ySquared", () => unknowns("x0 x1"));
    const [c0, c1] = values(outcomes[0]!.value) as [Term, Term];
    return compare("y^2", new Reader().pair(c0, c1), curve(Pair.variable("x")));
  });
}
