const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const MILLISECONDS_A_DAY = 86_400_000;

/** The first and the last instant with a year of four digits, in microseconds since 1970. */
const FIRST_TIMESTAMP = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const LAST_TIMESTAMP = BigInt(Date.parse('9999-12-31T23:59:59.999Z')) * 1000n + 999n;

/** Returns the days since 1970 of a date written as `YYYY-MM-DD`, or undefined if the calendar has no such date. */
export function daysOf(text: string): number | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || year === '0000') return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  // V8 reads February 30 as March 1
  if (date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day)) return undefined;
  return date.getTime() / MILLISECONDS_A_DAY;
}

/**
 * Returns the microseconds since 1970 of an ISO 8601 timestamp with offset. Returns undefined for any other text, and for a year outside of
 * 1 to 9999 in UTC.
 */
export function microsecondsOf(text: string): bigint | undefined {
  const [, date, hours, minutes, seconds, fraction = '', sign, offsetHours, offsetMinutes] = TIMESTAMP.exec(text) ?? [];
  const days = date === undefined ? undefined : daysOf(date);
  if (days === undefined) return undefined;
  const offset = sign === undefined ? 0 : (sign === '-' ? -60 : 60) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  const whole = days * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) - offset;
  const microseconds = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return isTimestamp(microseconds) ? microseconds : undefined;
}

/** Whether an instant lies in the years 1 to 9999. */
export function isTimestamp(microseconds: bigint): boolean {
  return microseconds >= FIRST_TIMESTAMP && microseconds <= LAST_TIMESTAMP;
}

/** Formats the instant in ISO 8601 and UTC, with as many digits of a second as it has. */
export function timestampText(microseconds: bigint): string {
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((microseconds - fraction) / 1000n)).toISOString().slice(0, -5);
  return fraction === 0n ? `${seconds}Z` : `${seconds}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}Z`;
}
