// What hashing a trace costs per row, as a simulation without a trace in memory does it.
import { emptyRow, EVENT_TYPES, TraceHasher } from '@kadscope/core/trace';

const ROWS = 3_000_000;
const REASONS = ['timeout', 'closest-answered', null, null];

run(ROWS / 10);
const nsPerRow = Math.round(run(ROWS));
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ bench: 'hash', rows: ROWS, nsPerRow }));
else console.log(`${ROWS} rows: ${nsPerRow} ns a row`);

function run(rows: number): number {
  const hasher = new TraceHasher();
  for (let key = 0; key < 100; key++) hasher.addKey(Uint8Array.of(key));
  const row = emptyRow();
  const start = performance.now();
  for (let i = 0; i < rows; i++) {
    row.timeMs = i >>> 4;
    row.timeNs = i & 0xffff;
    row.type = i % EVENT_TYPES.length;
    row.node = i % 1000;
    row.peer = (i * 7) % 1000;
    row.rpc = i >>> 1;
    row.key = i % 100;
    row.detail = REASONS[i & 3]!;
    hasher.append(row);
  }
  const elapsed = performance.now() - start;
  if (hasher.digest().length !== 16) throw new Error('a digest has 16 digits');
  return (elapsed * 1e6) / rows;
}
