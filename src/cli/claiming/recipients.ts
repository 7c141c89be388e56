import { isLosslessNumber, parse as parseLossless } from "lossless-json";
import { CliError } from "../terminal/errors.ts";
import {
  AmountError,
  formatSesh,
  parseAddress,
  parseDecimal,
  parsePayee,
  refuseLocalForm,
  SESH_DECIMALS,
} from "../../chain/index.ts";
import { readCsv } from "../../settings/csv.ts";
import { readText } from "../../settings/text.ts";

const COLUMNS = ["address", "amount", "beneficiary"] as const;

/** A row of a list file: an address, and an amount where the list has one. */
export interface Row {
  address: string;
  amount: string | undefined;
  beneficiary: string | undefined;
}

/**
 * Reads a list of addresses: JSON (strings, or objects with `address`), CSV with the columns `address`, `amount` and `beneficiary` (in
 * that order where there is no header), or text with one address a line; `#` starts a comment.
 *
 * @throws CliError `usage` naming the line's fault: not an address, listed twice, empty; SettingsError for what is no list
 */
export async function readRows(path: string): Promise<Row[]> {
  const text = await readText(path);
  const rows = /^\s*[[{]/.test(text) ? fromJson(text, path) : fromCsv(text, path);
  if (rows.length === 0) throw new CliError("usage", `${path} lists nobody.`);
  const seen = new Set<string>();
  return rows.map((row) => {
    const address = parseAddress(row.address, path);
    if (seen.has(address)) throw new CliError("usage", `${path}: ${address} is listed twice.`);
    seen.add(address);
    const beneficiary = row.beneficiary ? parsePayee(row.beneficiary, `${path}, beneficiary`) : undefined;
    return { address, amount: row.amount || undefined, beneficiary };
  });
}

function fromJson(text: string, path: string): Row[] {
  let list: unknown;
  try {
    // Numbers stay as they are written: a double has no room for every amount.
    list = parseLossless(text);
  } catch (cause) {
    throw new CliError("usage", `${path} is not valid JSON.`, "", {}, cause);
  }
  if (!Array.isArray(list)) throw new CliError("usage", `${path} holds no list: it begins with [.`);
  return (list as unknown[]).map((entry) => {
    if (typeof entry === "string") return { address: entry, amount: undefined, beneficiary: undefined };
    const { address, amount, beneficiary, ...rest } = (entry ?? {}) as Record<string, unknown>;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) {
      throw new CliError("usage", `${path}: an entry has a "${unknown}".`, `Entries have ${COLUMNS.join(", ")}.`);
    }
    if (typeof address !== "string") throw new CliError("usage", `${path}: an entry has no address.`);
    return { address, amount: amountText(amount, path), beneficiary: optionalText(beneficiary) };
  });
}

function fromCsv(text: string, path: string): Row[] {
  return readCsv(text, path, { columns: COLUMNS, header: "optional" }).map(({ line, separator, cells }) => {
    const { address = "", amount, beneficiary } = cells;
    if (separator === ";") unambiguous(amount ?? "", `${path}, line ${line}`);
    return { address, amount: amount || undefined, beneficiary: beneficiary || undefined };
  });
}

function unambiguous(amount: string, where: string): void {
  try {
    refuseLocalForm(amount, "SESH");
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new CliError("usage", `${where}: ${error.message}`, error.fix, { readings: error.readings }, error);
  }
}

/** A JSON number is unambiguous, an exponent included; a text is read as the options are. */
function amountText(value: unknown, path: string): string | undefined {
  if (!isLosslessNumber(value)) return optionalText(value);
  try {
    return formatSesh(parseDecimal(value.value, { decimals: SESH_DECIMALS, unit: "SESH", exponent: true }));
  } catch (error) {
    throw new CliError("usage", `${path}: ${(error as Error).message}`, "", {}, error);
  }
}

function optionalText(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
