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
