// What programs can use of the command line's parts.
export { CommandError, UsageError } from './errors.ts';
export type { ErrorFacts } from './errors.ts';
export { formatOfName, readTraceFile, readTraceFiles, writeTraceFile } from './files.ts';
export type { MergeFileOptions, TraceFile, TraceFormat, WrittenFormat } from './files.ts';
export { serveStudio } from './studio/server.ts';
export type { StudioOptions, StudioServer } from './studio/server.ts';
