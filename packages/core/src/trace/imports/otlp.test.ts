import { describe, expect, test } from 'vitest';
import { logRecords } from '../../../../../test/support/log-samples.ts';
import { keyToHex } from '../../keyspace/key.ts';
import type { TraceEvent } from '../event.ts';
import type { Trace } from '../trace.ts';
import { keyOfBytes, peerIdBytes, recordKeyBytes } from './id-text.ts';
import { readOtlp } from './otlp.ts';

const PEERS = [
  ...new Set(logRecords('kubo-query-timed.ndjson').map((record) => record['ID'] as string)),
];
const [SELF, A, B, C] = PEERS as [string, string, string, string];
const CID = 'bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y';
const HASH = '1220e536c7f88d731f374dccb568aff6f56e838a19382e488039b1ca8ad2599e82fe';
const START_NS = 1_790_000_000_000_000_000n;

interface Draft {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  /** Milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly attributes?: Readonly<Record<string, string | string[]>>;
  readonly more?: object;
}

const ns = (ms: number): string => String(START_NS + BigInt(Math.round(ms * 1e6)));

function attributesOf(attributes: Draft['attributes'] = {}): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } },
  }));
}

function spanOf({ id, parent, name, from, to, attributes, more }: Draft): object {
  return {
    traceId: 'AB',
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent.toUpperCase() }),
    name,
    startTimeUnixNano: ns(from),
    endTimeUnixNano: ns(to),
    attributes: attributesOf(attributes),
    ...more,
  };
}

function documentOf(drafts: Draft[], resource: Draft['attributes'] = { peer: SELF }): object {
  const scope = { name: 'go-libp2p-kad-dht' };
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope, spans: drafts.map(spanOf) }],
      },
    ],
  };
}

const read = (drafts: Draft[]): Trace => readOtlp([documentOf(drafts)], 'spans');

function events(trace: Trace): TraceEvent[] {
  return Array.from({ length: trace.length }, (_, index) => trace.event(index));
}

const withAddresses = (id: string): string => `{${id}: [/ip4/192.0.2.1/tcp/4001]}`;
const dht = (name: string): string => `KademliaDHT.IpfsDHT.${name}`;

const LOOKUP: Draft[] = [
  { id: '1', name: dht('GetClosestPeers'), from: 0, to: 100, attributes: { Key: B } },
  {
    id: '2',
    parent: '1',
    name: dht('RunLookupWithFollowup'),
    from: 1,
    to: 99,
    attributes: { Target: `z${B}` },
  },
  { id: '3', parent: '2', name: dht('RunQuery'), from: 2, to: 80 },
  spawn('4', A, SELF, 3),
  { id: '5', parent: '4', name: dht('QueryPeer'), from: 4, to: 30 },
  request(['6', '5'], A, [B, C], [5, 29]),
  spawn('7', B, A, 31),
  { id: '8', parent: '7', name: dht('QueryPeer'), from: 32, to: 70 },
  { id: '9', parent: '8', name: dht('DialPeer'), from: 33, to: 69, attributes: { PeerID: B } },
  {
    id: 'a',
    parent: '3',
    name: dht('Query.Terminate'),
    from: 79,
    to: 79,
    attributes: { Reason: 'completed' },
  },
  request(['b', '2'], C, [], [82, 95]),
];

function spawn(id: string, peer: string, cause: string, from: number): Draft {
  const attributes = { Cause: cause, QueryPeer: peer };
  return { id, parent: '3', name: dht('SpawnQuery'), from, to: from + 0.1, attributes };
}

function request(
  [id, parent]: [string, string],
  peer: string,
  peers: string[],
  [from, to]: [number, number],
): Draft {
  const name = 'KademliaDHT.ProtocolMessenger.GetClosestPeers';
  const attributes = { to: peer, key: B, peers: peers.map(withAddresses) };
  return { id, parent, name, from, to, attributes };
}

test('spans of a lookup are its events, in order of time, whatever their order in the file', () => {
  const trace = readOtlp([documentOf(LOOKUP.toReversed())], 'spans');
  const told = events(trace).map(({ type, peer, timeMs }) => [
    timeMs,
    type,
    PEERS.indexOf(trace.nodes[peer]?.id ?? ''),
  ]);
  expect(told).toEqual([
    [0, 'operationStarted', -1],
    [1, 'lookupStarted', -1],
    [3, 'lookupHeard', 1],
    [3, 'lookupQueried', 1],
    [5, 'messageSent', 1],
    [29, 'messageReceived', 1],
    [29, 'lookupAnswered', 1],
    [29, 'lookupHeard', 2],
    [29, 'lookupHeard', 3],
    [31, 'lookupQueried', 2],
    [33, 'nodeDialed', 2],
    // Nothing was sent to it, so it could not be dialed.
    [70, 'requestFailed', 2],
    [70, 'lookupFailed', 2],
    // The rest of the closest nodes is asked after the end of the query, but within the lookup.
    [82, 'lookupQueried', 3],
    [82, 'messageSent', 3],
    [95, 'messageReceived', 3],
    [95, 'lookupAnswered', 3],
    [99, 'lookupFinished', -1],
    [100, 'operationFinished', -1],
  ]);
  expect(trace.event(9).cause).toBe(6);
  expect(trace.event(11)).toMatchObject({ detail: 'unreachable' });
  expect(trace.event(17)).toMatchObject({ detail: 'closest-answered', count: 3, cause: 16 });
  // The key of the lookup is that of the operation, though one is written as multibase.
  expect(trace.keys.map(keyToHex)).toEqual([keyToHex(keyOfBytes(peerIdBytes(B)!))]);
  expect(trace.operations).toMatchObject([{ kind: 'findNode', key: 0 }]);
  expect(trace.lookups).toMatchObject([{ node: 0, key: 0, operation: 0 }]);
  expect(trace.nodes[0]!.id).toBe(SELF);
  expect(trace.meta.epochNs).toBe(START_NS);
});

test('spans that only hold others together are counted, and who made them is kept', () => {
  const trace = read(LOOKUP);
  expect(trace.notes).toEqual([
    'Spans that only hold others together are not shown: 1 IpfsDHT.RunQuery, 2 IpfsDHT.QueryPeer.',
  ]);
  expect(trace.meta.extra?.['resources']).toMatchObject([
    { resource: {}, scopes: [{ scope: { name: 'go-libp2p-kad-dht' } }] },
  ]);
});

test('a node that does not say who it is lets the first query of a lookup go', () => {
  const trace = readOtlp([documentOf(LOOKUP, { 'service.name': 'Kubo' })], 'spans');
  expect(trace.nodes[trace.get('node', 0)]!.id).toBe(SELF);
  // Of a lookup that began before the file, nobody knows the first query.
  const cut = readOtlp([documentOf(LOOKUP.slice(2), { 'service.name': 'Kubo' })], 'spans');
  expect(cut.nodes[cut.get('node', 0)]!.id).toBe('Kubo');
});

describe('operations', () => {
  const operation = (name: string, attributes: Draft['attributes'], more?: object): Draft => ({
    id: '1',
    name,
    from: 0,
    to: 9,
    attributes: attributes ?? {},
    ...(more !== undefined && { more }),
  });

  test.each([
    ['IpfsDHT.FindProvidersAsync', 'findProviders'],
    ['FullRT.Provide', 'provide'],
    ['ComposableParallel.SearchValue', 'getValue'],
    ['KademliaDHT.IpfsDHT.PutValue', 'putValue'],
    ['IpfsDHT.Bootstrap', 'bootstrap'],
  ])('%s is %s', (name, kind) => {
    const trace = read([operation(name, { key: CID })]);
    expect(trace.operations).toMatchObject([{ kind }]);
    expect(trace.keys.map(keyToHex)).toEqual([keyToHex(keyOfBytes(recordKeyBytes(CID)!))]);
  });

  test('the outermost method is the operation', () => {
    const inner = { ...operation('IpfsDHT.GetValue', {}), id: '2', parent: '1' };
    const trace = read([operation('Tiered.GetValue', { key: 'uL2lwbnMv' }), inner]);
    expect(trace.operations).toHaveLength(1);
    expect(trace.notes.join()).toContain('1 IpfsDHT.GetValue');
  });

  test('the peer that is looked for is a node', () => {
    const trace = read([operation('IpfsDHT.FindPeer', { key: A })]);
    expect(trace.nodes.map(({ id }) => id)).toEqual([SELF, A]);
    expect(trace.event(0)).toMatchObject({ peer: 1 });
  });

  test('a provider that several spans tell of is found once', () => {
    const found = (attributes: Draft['attributes'], ms: number): object => ({
      events: [
        { name: 'found provider', timeUnixNano: ns(ms), attributes: attributesOf(attributes) },
      ],
    });
    const outer = operation('IpfsDHT.FindProvidersAsync', { key: CID }, found({ id: A }, 5));
    const routine = {
      ...operation(dht('FindProvidersAsyncRoutine'), {}, found({ peer: A, from: B }, 4)),
      id: '2',
      parent: '1',
    };
    const trace = read([outer, routine]);
    const results = events(trace).filter(({ type }) => type === 'operationProgressed');
    expect(results).toMatchObject([{ timeMs: 4, detail: 'provider', count: 1 }]);
    expect(trace.operations[0]!.outcome).toBe('found');
  });

  test.each([
    [{ code: 2, message: 'routing: not found' }, 'not-found'],
    [{ code: 'STATUS_CODE_ERROR', message: 'no' }, 'failed'],
    [{ code: 1 }, 'not-found'],
    [{}, 'not-found'],
  ])('the status %j is the outcome %s', (status, outcome) => {
    const trace = read([operation('IpfsDHT.FindPeer', { key: A }, { status })]);
    expect(trace.operations[0]!.outcome).toBe(outcome);
  });
});

test('requests outside of lookups are messages; nobody answers PutProvider', () => {
  const messenger = (id: string, name: string, more = {}): Draft => ({
    id,
    parent: '1',
    name: `KademliaDHT.ProtocolMessenger.${name}`,
    from: 1,
    to: 5,
    attributes: { to: A, key: HASH },
    more,
  });
  const trace = read([
    { id: '1', name: 'IpfsDHT.Provide', from: 0, to: 9, attributes: { key: CID } },
    messenger('2', 'PutProvider'),
    messenger('3', 'PutValue'),
    messenger('4', 'Ping', { status: { code: 2, message: 'i/o timeout' } }),
  ]);
  expect(events(trace).map(({ type, kind, detail }) => [type, kind, detail])).toEqual([
    ['operationStarted', 'other', 'provide'],
    ['messageSent', 'add-provider', null],
    ['messageSent', 'put-value', null],
    ['messageSent', 'ping', null],
    ['requestDelivered', 'add-provider', null],
    ['messageReceived', 'put-value', null],
    ['requestFailed', 'other', 'timeout'],
    ['operationFinished', 'other', 'stored'],
  ]);
});

test('spans of other programs are kept as they are', () => {
  const draft: Draft = { id: '1', name: 'Bitswap.GetBlock', from: 0, to: 1 };
  const trace = readOtlp([documentOf([draft], { 'service.name': 'Kubo' }), { other: 1 }], 'spans');
  expect(events(trace).map(({ type, detail, data }) => [type, detail, data])).toEqual([
    ['unknown', null, { log: { other: 1 } }],
    ['unknown', 'Bitswap.GetBlock', { log: spanOf(draft) }],
  ]);
  expect(trace.nodes).toEqual([{ id: 'Kubo' }]);
  expect(trace.notes).toEqual([
    'The spans of “Kubo” do not say which peer made them, so it has no place in the keyspace.',
    'Record 2: this is no document of OTLP traces; it is kept as it is.',
  ]);
});

describe('times', () => {
  const draft = (id: string, more: object): Draft => ({ id, name: 'X.Y', from: 1, to: 2, more });

  test('may be numbers, as some exporters write them, and keep their nanoseconds as text', () => {
    const trace = read([
      draft('1', { startTimeUnixNano: 1_790_000_000_000_000_000 }),
      draft('2', { startTimeUnixNano: '1790000000000000789' }),
    ]);
    expect([trace.get('timeNs', 0), trace.get('timeNs', 1)]).toEqual([0, 789]);
  });

  test.each([['soon'], [-1], [0], ['99999999999999999999'], [1.5], [null]])(
    'that cannot be read (%j) put a span at the start, with a note',
    (startTimeUnixNano) => {
      const trace = read([draft('1', {}), draft('2', { startTimeUnixNano })]);
      expect(trace.length).toBe(2);
      expect(trace.endMs).toBe(0);
      expect(trace.notes.join()).toContain('without a time');
    },
  );
});

test('spans that are each other’s parents are read as if they had none', () => {
  const circle = (id: string, parent: string): Draft => ({
    id,
    parent,
    name: 'IpfsDHT.FindPeer',
    from: 0,
    to: 1,
    attributes: { key: A },
  });
  const trace = read([circle('1', '2'), circle('2', '1'), circle('3', '3')]);
  expect(trace.operations.length).toBeGreaterThan(0);
});
