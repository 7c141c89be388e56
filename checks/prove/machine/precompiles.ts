/** The precompiles that the contracts call. Their results are terms by name: what they compute is assumed, how they are asked is not. */
import { power } from "../algebra/polynomial.ts";
import type { Machine } from "./machine.ts";
import { placeOf, size } from "./memory.ts";
import { call, constant, P, symbol } from "./term.ts";
import type { Term } from "./term.ts";

const ADDITION = 6n;

/**
 * Success is unknown. An addition that is refused leaves its output as it was: both ways are gone. The output of the others is that of
 * success: where that is not looked at, the statement says what a refusal gives.
 */
export function precompile(machine: Machine, args: readonly Term[]): Term {
  const [, address, input, inputSize, output, outputSize] = args as [Term, Term, Term, Term, Term, Term];
  const pieces = machine.memory.read(machine.place(input), placeOf(inputSize, machine.facts));
  const words = pieces.flatMap(({ term, from, length }) => {
    if (from !== 0 || length.atoms.length > 0 || length.offset % 32n !== 0n)
      throw new Error("a precompile is given parts of words");
    return Array.from({ length: Number(length.offset / 32n) }, () => term);
  });
  const results = resultsOf(address, words);
  if (outputSize.value !== BigInt(32 * results.length))
    throw new Error(`precompile ${address.value}: size of the output`);
  const success =
    machine.options.concrete === true ? constant(1n) : symbol(`success of precompile ${address.value}`, 0n, 1n);
  if (address.value !== ADDITION || machine.branch(success))
    machine.memory.write(
      machine.place(output),
      results.map((term) => ({ term, from: 0, length: size(32) })),
    );
  return success;
}

function resultsOf({ value }: Term, words: readonly Term[]): Term[] {
  switch (value) {
    case 5n: {
      const [baseLength, exponentLength, modulusLength, base, exponent, modulus] = words;
      const lengths = [baseLength, exponentLength, modulusLength].map((length) => length?.value);
      if (words.length !== 6 || lengths.some((length) => length !== 32n))
        throw new Error("modexp: not three numbers of 32 bytes");
      if ([base!, exponent!].every(({ op }) => op === "const") && modulus!.value === P)
        return [constant(power(base!.value, exponent!.value))];
      return [
        call("modexp", [base!, exponent!, modulus!], 0n, modulus!.op === "const" ? modulus!.value - 1n : undefined),
      ];
    }
    case ADDITION:
      if (words.length !== 4) throw new Error("addition: not two points");
      return [call("sum.X", words, 0n, P - 1n), call("sum.Y", words, 0n, P - 1n)];
    case 8n:
      if (words.length % 6 !== 0) throw new Error("pairing: not pairs of points");
      return [call("pairing", words, 0n, 1n)];
    default:
      throw new Error(`no precompile ${value}`);
  }
}
