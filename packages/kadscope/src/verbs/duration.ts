// Durations as Go's programs take them.
import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
/** What a timer of the system can wait at most. */
const LONGEST_MS = 2_147_483_647;

/**
 * Milliseconds of a duration such as `30s`, `1m30s` or `500ms`. Throws an `InvalidArgumentError` at anything else.
 *
 * @example
 * ```ts
 * parseDuration('1m30s') // 90000
 * ```
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(PART)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!, 0);
  if (parts.map(([part]) => part).join('') === text && ms >= 1 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('It must be a duration such as 30s, 1m30s or 500ms.');
}

/** A duration in words that are short: `1.2 s`, `35 ms`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
