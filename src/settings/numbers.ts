/**
 * What makes an option of yargs a number within bounds: alone it takes anything, calls what is none NaN, and what is empty 0. Decimal
 * digits and a point, as people write numbers: no sign, no exponent, no 0x.
 */
export function numeric(name: string, { min = 0, max = Infinity, whole = false } = {}) {
  return {
    // Read as a text, told of as a number.
    string: true,
    number: true,
    requiresArg: true,
    // An option that is not given comes as undefined, a default and a profile's value as a number.
    coerce: ((given: string | number | undefined) => {
      if (given === undefined) return given;
      const value = /^\s*\d+(\.\d+)?\s*$/.test(String(given)) ? Number(given) : NaN;
      if (value >= min && value <= max && (!whole || Number.isSafeInteger(value))) return value;
      const kind = `${whole ? "a whole number" : "a number"}${max === Infinity ? `, ${min} or more` : ` from ${min} to ${max}`}`;
      throw new Error(`--${name} is not ${kind}.`);
    }) as (value: string | number) => number,
  } as const;
}
