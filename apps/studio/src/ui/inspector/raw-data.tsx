// What no column holds: contents of a message, fields of a foreign format, as they were.
import type { VNode } from 'preact';
import { recordOf } from '@kadscope/core/trace';

/** Longer data would push everything else out of the pane. */
const CHARACTERS_MAX = 4000;

interface RawDataProps {
  readonly data: unknown;
  /** Shown at once, where it says more than the columns. */
  readonly isOpen?: boolean;
}

export function RawData({ data, isOpen = false }: RawDataProps): VNode | null {
  if (data === undefined || data === null) return null;
  const record = recordOf(data) ?? data;
  const text = typeof record === 'string' ? record : toJson(record);
  const isCut = text.length > CHARACTERS_MAX;
  return (
    <details class="raw-data" open={isOpen}>
      <summary>as recorded</summary>
      <pre tabIndex={0}>{isCut ? `${text.slice(0, CHARACTERS_MAX)}…` : text}</pre>
    </details>
  );
}

function toJson(data: unknown): string {
  const plain = (_: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Uint8Array ? `${value.length} bytes` : value;
  };
  return JSON.stringify(data, plain, 2) ?? String(data);
}
