// How long a jump to any time of a long trace takes: 1,000,000 events of 1,000 nodes that come to
// know 300 contacts each, with churn in their routing tables between messages.
import { Cursor, EVENT_TYPES, emptyRow, Trace } from '@kadscope/core/trace';
import { Rng } from '@kadscope/core/keyspace';

const EVENTS = 1_000_000;
const NODES = 1000;
const CONTACTS = 300;
const SEEKS = 500;
/** Events that a host prepares at once, within one frame. */
const SLICE = 32_768;
const STEPS_BACK = 2000;

const trace = makeTrace();
const cursor = new Cursor(trace);
const firstMs = timed(() => cursor.seek(EVENTS));
const prepared = new Cursor(trace);
const slicesMs: number[] = [];
for (let isDone = false; !isDone;) {
  slicesMs.push(timed(() => (isDone = prepared.prepare(SLICE))));
}
const firstPreparedMs = timed(() => prepared.seek(EVENTS - 1));
const rng = new Rng(1, 'seek');
const seekMs = measure(SEEKS, () => cursor.seek(rng.below(EVENTS + 1)));
cursor.seek(EVENTS);
const backMs = measure(STEPS_BACK, () => cursor.previous());

const result = {
  bench: 'seek',
  events: EVENTS,
  nodes: NODES,
  contactsPerNode: CONTACTS,
  firstSeekToEndMs: round(firstMs),
  prepare: {
    slices: slicesMs.length,
    totalMs: round(slicesMs.reduce((sum, ms) => sum + ms, 0)),
    longestMs: round(Math.max(...slicesMs)),
    firstSeekMs: round(firstPreparedMs),
  },
  seekMs,
  stepBackMs: backMs,
};
if (process.argv.includes('--json')) console.log(JSON.stringify(result));
else {
  console.log(`${EVENTS} events, ${NODES} nodes with up to ${CONTACTS} contacts each`);
  console.log(`first seek to the end  ${result.firstSeekToEndMs} ms (makes the snapshots)`);
  const { slices, totalMs, longestMs, firstSeekMs } = result.prepare;
  console.log(
    `  after prepare()      ${firstSeekMs} ms (${slices} slices, ${totalMs} ms, the longest ${longestMs} ms)`,
  );
  console.log(`seek to a random time  median ${seekMs.median} ms, max ${seekMs.max} ms`);
  console.log(`one step back          median ${backMs.median} ms, max ${backMs.max} ms`);
}

function makeTrace(): Trace {
  const made = new Trace({ title: 'seek', source: 'simulation', epochNs: 0n });
  const random = new Rng(1, 'trace');
  for (let node = 0; node < NODES; node++) made.addNode({ id: `n${node}` });
  const row = emptyRow();
  const added = EVENT_TYPES.indexOf('contactAdded');
  const removed = EVENT_TYPES.indexOf('contactRemoved');
  const sent = EVENT_TYPES.indexOf('messageSent');
  const sizes = new Int32Array(NODES);
  for (let i = 0; i < EVENTS; i++) {
    row.timeMs = i;
    row.node = random.below(NODES);
    row.peer = random.below(NODES);
    row.type = sent;
    if (i % 2 === 0) {
      row.type = sizes[row.node]! < CONTACTS || random.chance(0.5) ? added : removed;
      sizes[row.node]! += row.type === added ? 1 : -1;
    }
    made.append(row);
  }
  return made;
}

function measure(times: number, action: () => void): { median: number; max: number } {
  const samples = Array.from({ length: times }, () => timed(action)).toSorted((a, b) => a - b);
  return { median: round(samples[times >>> 1]!), max: round(samples.at(-1)!) };
}

function timed(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
