import { describe, expect, it } from 'vitest';
import { keyFromBits } from '@kadscope/core/keyspace';
import { Trace } from '@kadscope/core/trace';
import { chord, hasKeys, layoutRing, nodeAt, pointAt, pointOnChord } from './ring-layout.ts';

const circle = { x: 100, y: 100, radius: 50 };

function ring(bits: readonly string[]): Trace {
  const trace = new Trace({ title: '', source: 'file', epochNs: 0n });
  for (const each of bits) trace.addNode({ id: each, key: keyFromBits(each) });
  return trace;
}

describe('the ring', () => {
  const trace = ring(['11000000', '00000000', '10000000']);

  it('puts keys clockwise from the top, in proportion to the keyspace', () => {
    const layout = layoutRing(trace, 'keyspace');
    expect([...layout.turns]).toEqual([0.75, 0, 0.5]);
    expect([...layout.sequence]).toEqual([1, 2, 0]);
    expect(pointAt(circle, 0)).toEqual({ x: 100, y: 50 });
    expect(pointAt(circle, 0.25).x).toBeCloseTo(150);
  });

  it('keeps the order of loading where it is wanted, or where there are no keys', () => {
    expect([...layoutRing(trace, 'load').sequence]).toEqual([0, 1, 2]);
    const named = new Trace({ title: '', source: 'netvis', epochNs: 0n });
    named.addNode({ id: 'Gandalf' });
    expect(hasKeys(named)).toBe(false);
    expect(layoutRing(named, 'keyspace').order).toBe('load');
  });

  it('finds the node near a point of the circle, also across the top', () => {
    const layout = layoutRing(trace, 'keyspace');
    expect(nodeAt(layout, circle, { x: 97, y: 51 }, 8)).toBe(1);
    expect(nodeAt(layout, circle, { x: 51, y: 102 }, 8)).toBe(0);
    expect(nodeAt(layout, circle, { x: 150, y: 100 }, 8)).toBe(-1);
    expect(nodeAt(layout, circle, { x: 100, y: 100 }, 8)).toBe(-1);
  });

  it('bends chords to the centre: wholly in the classic look', () => {
    const [from, to] = [pointAt(circle, 0), pointAt(circle, 0.5)];
    const classic = chord(circle, from, pointAt(circle, 0.25), 1);
    expect(classic.control1).toEqual({ x: 100, y: 100 });
    expect(pointOnChord(classic, 0)).toEqual(from);
    const half = pointOnChord(chord(circle, from, to), 0.5);
    expect(half.x).toBeCloseTo(100);
    expect(half.y).toBeCloseTo(100);
  });
});
