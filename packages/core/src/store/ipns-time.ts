// Dates of RFC 3339 in nanoseconds, which is how IPNS records say until when they are valid.
import { DecodeError } from '../encoding/decode-error.ts';

const SECOND_NS = 1_000_000_000n;
const DAY_S = 86_400;

/** From 1 March 0000 to 1 January 1970, and in 400 years, after which the calendar repeats itself. */
const DAYS_TO_1970 = 719_468;
const DAYS_OF_ERA = 146_097;

/** The last year of four digits, and so of RFC 3339. */
const YEAR_MAX = 9999;

/**
 * A whole date-time of RFC 3339 with up to nine digits of fraction. Capital `T` and `Z` only, and no leap
 * second: Go, which made most records there are, reads neither.
 */
const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * A date such as `2123-08-14T12:17:03.694052Z` as nanoseconds since 1970 began (UTC), negative before.
 * Throws a `DecodeError` at anything else and at days and times that there are not.
 */
export function parseRfc3339(text: string): bigint {
  const match = DATE_TIME.exec(text);
  if (match === null) throw new DecodeError('a date is not one of RFC 3339');
  const number = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hour, minute, second] = [number(4), number(5), number(6)];
  const [offsetHour, offsetMinute] = [number(9), number(10)];
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month);
  const isTime = hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60;
  if (!isDay || !isTime) throw new DecodeError('a date names a day or a time that there is not');
  const offset = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -60 : 60);
  const seconds =
    daysFrom1970(year, month, day) * DAY_S + hour * 3_600 + minute * 60 + second - offset;
  return BigInt(seconds) * SECOND_NS + BigInt((match[7] ?? '').padEnd(9, '0'));
}

/**
 * The date of so many nanoseconds since 1970 began, in UTC, with as many digits of fraction as it needs,
 * as Go's RFC3339Nano writes it. Throws a `RangeError` outside of the years 0 to 9999.
 */
export function formatRfc3339(ns: bigint): string {
  const fraction = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;
  const seconds = Number((ns - fraction) / SECOND_NS);
  const days = Math.floor(seconds / DAY_S);
  const { year, month, day } = civilFrom1970(days);
  if (year < 0 || year > YEAR_MAX) throw new RangeError(`RFC 3339 has no year ${year}`);
  const rest = seconds - days * DAY_S;
  const time = [Math.floor(rest / 3_600), Math.floor(rest / 60) % 60, rest % 60];
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const digits = fraction.toString().padStart(9, '0').replace(/0+$/, '');
  const point = digits === '' ? '' : '.';
  return `${date}T${time.map((part) => pad(part, 2)).join(':')}${point}${digits}Z`;
}

/** Days from 1 January 1970 to a day of the Gregorian calendar, which is taken to have been in use for ever. */
function daysFrom1970(year: number, month: number, day: number): number {
  // Years that begin in March have their leap day at the end, and months of a regular pattern before it.
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * DAYS_OF_ERA + yearOfEra * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

/** The day of the calendar that is so many days after 1 January 1970. */
function civilFrom1970(days: number): { year: number; month: number; day: number } {
  const shifted = days + DAYS_TO_1970;
  const era = Math.floor(shifted / DAYS_OF_ERA);
  const dayOfEra = shifted - era * DAYS_OF_ERA;
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const before = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - before;
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = ((monthFromMarch + 2) % 12) + 1;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day };
}

function daysOfMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function pad(number: number, width: number): string {
  return number.toString().padStart(width, '0');
}
