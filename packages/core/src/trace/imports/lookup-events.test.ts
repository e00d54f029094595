import { expect, test } from 'vitest';
import { logRecords } from '../../../../../test/support/log-samples.ts';
import { keyToHex } from '../../keyspace/key.ts';
import { readLookupEvents } from './lookup-events.ts';

type Fields = Record<string, unknown>;

const SAMPLE = logRecords('go-lookup-events.ndjson');
const SEED = SAMPLE[0] as { Node: Fields; Key: Fields; Response: { Heard: Fields[] } };
const SELF = SEED.Node;
const [A, B, C] = SEED.Response.Heard as [Fields, Fields, Fields];

function event(parts: Fields, ID = 'one'): Fields {
  return {
    Node: SELF,
    ID,
    Key: SEED.Key,
    Request: null,
    Response: null,
    Terminate: null,
    ...parts,
  };
}

function update(fields: Fields): Fields {
  const none = { Heard: [], Waiting: [], Queried: [], Unreachable: [] };
  return { Cause: null, Source: null, ...none, ...fields };
}

const seeds = (heard: Fields[]): Fields =>
  event({ Response: update({ Cause: SELF, Source: SELF, Heard: heard }) });
const asks = (peer: Fields, cause: Fields): Fields =>
  event({ Request: update({ Cause: cause, Source: SELF, Waiting: [peer] }) });
const answers = (peer: Fields, heard: Fields[]): Fields =>
  event({ Response: update({ Cause: peer, Source: peer, Heard: heard, Queried: [peer] }) });
const ends = (Reason: unknown): Fields => event({ Terminate: { Reason } });

test('a lookup is seeded, asks, hears and ends; a request follows from the answer that let it go', () => {
  const records = [seeds([A, B]), asks(A, SELF), asks(B, SELF), answers(A, [B, C]), answers(B, [])];
  const trace = readLookupEvents([...records, asks(C, A), ends('completed')], 'log');
  const events = Array.from({ length: trace.length }, (_, i) => trace.event(i));
  expect(events.map(({ type }) => type)).toEqual([
    'lookupStarted',
    'lookupHeard',
    'lookupHeard',
    'lookupQueried',
    'messageSent',
    'lookupQueried',
    'messageSent',
    'messageReceived',
    'lookupAnswered',
    'lookupHeard',
    'messageReceived',
    'lookupAnswered',
    'lookupQueried',
    'messageSent',
    'lookupFinished',
  ]);
  expect(events[8]).toMatchObject({ count: 2, hop: 1, cause: 7 });
  expect(events[9]).toMatchObject({ hop: 2, cause: 8 });
  // C is asked because of A's answer, though B's came later.
  expect(events[12]).toMatchObject({ hop: 2, cause: 8 });
  expect(events[14]).toMatchObject({ count: 3, detail: 'closest-answered' });
});

test.each([
  ['completed', 'closest-answered'],
  ['stopped', 'satisfied'],
  ['cancelled', 'cancelled'],
  ['starvation', 'nobody-answered'],
  ['tired', 'tired'],
  [3, null],
])('the reason %j is %j', (reason, detail) => {
  const trace = readLookupEvents([seeds([A]), ends(reason)], 'log');
  expect(trace.event(trace.length - 1)).toMatchObject({ type: 'lookupFinished', detail });
});

test('whoever is left alone after answers has asked everybody', () => {
  const trace = readLookupEvents(
    [seeds([A]), asks(A, SELF), answers(A, []), ends('starvation')],
    '',
  );
  expect(trace.event(trace.length - 1).detail).toBe('closest-answered');
});

test('a node that cannot be reached fails its request', () => {
  const failed = event({ Response: update({ Cause: A, Source: A, Unreachable: [A] }) });
  const trace = readLookupEvents([seeds([A]), asks(A, SELF), failed], 'log');
  expect(trace.event(4)).toMatchObject({ type: 'requestFailed', detail: 'unreachable', cause: 3 });
  expect(trace.event(5)).toMatchObject({ type: 'lookupFailed', cause: 4 });
});

test('lookups are told apart by their ids, and by who looks up', () => {
  const other = { ...event({}), Node: A, Response: update({ Heard: [B] }) };
  const trace = readLookupEvents(
    [seeds([A]), event({ Response: update({}) }, 'two'), other],
    'log',
  );
  expect(trace.lookups.map(({ node }) => node)).toEqual([0, 0, 1]);
});

test('the target is the point of the keyspace, because the name of a key is damaged by its way through JSON', () => {
  const trace = readLookupEvents([seeds([A])], 'log');
  expect(Buffer.from(trace.keys[0]!).toString('base64')).toBe(SEED.Key['Kad']);
  const named = { ...seeds([A]), Key: { Key: `/ipns/${SELF['Peer'] as string}` } };
  expect(readLookupEvents([named], 'log').keys).toHaveLength(1);
  const nothing = readLookupEvents([{ ...seeds([A]), Key: { Key: 'x', Kad: 'AAAA' } }], 'log');
  expect(nothing.lookups[0]!.key).toBe(-1);
  expect(nothing.notes.join()).toContain('the event does not say what is looked up');
});

test('a point that does not fit its peer is believed, and noted', () => {
  const Kad = A['Kad'] as string;
  const trace = readLookupEvents([seeds([{ Peer: B['Peer'], Kad }])], 'log');
  expect(Buffer.from(trace.nodes[1]!.key!).toString('base64')).toBe(Kad);
  expect(keyToHex(trace.nodes[1]!.key!)).toHaveLength(64);
  expect(trace.notes.join()).toContain('elsewhere in the keyspace');
});

test('times are read where somebody added them', () => {
  const at = (Time: string): Fields => ({ ...seeds([A]), Time });
  const trace = readLookupEvents([at('2026-10-05T09:30:00.5Z'), at('2026-10-05T09:30:02Z')], 'log');
  expect(trace.endMs).toBe(1500);
  expect(readLookupEvents([seeds([A])], 'log').notes.join()).toContain('names no times');
});

test('events without a node, and peers without an id, are noted', () => {
  const trace = readLookupEvents(
    [{ ...seeds([A]), Node: {} }, seeds([{ Peer: '' }]), event({ Response: update({ Heard: 7 }) })],
    'log',
  );
  expect(trace.type(0)).toBe('unknown');
  expect(trace.notes.slice(1)).toEqual([
    'Records 1, 2: a peer has no id; it is left out.',
    'Record 1: the event does not say who looks up; it is kept as it is.',
    'Record 3: a list of peers is no list; it is taken as empty.',
  ]);
});
