// Points in time with nanoseconds, read and written without a clock or a calendar of the platform.
// A double cannot hold nanoseconds since 1970, so an instant is two numbers.

/** Whole milliseconds since 1970-01-01T00:00Z and nanoseconds within, 0 to 999,999. */
export interface Instant {
  readonly ms: number;
  readonly ns: number;
}

const NS_PER_MS = 1_000_000n;
const DAY_MS = 86_400_000;
const RFC_3339 =
  /^(\d{4,6})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))? ?([Zz]|[+-]\d\d:?\d\d)?$/;
/** The form of `date(1)`, in which the oldest NetVis files are written: Tue Nov 11 19:44:14 UTC 2014. */
const UNIX_DATE =
  /^(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?: (?:UTC|GMT|Z))? (\d{4})$/;
const SECONDS = /^(-?)(\d{1,13})(?:\.(\d+))?$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** From here on a number must mean milliseconds: as seconds it would lie beyond the year 5100. */
const MILLISECONDS_FROM = 100_000_000_000;

/**
 * Reads RFC 3339 with any number of digits, the form of `date(1)`, and seconds (or milliseconds) since
 * 1970 as a number or text. A time without a zone is UTC. Digits after the nanosecond do not count.
 * `null` when the value is none of these.
 */
export function parseInstant(value: unknown): Instant | null {
  if (typeof value === 'number') return Number.isFinite(value) ? parseSeconds(String(value)) : null;
  if (typeof value !== 'string') return null;
  return parseRfc3339(value) ?? parseSeconds(value) ?? parseUnixDate(value);
}

/** RFC 3339 in UTC with nine digits after the second. */
export function formatInstant(instant: Instant): string {
  return instantFormatter()(instant);
}

/** `formatInstant` for many instants in a row, which mostly share their second. */
export function instantFormatter(): (instant: Instant) => string {
  let second = NaN;
  let text = '';
  return ({ ms, ns }) => {
    const itsSecond = Math.floor(ms / 1000);
    if (itsSecond !== second) {
      second = itsSecond;
      text = formatSecond(second);
    }
    return `${text}.${digits(ms - second * 1000, 3)}${digits(ns, 6)}Z`;
  };
}

/** Nanoseconds since 1970. */
export function instantToNs(instant: Instant): bigint {
  return BigInt(instant.ms) * NS_PER_MS + BigInt(instant.ns);
}

export function instantFromNs(ns: bigint): Instant {
  const rest = ((ns % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  return { ms: Number((ns - rest) / NS_PER_MS), ns: Number(rest) };
}

/** The time from `epoch` to `instant`. */
export function instantSince(epoch: Instant, instant: Instant): Instant {
  const ns = instant.ns - epoch.ns;
  return ns < 0
    ? { ms: instant.ms - epoch.ms - 1, ns: ns + 1_000_000 }
    : { ms: instant.ms - epoch.ms, ns };
}

/** The instant that lies `ms` and `ns` after `epoch`. */
export function instantAfter(epoch: Instant, ms: number, ns: number): Instant {
  const sum = epoch.ns + ns;
  return sum >= 1_000_000
    ? { ms: epoch.ms + ms + 1, ns: sum - 1_000_000 }
    : { ms: epoch.ms + ms, ns: sum };
}

/** Orders instants: negative when `a` is earlier. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}

function parseRfc3339(text: string): Instant | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const part = (i: number): number => Number(match[i]);
  const days = daysFromCivil(part(1), part(2), part(3));
  const second = secondOfDay(part(4), part(5), part(6));
  if (days === null || second === null) return null;
  const fraction = (match[7] ?? '').slice(0, 9).padEnd(9, '0');
  const ms = days * DAY_MS + second * 1000 + Number(fraction.slice(0, 3)) - zoneMs(match[8]);
  return { ms, ns: Number(fraction.slice(3)) };
}

function parseUnixDate(text: string): Instant | null {
  const match = UNIX_DATE.exec(text);
  if (match === null) return null;
  const month = MONTHS.indexOf(match[1]!) + 1;
  const days = daysFromCivil(Number(match[6]), month, Number(match[2]));
  const second = secondOfDay(Number(match[3]), Number(match[4]), Number(match[5]));
  return days === null || second === null ? null : { ms: days * DAY_MS + second * 1000, ns: 0 };
}

function parseSeconds(text: string): Instant | null {
  const match = SECONDS.exec(text);
  if (match === null) return null;
  const whole = Number(match[2]);
  const isMs = whole >= MILLISECONDS_FROM;
  const fraction = (match[3] ?? '').padEnd(9, '0');
  const ms = isMs ? whole : whole * 1000 + Number(fraction.slice(0, 3));
  const ns = Number(isMs ? fraction.slice(0, 6) : fraction.slice(3, 9));
  if (match[1] === '') return { ms, ns };
  return ns === 0 ? { ms: 0 - ms, ns } : { ms: -ms - 1, ns: 1_000_000 - ns };
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

function secondOfDay(hour: number, minute: number, second: number): number | null {
  // A leap second is 60; it falls on the first second of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return null;
  return hour * 3600 + minute * 60 + second;
}

// Days since 1970-01-01 in the proleptic Gregorian calendar and back, after Howard Hinnant's
// "chrono-compatible low-level date algorithms": years begin in March, so that leap days come last.
function daysFromCivil(year: number, month: number, date: number): number | null {
  if (month < 1 || month > 12 || date < 1 || date > daysInMonth(year, month)) return null;
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

function civilFromDays(days: number): { year: number; month: number; date: number } {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const leaps =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36524) + Math.floor(dayOfEra / 146096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function formatSecond(second: number): string {
  const day = Math.floor(second / 86_400);
  const rest = second - day * 86_400;
  const { year, month, date } = civilFromDays(day);
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  const clock = time.map((part) => digits(part, 2)).join(':');
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}T${clock}`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
