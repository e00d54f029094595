// JSON of whatever may be attached to events.

/**
 * The JSON of a value; `undefined` for what has none, such as `undefined`. Live nodes may attach 64-bit
 * numbers, for which JSON has no word: they become text.
 */
export function toJson(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'bigint' ? String(part) : part,
    );
  }
}
