// What no column holds: contents of a message, fields of a foreign format, as they were.
import type { VNode } from 'preact';

/** Longer data would push everything else out of the pane. */
const CHARACTERS_MAX = 4000;

export function RawData({ data }: { readonly data: unknown }): VNode | null {
  if (data === undefined || data === null) return null;
  const text = typeof data === 'string' ? data : toJson(data);
  const isCut = text.length > CHARACTERS_MAX;
  return (
    <details class="raw-data">
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
