import { ethers } from "ethers";
import { Refusal, Refusals } from "../lib/refusal.ts";
import { AmountError, refuseLocalForm } from "../../src/chain/amounts.ts";
import { parseSesh } from "../../src/chain/units.ts";
import { addressFault, prefixAddress } from "../../src/chain/address.ts";
import type { CsvRow } from "../../src/settings/csv.ts";
import { readCsv } from "../../src/settings/csv.ts";
import { SettingsError } from "../../src/settings/errors.ts";
import { parseDate } from "../../src/settings/dates.ts";
import { readTextSync } from "../../src/settings/text.ts";

/** One investor: a row of the CSV. Times in unix seconds, amount in atomic SESH. */
export interface Vesting {
  /** Line of the file, for messages. */
  line: number;
  /** Names the row in the record: the hash of what it says, so that editing a row makes it another one. */
  key: string;
  beneficiary: string;
  /** The zero address promises not to revoke. */
  revoker: string;
  start: bigint;
  end: bigint;
  transferableBeneficiary: boolean;
  amount: bigint;
}

const COLUMNS = ["beneficiary", "revoker", "start", "end", "transferableBeneficiary", "amount"] as const;

/**
 * Reads the vesting list: a header line `beneficiary,revoker,start,end,transferableBeneficiary,amount`, then a row an investor.
 * `start` and `end` are unix seconds or ISO dates (midnight UTC, or with a time and its zone); `amount` is SESH (up to 9 decimals).
 *
 * @param now - Unix seconds; a vesting that has ended already is refused.
 * @throws Refusals `parameters`, a sentence for each thing that is wrong, with its line.
 */
export function readVestingFile(file: string, now: number): Vesting[] {
  const rows = rowsOf(file);
  const problems: Refusal[] = [];
  const seen = new Map<string, number>();
  const list = rows.map(({ line, separator, cells: row }) => {
    const refuse = (sentence: string) => problems.push(new Refusal("parameters", `${file}:${line}: ${sentence}`));
    const vesting = {
      line,
      beneficiary: addressOf(row["beneficiary"] ?? "", "beneficiary", false, refuse),
      revoker: addressOf(row["revoker"] ?? "", "revoker", true, refuse),
      start: timeOf(row["start"] ?? "", "start", refuse),
      end: timeOf(row["end"] ?? "", "end", refuse),
      transferableBeneficiary: booleanOf(row["transferableBeneficiary"] ?? "", refuse),
      amount: amountOf(row["amount"] ?? "", separator, refuse),
    };
    if (vesting.start > vesting.end) refuse("start is after end.");
    if (vesting.end <= BigInt(now)) refuse("end is past: nothing would be locked.");
    const key = ethers.id(Object.values({ ...vesting, line: 0 }).join("|")).slice(0, 18);
    const twin = seen.get(key);
    if (twin !== undefined) refuse(`says the same as line ${twin}: change one, or remove it.`);
    seen.set(key, line);
    return { ...vesting, key };
  });
  if (problems.length > 0) throw new Refusals(problems);
  return list;
}

function rowsOf(file: string): CsvRow[] {
  let rows: CsvRow[];
  try {
    rows = readCsv(readTextSync(file), file, { columns: COLUMNS, header: "required" });
  } catch (cause) {
    if (!(cause instanceof SettingsError)) throw cause;
    throw new Refusal("parameters", `${cause.message} ${cause.fix}`.trim(), { cause });
  }
  if (rows.length > 0) return rows;
  throw new Refusal("parameters", `${file}: the first line must be ${COLUMNS.join(",")}, and a row must follow.`);
}

type Refuse = (sentence: string) => void;

function addressOf(text: string, name: string, zero: boolean, refuse: Refuse): string {
  const fault = addressFault(text);
  const address = prefixAddress(text);
  if (fault !== undefined) refuse(`${name} "${text}" ${fault}.`);
  else if (!zero && BigInt(address) === 0n) refuse(`${name} is the zero address.`);
  else return ethers.getAddress(address);
  return ethers.ZeroAddress;
}

function timeOf(text: string, name: string, refuse: Refuse): bigint {
  const time = /^\d{9,11}$/.test(text) ? BigInt(text) : parseDate(text);
  if (time === undefined) {
    refuse(`${name} "${text}" is neither unix seconds nor a date such as 2026-01-31 or 2026-01-31T12:00Z (UTC).`);
  }
  return time ?? 0n;
}

function booleanOf(text: string, refuse: Refuse): boolean {
  // Spreadsheets write TRUE.
  if (!/^(true|false)$/i.test(text)) refuse(`transferableBeneficiary "${text}" is neither true nor false.`);
  return text.toLowerCase() === "true";
}

function amountOf(text: string, separator: CsvRow["separator"], refuse: Refuse): bigint {
  try {
    if (separator === ";") refuseLocalForm(text, "SESH");
    const amount = parseSesh(text);
    if (amount === 0n) refuse("amount is zero.");
    return amount;
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    refuse(`amount ${error.message} ${error.fix}`);
    return 1n;
  }
}
