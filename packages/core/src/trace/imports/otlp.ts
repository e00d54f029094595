// Reads spans of go-libp2p-kad-dht (Kubo and whatever else uses it) in OTLP JSON.
//
// Which span says what:
//   IpfsDHT.FindProvidersAsync, FindPeer, Provide, GetValue … (the outermost)   an operation
//   IpfsDHT.RunLookupWithFollowup {Target}                                     a lookup
//   IpfsDHT.SpawnQuery {Cause, QueryPeer}                                      who is asked, and because of whom
//   ProtocolMessenger.GetClosestPeers {to, peers} and its like                 a request and its answer
//   IpfsDHT.Query.Terminate {Reason}                                           why a lookup ended
//   events "found provider", "found peer", "found value"                       results
// Spans that only hold these together are counted in a note; all others are kept as events that no vocabulary knows.
import { instantFromNs } from '../instant.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import { Notes } from '../notes.ts';
import type { Trace } from '../trace.ts';
import { LogTrace } from './log-trace.ts';
import { momentsOf } from './otlp-moments.ts';
import { SpanReader } from './otlp-reader.ts';
import { isOtlp, originsOf, spansOf } from './otlp-spans.ts';

/** The trace of documents of spans. */
export function readOtlp(records: readonly unknown[], title: string): Trace {
  const notes = new Notes();
  const documents = records.filter((record) => isRecord(record) && isOtlp(record));
  const spans = spansOf(documents as NetVisRecord[], notes);
  const moments = momentsOf(spans);
  const epoch = { ms: instantFromNs(moments[0]?.ns ?? 0n).ms, ns: 0 };
  const extra = { resources: originsOf(documents as NetVisRecord[]) };
  const log = new LogTrace({ title, format: 'otlp', epoch, notes, extra });
  const reader = new SpanReader(log, spans);
  log.moveTo(epoch);
  records.forEach((record, i) => {
    if (isRecord(record) && isOtlp(record)) return;
    notes.add(i + 1, 'this is no document of OTLP traces; it is kept as it is');
    log.begin(record);
    log.end(null, -1);
  });
  for (const moment of moments) {
    log.moveTo(instantFromNs(moment.ns));
    reader.read(moment);
  }
  reader.noteSkipped();
  log.trace.notes.push(...notes.list());
  return log.trace;
}
