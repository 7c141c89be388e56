const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d))?$/;

/**
 * Unix seconds of a date (midnight UTC), or of a date with a time and its zone: `2026-01-31`, `2026-01-31T12:00Z`. A time without
 * its zone would be another one on another machine.
 *
 * @returns undefined for anything else, and for days and hours that no calendar and no clock has
 */
export function parseDate(text: string): bigint | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // JavaScript takes 30 February for 2 March, and 24:00 for the next day.
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists =
    local.getUTCMonth() === month - 1 && local.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const time = Date.parse(text);
  return exists && !Number.isNaN(time) ? BigInt(Math.floor(time / 1000)) : undefined;
}
