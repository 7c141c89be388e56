/** A text that is no amount, or could be two. `fix` says what to write instead. */
export class AmountError extends Error {
  override name = "AmountError";
  readonly code = "bad-amount";
  readonly fix: string;
  /** The numbers that it can be read as; none where it is no number at all. */
  readonly readings: readonly string[];

  /** @param why - Ends a sentence that names the text, without a full stop: `is no number`. */
  constructor(text: string, why: string, fix: string, readings: readonly string[] = []) {
    super(`"${printable(text)}" ${why}.`);
    this.fix = fix;
    this.readings = readings;
  }
}

/** How {@link parseDecimal} reads. */
export interface DecimalOptions {
  /** Digits behind the point that the unit has: 9 for SESH, 18 for ETH. */
  decimals: number;
  /** Name of the unit, which may follow the number: `"SESH"`. */
  unit?: string;
  /** `2e-05` too, as programs print prices. Not in amounts that people write: a spreadsheet that shows 1E+05 has lost digits. */
  exponent?: boolean;
  /** What to do with more digits than `decimals`: refuse (the default), or leave them out. */
  excess?: "refuse" | "cut";
}

const PLAIN = /^(\d*)(?:\.(\d*))?$/;
const GROUPED = /^([1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d*))?$/;
const EXPONENT = /^(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,3})$/;
/** Digits and what people put between them: points, commas, blanks, apostrophes, underscores. */
const SEPARATED = /^\d[\d.,'’_\s]*$/;

/**
 * Reads a decimal number as a multiple of the unit's smallest part. Commas only between groups of three: `1,234.5`; everywhere else
 * a comma may be a decimal point, and nobody guesses with money.
 *
 * @returns `2.5` with 9 decimals is `2500000000n`; never negative
 * @throws AmountError with both readings, where there are two
 */
export function parseDecimal(given: string, options: DecimalOptions): bigint {
  const { decimals, unit } = options;
  const text = withoutUnit(given.trim(), unit);
  const scientific = EXPONENT.exec(text);
  if (scientific) {
    if (!options.exponent) throw new AmountError(given, "is written with an exponent", "Write the number out.");
    const [, whole = "", fraction = "", power = "0"] = scientific;
    return scale(given, whole + fraction, fraction.length - Number(power), options);
  }
  const match = GROUPED.exec(text) ?? PLAIN.exec(text);
  if (match && /\d/.test(text)) {
    const [, whole = "", fraction = ""] = match;
    return scale(given, whole.replaceAll(",", "") + fraction, fraction.length, options);
  }
  if (/^[-−]/.test(text)) throw new AmountError(given, "is negative", `Give ${example(decimals, unit)}.`);
  if (!SEPARATED.test(text)) throw new AmountError(given, "is no number", `Give ${example(decimals, unit)}.`);
  throw ambiguous(given, text, unit);
}

/**
 * Refuses a number in a list separated by semicolons that is another one there: spreadsheets write such lists where the comma is the
 * decimal point and the point stands between groups, so that `2,500` is 2.5 to them and `1.250` is 1250.
 *
 * @throws AmountError with both readings
 */
export function refuseLocalForm(given: string, unit: string): void {
  const [, whole = "", fraction = ""] = /^([1-9]\d{0,2})[.,](\d{3})$/.exec(withoutUnit(given.trim(), unit)) ?? [];
  if (whole === "") return;
  const places = fraction.replace(/0+$/, "");
  // With a fourth digit behind it a point is nothing else.
  const small = places === "" ? whole : `${whole}.${places.length === 3 ? `${places}0` : places}`;
  const readings = [small, `${whole}${fraction}`];
  throw new AmountError(
    given,
    `can be read as ${readings.map((reading) => `${reading} ${unit}`).join(" or as ")} in a list with semicolons`,
    `Write ${readings.join(" or ")}.`,
    readings,
  );
}

/** `digits` times 10^-`places`, in units of 10^-decimals. */
function scale(given: string, digits: string, places: number, { decimals, unit, excess }: DecimalOptions): bigint {
  const value = BigInt(digits === "" ? "0" : digits);
  if (places <= decimals) return value * 10n ** BigInt(decimals - places);
  const divisor = 10n ** BigInt(places - decimals);
  if (value % divisor !== 0n && excess !== "cut") {
    const of = unit === undefined ? "" : ` of ${unit}`;
    throw new AmountError(given, `has more than ${decimals} decimals`, `There is no smaller part${of}.`);
  }
  return value / divisor;
}

/** Both ways to read it: the last mark as the decimal point; or commas as separators of groups, and a single point as the point. */
function ambiguous(given: string, text: string, unit: string | undefined): AmountError {
  const last = text.search(/[^\d]\d*$/);
  const bare = (part: string) => part.replace(/\D/g, "");
  const european = /[.,]/.test(text[last] ?? "")
    ? `${plain(bare(text.slice(0, last)))}.${bare(text.slice(last + 1)) || "0"}`
    : undefined;
  const english = text.split(".").length === 2 ? plain(text.replace(/[^\d.]/g, "")) : plain(bare(text));
  const readings = [...new Set([european, english].filter((reading) => reading !== undefined))];
  if (readings.length === 1) {
    return new AmountError(given, "is not grouped by commas in threes", `Write ${english}.`, readings);
  }
  const named = unit === undefined ? readings : readings.map((reading) => `${reading} ${unit}`);
  return new AmountError(given, `can be read as ${named.join(" or as ")}`, `Write ${readings.join(" or ")}.`, readings);
}

function plain(digits: string): string {
  return digits.replace(/^0+(?=\d)/, "") || "0";
}

function withoutUnit(text: string, unit: string | undefined): string {
  if (unit === undefined || !text.toLowerCase().endsWith(unit.toLowerCase())) return text;
  return text.slice(0, -unit.length).trim();
}

/** By the decimals that there are at most. */
const EXAMPLES = [
  [0, "1,000"],
  [2, "2.5"],
  [17, "1,234.5"],
] as const;

function example(decimals: number, unit: string | undefined): string {
  return `a decimal number${unit === undefined ? "" : ` of ${unit}`}, e.g. ${EXAMPLES.find(([most]) => decimals <= most)?.[1] ?? "0.00002"}`;
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[\p{C}\p{Z}]+/gu, " ");
}
