// Small values that the session holds.

/** What was chosen; `system` follows the system's setting. */
export type Theme = 'system' | 'dark' | 'light';

/** One message to the user, shown until it is dismissed or replaced. */
export interface Notice {
  readonly tone: 'info' | 'warning' | 'error';
  readonly text: string;
}

/** A part of the trace's time, both ends in milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Events prepared at once: some 5 ms, so that a frame can hold it. */
export const PREPARED_EVENTS = 16_384;

/** How long a playing head shows one event in words. */
export const READ_MS = 200;

/** Pins are for comparing a few things side by side. */
export const PINS_MAX = 4;
