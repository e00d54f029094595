// Reads one file off the page and sends its trace back.
import { START_MARK, takeBatch, transferables } from '@kadscope/core/trace';
import type { TraceMeta } from '@kadscope/core/trace';
import { packRecords } from './packed-records.ts';
import type { PackedBatch } from './packed-records.ts';
import { FileError, readTrace } from './read-trace.ts';
import type { FileProblem, ReadProgress } from './read-trace.ts';

/** From the page to this worker: one file, once. */
export interface OpenRequest {
  readonly name: string;
  readonly file: Blob;
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

async function answer({ name, file }: OpenRequest): Promise<void> {
  try {
    const trace = await readTrace(name, file, (progress) =>
      scope.postMessage({ type: 'progress', progress }),
    );
    const packed = packRecords(takeBatch(trace, START_MARK));
    scope.postMessage({ type: 'trace', meta: trace.meta, packed }, transferables(packed.batch));
  } catch (error) {
    const problem: FileProblem =
      error instanceof FileError
        ? error.details
        : { file: name, problem: String(error), line: null, column: null, excerpt: [] };
    scope.postMessage({ type: 'problem', problem });
  }
}
