/** What makes an option of yargs a number within bounds: alone it takes anything, and calls what is none NaN. */
export function numeric(name: string, { min = 0, max = Infinity, whole = false } = {}) {
  return {
    type: "number",
    requiresArg: true,
    // An option that is not given comes as undefined.
    coerce: ((value: number | undefined) => {
      if (value === undefined || (value >= min && value <= max && (!whole || Number.isSafeInteger(value))))
        return value;
      const kind = `${whole ? "a whole number" : "a number"}${max === Infinity ? `, ${min} or more` : ` from ${min} to ${max}`}`;
      throw new Error(`--${name} is not ${kind}.`);
    }) as (value: number) => number,
  } as const;
}
