// The trace: one vocabulary, columns in memory, and what reads and writes them.
export {
  EVENT_TYPES,
  MESSAGE_CLASSES,
  MESSAGE_KINDS,
  messageClass,
  OPERATION_KINDS,
} from './event.ts';
export type { EventType, MessageClass, MessageKind, OperationKind, TraceEvent } from './event.ts';
export { STEP_IDS, STEPS } from './steps.ts';
export type { Step, StepId } from './steps.ts';
export { emptyRow } from './sink.ts';
export type { Row, RowSink, StepFields, TraceSink } from './sink.ts';
export { Reporter } from './reporter.ts';
export { LiveTrace } from './live.ts';
export type { LiveHost, LiveMessage, LiveTraceOptions } from './live.ts';
export { decodeBatch, encodeBatch } from './batch-bytes.ts';
export { CHUNK_ROWS, COLUMN_NAMES } from './columns.ts';
export type { ColumnName, Columns } from './columns.ts';
export { rowOf, simpleRow, Trace } from './trace.ts';
export type { NodeInfo, TraceMeta } from './trace.ts';
export type { LookupInfo, OperationInfo } from './trace-index.ts';
export { IntList } from './int-list.ts';
export { Cursor } from './cursor.ts';
export type { TraceState } from './state.ts';
export { keyName, leadingBits, nodeName, shortId, shortKey } from './names.ts';
export { applyBatch, START_MARK, takeBatch, transferables } from './batch.ts';
export type { TraceBatch, TraceMark } from './batch.ts';
export { hashTrace, TeeSink, TraceHasher } from './hash.ts';
export { eventToText, traceToText } from './text.ts';
export type { TextOptions } from './text.ts';
export { describeEvent, explainCause, requestOf } from './describe.ts';
export { TraceFormatError } from './format-error.ts';
export type { TextPosition } from './format-error.ts';
export { readNetVis, readNetVisValue } from './netvis-read.ts';
export type { NetVisReadOptions } from './netvis-read.ts';
export { readTraceText } from './imports/read-log.ts';
export type { TextTrace } from './imports/read-log.ts';
export type { LogData, LogFormat } from './imports/log-trace.ts';
export { netVisPieces, netVisWarnings, writeNetVis } from './netvis-write.ts';
export type { NetVisWriteOptions } from './netvis-write.ts';
export { mergeTraces } from './merge.ts';
export type { MergeOptions } from './merge.ts';
export { contentsOf, recordOf } from './netvis-record.ts';
export type { NetVisData, NetVisOrigin, NetVisRecord, NetVisShape } from './netvis-record.ts';
export { decodeMeta, decodeNode, encodeMeta, encodeNode } from './netvis-own.ts';
export { formatInstant, instantAfter, instantFromNs } from './instant.ts';
export type { Instant } from './instant.ts';
