// Reads files off the page and sends their trace back; several recordings become one.
import { mergeTraces, START_MARK, takeBatch, transferables } from '@kadscope/core/trace';
import type { Trace, TraceMeta } from '@kadscope/core/trace';
import { packRecords } from './packed-records.ts';
import type { PackedBatch } from './packed-records.ts';
import { FileError, readTrace } from './read-trace.ts';
import type { FileProblem, ReadProgress } from './read-trace.ts';

/** A file and what to call it. */
export interface NamedFile {
  readonly name: string;
  readonly file: Blob;
}

/** From the page to this worker: one or more files, once. */
export interface OpenRequest {
  readonly files: readonly NamedFile[];
}

/** From this worker to the page. */
export type OpenAnswer =
  | { readonly type: 'progress'; readonly progress: ReadProgress }
  | { readonly type: 'trace'; readonly meta: TraceMeta; readonly packed: PackedBatch }
  | { readonly type: 'problem'; readonly problem: FileProblem };

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<OpenRequest>) => void) | null;
  postMessage(answer: OpenAnswer, transfer?: Transferable[]): void;
};

scope.onmessage = (event) => void answer(event.data);

async function answer({ files }: OpenRequest): Promise<void> {
  const names = files.map(({ name }) => name).join(' + ');
  try {
    const traces: Trace[] = [];
    for (const { name, file } of files) {
      const onProgress = (progress: ReadProgress): void =>
        scope.postMessage({ type: 'progress', progress });
      traces.push(await readTrace(name, file, onProgress));
    }
    const trace = mergeTraces(traces);
    const packed = packRecords(takeBatch(trace, START_MARK));
    scope.postMessage({ type: 'trace', meta: trace.meta, packed }, transferables(packed.batch));
  } catch (error) {
    scope.postMessage({ type: 'problem', problem: problemOf(names, error) });
  }
}

function problemOf(file: string, error: unknown): FileProblem {
  if (error instanceof FileError) return error.details;
  const problem = error instanceof Error ? error.message : String(error);
  return { file, problem, line: null, column: null, excerpt: [] };
}
