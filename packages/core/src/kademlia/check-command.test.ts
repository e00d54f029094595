import { expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Command } from './operation.ts';

const key = Uint8Array.of(1, 2);
const prefix = keyFromBits('00000000');

test.each<[string, Command]>([
  ['there is no node 9', { kind: 'findNode', node: 9, target: prefix }],
  ['there is no node -1', { kind: 'findNode', node: -1, target: prefix }],
  ['there is no node 0.5', { kind: 'findNode', node: 0.5, target: prefix }],
  ['target has 3 bytes; keys have 1', { kind: 'findNode', node: 0, target: new Uint8Array(3) }],
  ['peer 77 is no key', { kind: 'ping', node: 0, peer: 77 }],
  ['peer -1 is no key', { kind: 'findPeer', node: 0, peer: -1 }],
  ['seed 77 is no key', { kind: 'bootstrap', node: 0, seeds: [1, 77] }],
  ['a bucket is 8; expected a whole number', { kind: 'refresh', node: 0, buckets: [0, 8] }],
  ['length is -1', { kind: 'explore', node: 0, prefix, length: -1 }],
  ['length is 9', { kind: 'explore', node: 0, prefix, length: 9 }],
  ['parallel is 0', { kind: 'explore', node: 0, prefix, length: 0, parallel: 0 }],
  [
    'requestsPerSecond is 0; expected a number from',
    { kind: 'explore', node: 0, prefix, length: 0, requestsPerSecond: 0 },
  ],
  ['after has 2 bytes', { kind: 'provideMany', node: 0, keys: [key], after: key }],
  ['quorum is 1.5', { kind: 'getValue', node: 0, key, quorum: 1.5 }],
  ['count is -3', { kind: 'findProviders', node: 0, key, count: -3 }],
  ['count is NaN', { kind: 'findProviders', node: 0, key, count: Number.NaN }],
  ['contact 77 is no key', { kind: 'getValue', node: 0, key, contacts: [77] }],
  ['contact 77 is no key', { kind: 'provide', node: 0, key, contacts: [77] }],
  ['key is string', { kind: 'provide', node: 0, key: 'abc' as unknown as Uint8Array }],
  ['value is undefined', { kind: 'putValue', node: 0, key } as unknown as Command],
  ['keys is undefined', { kind: 'provideMany', node: 0 } as unknown as Command],
  ['a key is string', { kind: 'provideMany', node: 0, keys: ['a'] } as unknown as Command],
  ['contacts is null', { kind: 'provide', node: 0, key, contacts: null } as unknown as Command],
  ['seeds is undefined', { kind: 'bootstrap', node: 0 } as unknown as Command],
  ['peer length is no key', { kind: 'ping', node: 0, peer: 'length' } as unknown as Command],
  ['target is object', { kind: 'findNode', node: 0, target: { length: 1 } } as unknown as Command],
  ["there is no command 'find'", { kind: 'find', node: 0 } as unknown as Command],
  ['there is no node 0', { kind: 'ping', node: '0', peer: 1 } as unknown as Command],
  ['contact 1 is named twice', { kind: 'provide', node: 0, key, contacts: [1, 0, 1] }],
])('%s: said at once, and nothing is started', (text, command) => {
  const net = new TinyNetwork(['00000000', '10000000']);
  net.enter('00000000', '10000000');
  expect(() => net.start(command)).toThrow(RangeError);
  expect(() => net.start(command)).toThrow(text);
  expect([...net.engine.operations, ...net.sent]).toEqual([]);
  expect(net.keys.size).toBe(2);
});

test('a key that is there twice is provided once', () => {
  const net = new TinyNetwork(['00000000', '10000000']);
  net.enter('00000000', '10000000');
  net.know('00000000', '10000000');
  net.start({ kind: 'provideMany', node: 0, keys: [key, key, key.slice()] });
  net.run();
  const swept = net.results.filter(({ type }) => type === 'swept');
  expect(swept).toMatchObject([{ keys: 1, nodes: 1 }]);
  expect(net.results.at(-1)?.operation).toMatchObject({ outcome: 'stored', count: 1 });
});

test('a sweep that is resumed at its end has stored all that it had to', () => {
  const net = new TinyNetwork(['00000000', '10000000']);
  net.enter('00000000', '10000000');
  net.know('00000000', '10000000');
  net.start({ kind: 'provideMany', node: 0, keys: [key], after: keyFromBits('11111111') });
  net.start({ kind: 'provideMany', node: 0, keys: [] });
  net.run();
  expect(net.results.map(({ operation }) => operation.outcome)).toEqual(['stored', 'stored']);
  expect(net.sent).toEqual([]);
});

test('a time that is none is said at once', () => {
  const net = new TinyNetwork(['00000000', '10000000']);
  net.enter('00000000');
  const command: Command = { kind: 'findNode', node: 0, target: prefix };
  expect(() => net.engine.start(command, Number.NaN)).toThrow('now is NaN');
  expect([...net.engine.operations]).toEqual([]);
});
