// What real nodes do, as a trace.
import { hashTrace, LiveTrace } from '@kadscope/core/trace';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { expect, test } from 'vitest';
import { connect, ours, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';

const NODES = 6;

test('nodes of one process record one trace: every message with where it came from and where it arrived', async () => {
  const live = new LiveTrace({
    meta: { title: 'six nodes', source: 'node', epochNs: 0n, keyBits: 256, k: 20 },
    epochMs: Date.now() - 1_000,
    hosts: NODES,
    eventsMax: 100_000,
  });
  const { trace } = live;
  const nodes: OurNode[] = [];
  try {
    for (let i = 0; i < NODES; i++) nodes.push(await ours({ live }));
    for (let i = 1; i < NODES; i++) await connect(nodes[i]!, nodes[i - 1]!);
    await until(
      () => nodes.every((node) => node.services.dht.routingTable.size === NODES - 1),
      'everybody knows everybody',
    );
    const cid = CID.createV1(raw.code, await sha256.digest(Uint8Array.of(1)));
    await nodes[0]!.contentRouting.provide(cid);
    for await (const provider of nodes[5]!.contentRouting.findProviders(cid))
      expect(provider.id.equals(nodes[0]!.peerId)).toBe(true);
  } finally {
    for (const node of nodes) await node.stop();
  }
  expect(new Set(trace.nodes.map(({ id }) => id))).toEqual(
    new Set(nodes.map(({ peerId }) => peerId.toString())),
  );
  const events = Array.from({ length: trace.length }, (_, at) => trace.event(at));
  const arrived = events.filter(({ type }) => type === 'messageReceived');
  expect(arrived.length).toBeGreaterThan(50);
  for (const { message, node, peer, kind, isResponse } of arrived)
    expect(events[message]).toMatchObject({
      type: 'messageSent',
      node: peer,
      peer: node,
      kind,
      isResponse,
    });
  const search = trace.operations.find(({ kind }) => kind === 'findProviders')!;
  expect(search.outcome).toBe('found');
  expect(trace.lookups.some(({ operation }) => operation === search.id)).toBe(true);
  expect(hashTrace(trace)).toMatch(/^[0-9a-f]{16}$/);
});
