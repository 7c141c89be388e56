import type { Mutant } from "./mutant.ts";

const FILE = "contracts/libraries/G2.sol";
const tests = ["test/unit/libraries/HashToG2.test.ts"];
const grep = "vector";

/** A weak check of the square roots that a batch brings along. */
const roots = {
  row: "roots",
  file: "contracts/libraries/HashToG2.sol",
  tests: ["test/differential/HashToG2.test.ts"],
  grep: "every root",
};

/** Wrong constants, signs and bounds in the chain of the fast hash (row `hash`), which the vectors must notice, and `roots`. */
export const hashMutants: Mutant[] = [
  {
    row: "hash",
    weakness: "chain: a digit 385 becomes -385",
    file: FILE,
    edits: [["0x304243224035250230012207", "0x204243224035250230012207"]],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "chain: a tripling less",
    file: FILE,
    edits: [["0x304243224035250230012207", "0x304233224035250230012207"]],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "3/8 off by one",
    file: FILE,
    edits: [["3488912edefb;", "3488912edefc;"]],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "tripling: Z' = 3/8 X Z in one half",
    file: FILE,
    edits: [
      ["Z1 := shl(1, add(mulmod(g0, Z1, p), mulmod(g1, Z0, p)))", "Z1 := add(mulmod(g0, Z1, p), mulmod(g1, Z0, p))"],
    ],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "tripling, M: X' = Y^2 - F",
    file: FILE,
    edits: [
      [
        "// X' = Y^2 - 2F: 2 t, 2 g1 < 4p; halves < p\n                        X0 := addmod(mulmod(add(Y0, Y1), add(Y0, sub(p, Y1)), p), sub(fourP, add(t, t)), p)",
        "X0 := addmod(mulmod(add(Y0, Y1), add(Y0, sub(p, Y1)), p), sub(fourP, t), p)",
      ],
    ],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "tripling, M, bound: X1 unreduced",
    file: FILE,
    edits: [
      [
        "X1 := addmod(mulmod(add(Y1, Y1), Y0, p), sub(fourP, add(g1, g1)), p)\n                        // g = F",
        "X1 := add(mulmod(add(Y1, Y1), Y0, p), sub(fourP, add(g1, g1)))\n                        // g = F",
      ],
    ],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "tripling, M: sign of the imaginary product in Y'",
    file: FILE,
    edits: [
      [
        "// Y' = Y (F - X'): Y0 < 2p, Y1 < p\n                        t := add(mulmod(Y0, g0, p), sub(p, mulmod(Y1, g1, p)))",
        "t := add(mulmod(Y0, g0, p), mulmod(Y1, g1, p))",
      ],
    ],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "tripling, conjugate of M: Z is not multiplied by X1",
    file: FILE,
    edits: [["Z1 := add(mulmod(X0, Z1, p), mulmod(X1, Z0, p))", "Z1 := mulmod(X0, Z1, p)"]],
    tests,
    grep,
  },
  {
    row: "hash",
    weakness: "table, bound: -Y0 of -385 Q from p instead of 4p",
    file: FILE,
    edits: [["4 * p - m[18]", "p - m[18]"]],
    tests,
    grep,
  },
  { ...roots, weakness: "y1 of p and more is taken", edits: [["y1 < p && addmod(", "addmod("]] },
  {
    ...roots,
    weakness: "the real half of the square is not checked",
    edits: [["addmod(mulmod(y0, y0, p), p - mulmod(y1, y1, p), p) == c0 && ", ""]],
  },
  {
    ...roots,
    weakness: "the imaginary half of the square is not checked",
    edits: [["mulmod(2 * y0, y1, p) == c1", "true"]],
  },
  {
    ...roots,
    weakness: "any try may be passed over with a zero",
    edits: [["if (addmod(y0, addmod(", "if (y0 == 0 || addmod(y0, addmod("]],
  },
  {
    ...roots,
    weakness: "y0 itself instead of its root: either root of c is taken",
    edits: [
      ["y0 = mulmod(root, root, p);", "y0 = root;"],
      ["if (addmod(y0, addmod(", "if (addmod(mulmod(y0, y0, p), addmod("],
    ],
  },
  {
    ...roots,
    weakness: "a root with a zero half is taken",
    edits: [["if (c1 == 0) return (0, 0, position);", ""]],
    grep: "zero half, and",
  },
];
