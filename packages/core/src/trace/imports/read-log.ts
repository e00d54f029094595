// Traces out of text: NetVis files, and the logs of other programs, told by what is in them.
import { parseJsonText } from '../json-records.ts';
import type { JsonText } from '../json-records.ts';
import { readNetVisJson } from '../netvis-read.ts';
import type { NetVisReadOptions } from '../netvis-read.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import type { Trace } from '../trace.ts';
import { isKuboEvent } from './kubo-events.ts';
import { readKubo } from './kubo.ts';
import type { LogFormat } from './log-trace.ts';
import { isLookupEvent, readLookupEvents } from './lookup-events.ts';
import { isOtlp } from './otlp-spans.ts';
import { readOtlp } from './otlp.ts';
import { isRecordedEvent, readQueryEvents } from './query-events.ts';

/** A trace, and what it was read from. */
export interface TextTrace {
  readonly trace: Trace;
  readonly format: LogFormat | 'netvis';
}

interface LogKind {
  readonly format: LogFormat;
  /** Whether a record is one of this format. */
  readonly recognises: (record: NetVisRecord) => boolean;
  readonly read: (records: readonly unknown[], title: string) => Trace;
}

const KINDS: readonly LogKind[] = [
  { format: 'otlp', recognises: isOtlp, read: readOtlp },
  { format: 'query-events', recognises: isRecordedEvent, read: readQueryEvents },
  { format: 'lookup-events', recognises: isLookupEvent, read: readLookupEvents },
  { format: 'kubo', recognises: isKuboEvent, read: readKubo },
];

/** Records that are looked at: a log may begin with a line of something else, and a file of something else may be long. */
const LOOKED_AT_MAX = 10;

/**
 * Reads a NetVis file or a log of another program. Throws a `TraceFormatError` with line and column when the
 * text is neither.
 */
export function readTraceText(text: string, options: NetVisReadOptions = {}): TextTrace {
  const json = parseJsonText(text);
  const records = recordsOf(json);
  const kind = kindOf(records);
  if (kind === undefined) return { trace: readNetVisJson(json, options), format: 'netvis' };
  return { trace: kind.read(records, options.title ?? 'a log'), format: kind.format };
}

function recordsOf(json: JsonText): readonly unknown[] {
  if (json.shape === 'lines') return json.records;
  return Array.isArray(json.value) ? json.value : [json.value];
}

/** The format of the first record that is one of a log; records with an "event" are NetVis's. */
function kindOf(records: readonly unknown[]): LogKind | undefined {
  for (const record of records.slice(0, LOOKED_AT_MAX)) {
    if (!isRecord(record)) continue;
    if ('event' in record) return undefined;
    const kind = KINDS.find(({ recognises }) => recognises(record));
    if (kind !== undefined) return kind;
  }
  return undefined;
}
