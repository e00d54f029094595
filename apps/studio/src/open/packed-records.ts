// The records of a NetVis file on their way from the worker to the page.
//
// Cloning a hundred thousand small objects takes longer than reading the file did. So they travel as a
// few long texts, which cost nothing to send, and the page parses the one that holds a record when
// somebody looks at it.
import type { TraceBatch } from '@kadscope/core/trace';

/** Records in one text: parsing it takes about a millisecond. */
const RECORDS_PER_TEXT = 512;

/** A batch whose attachments are texts. */
export interface PackedBatch {
  readonly batch: TraceBatch;
  /** JSON lists of records; `null` when the attachments travel as they are. */
  readonly texts: readonly string[] | null;
  readonly count: number;
}

/** Packs the attachments, when all of them are records of a file. */
export function packRecords(batch: TraceBatch): PackedBatch {
  const { attachments } = batch;
  if (!attachments.every(isNetVisData)) return { batch, texts: null, count: 0 };
  const texts: string[] = [];
  for (let from = 0; from < attachments.length; from += RECORDS_PER_TEXT) {
    const records = attachments.slice(from, from + RECORDS_PER_TEXT).map(({ netvis }) => netvis);
    texts.push(JSON.stringify(records));
  }
  return { batch: { ...batch, attachments: [] }, texts, count: attachments.length };
}

/** The batch as it was; each record is parsed when it is read. */
export function unpackRecords({ batch, texts, count }: PackedBatch): TraceBatch {
  if (texts === null) return batch;
  const lists = new Map<number, readonly unknown[]>();
  const record = (index: number): unknown => {
    const at = Math.floor(index / RECORDS_PER_TEXT);
    let list = lists.get(at);
    if (list === undefined) {
      list = JSON.parse(texts[at]!) as unknown[];
      lists.set(at, list);
    }
    return list[index % RECORDS_PER_TEXT];
  };
  const attachments = Array.from({ length: count }, (_, index) => ({
    get netvis(): unknown {
      return record(index);
    },
  }));
  return { ...batch, attachments };
}

function isNetVisData(data: unknown): data is { readonly netvis: unknown } {
  return (
    typeof data === 'object' && data !== null && 'netvis' in data && Object.keys(data).length === 1
  );
}
