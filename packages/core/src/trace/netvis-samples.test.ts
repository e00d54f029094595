// The samples of the original NetVis, where they are at hand: they are not ours to publish.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Cursor } from './cursor.ts';
import { describeEvent } from './describe.ts';
import { contentsOf } from './netvis-record.ts';
import { readNetVis } from './netvis-read.ts';
import { writeNetVis } from './netvis-write.ts';

const samples = new URL('../../../../../shared/data/netvis/', import.meta.url);
const hasSamples = existsSync(samples);
const sample = (name: string): string => readFileSync(new URL(name, samples), 'utf8');

test.skipIf(!hasSamples)(
  'lotr.netvis has 5 nodes, 5 messages of which 2 never arrive, and 1 connection',
  () => {
    const trace = readNetVis(sample('lotr.netvis'));
    expect(trace.length).toBe(11);
    const names = ['Gandalf', 'Legolas', 'Rivendell, the house of Elrond', 'Boromir', 'Gimli'];
    expect(trace.nodes.map((node) => node.id)).toEqual(names);
    expect(trace.messageCount).toBe(5);
    const open = [...trace.messages.subarray(0, 5)].filter((index) => trace.get('end', index) < 0);
    expect(open).toHaveLength(2);
    const cursor = new Cursor(trace);
    expect(cursor.state.presentCount()).toBe(4);
    cursor.seek(trace.length);
    expect([...cursor.state.connectionsOf(0)]).toEqual([1]);
    expect(cursor.state.isPresent(3), 'Gandalf says that Boromir left').toBe(false);
    expect(contentsOf(trace.event(2).data)).toBe('The ring is back!');
    expect(describeEvent(trace, 2)).toBe('Gandalf sent the message “join” to Legolas.');
    expect(JSON.parse(writeNetVis(trace))).toEqual(JSON.parse(sample('lotr.netvis')));
  },
);

test.skipIf(!hasSamples)('earth.json has 2 nodes and 2 messages', () => {
  const trace = readNetVis(sample('earth.json'));
  expect(trace.nodes).toHaveLength(2);
  expect(trace.nodes[0]).toMatchObject({ label: 'Earth' });
  expect([0, 1, 2].map((index) => trace.type(index))).toEqual([
    'nodeEntered',
    'messageSent',
    'messageReceived',
  ]);
  expect(trace.event(2)).toMatchObject({ node: 0, peer: 1, message: -1, timeMs: 923, timeNs: 3 });
  expect(readNetVis(sample('earth.json'), { mode: 'strict' }).nodes).toHaveLength(3);
});

test.skipIf(!hasSamples)('the older samples open', () => {
  const mercury = readNetVis(sample('mercury.json'));
  expect(mercury.meta.title).toBe('Mercury logs');
  expect(mercury.nodes.map((node) => node.label)).toEqual([
    'Mercury',
    'Venus',
    'Earth',
    'Mars',
    'Jupiter',
  ]);
  expect(mercury.messageCount).toBe(1);
  expect([mercury.type(0), mercury.type(1)]).toEqual(['nodeEntered', 'messageSent']);
  expect(readNetVis(sample('example.json')).nodes).toHaveLength(5);
});

test.skipIf(!hasSamples)('jupiter.json is refused at the exact place, with what to do', () => {
  expect(() => readNetVis(sample('jupiter.json'))).toThrow(
    'line 9, column 15: a list has no named fields; put { and } around the fields of each entry',
  );
});
