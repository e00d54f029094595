import { describe, expect, it } from 'vitest';
import { keyFromBits } from '@kadscope/core/keyspace';
import { Cursor, EVENT_TYPES, simpleRow, Trace } from '@kadscope/core/trace';
import type { TraceState } from '@kadscope/core/trace';
import { closestNodes, contactsByBits, countAtBits } from './neighbours.ts';

const BITS = ['00000000', '00000001', '00010000', '10000000', '11111111'];

function network(): { trace: Trace; state: TraceState } {
  const trace = new Trace({ title: '', source: 'file', epochNs: 0n });
  for (const bits of BITS) trace.addNode({ id: bits, key: keyFromBits(bits) });
  const added = EVENT_TYPES.indexOf('contactAdded');
  trace.append({ ...simpleRow(0, 'contactAdded', 0), type: added, peer: 1 });
  trace.append({ ...simpleRow(0, 'contactAdded', 0), type: added, peer: 3 });
  trace.append(simpleRow(1, 'nodeExited', 4));
  const cursor = new Cursor(trace);
  cursor.seek(trace.length);
  return { trace, state: cursor.state };
}

describe('neighbours', () => {
  const { trace, state } = network();

  it('are those whose XOR distance is smallest, nearest first, present ones only', () => {
    expect(closestNodes(trace, state, keyFromBits('00010001'), 2)).toEqual([2, 1]);
    expect(closestNodes(trace, state, keyFromBits('11111111'), 9)).toEqual([3, 2, 1, 0]);
  });

  it('are counted by shared bits: those a node knows, of those that there are', () => {
    const rows = contactsByBits(trace, state, 0).filter(({ existing }) => existing > 0);
    expect(rows).toEqual([
      { bits: 0, contacts: 1, existing: 1 },
      { bits: 3, contacts: 0, existing: 1 },
      { bits: 7, contacts: 1, existing: 1 },
    ]);
    expect(countAtBits(trace, state, keyFromBits('00000000'), 0)).toBe(1);
  });
});
