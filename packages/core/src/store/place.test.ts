import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Places } from './place.ts';

/** Keys 0 to 15 of a keyspace of 8 bits, without a reference of the test's own. */
function sixteenKeys(): KeyTable {
  const keys = new KeyTable(8);
  for (let i = 0; i < 16; i++) keys.intern(Uint8Array.of(i));
  return keys;
}

function keysAt(places: Places, node: number): number[] {
  const keys: number[] = [];
  for (let place = places.first(node); place >= 0; place = places.next(place))
    keys.push(places.key(place));
  return keys;
}

const change = fc.record({
  node: fc.constantFrom(0, 1, 7, 134_217_727),
  key: fc.nat(15),
  isAdded: fc.boolean(),
});

test('a node and a key lead to one place, and a node to its places in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200, size: 'max' }), (changes) => {
      const keys = sixteenKeys();
      const places = new Places(keys);
      const model = new Map<number, number[]>();
      for (const { node, key, isAdded } of changes) {
        const held = model.get(node) ?? [];
        const place = places.find(node, key);
        expect(place >= 0).toBe(held.includes(key));
        if (isAdded === held.includes(key)) continue;
        if (isAdded) places.add(node, key);
        else places.remove(place);
        model.set(node, isAdded ? [...held, key] : held.filter((other) => other !== key));
      }
      for (const [node, held] of model) {
        expect(keysAt(places, node)).toEqual(held);
        expect(places.keysOf(node)).toEqual(held);
        expect(places.head(node) >= 0).toBe(held.length > 0);
        for (const key of held) {
          const place = places.find(node, key);
          expect([places.node(place), places.key(place)]).toEqual([node, key]);
        }
      }
      expect(places.size).toBe([...model.values()].flat().length);
      for (let key = 0; key < 16; key++) keys.release(key);
      expect(keys.size).toBe(new Set([...model.values()].flat()).size);
    }),
  );
});

test('places are found among many, and their memory is used again', () => {
  const keys = sixteenKeys();
  const places = new Places(keys);
  for (let round = 0; round < 3; round++) {
    for (let node = 0; node < 1_000; node++) places.add(node, node & 15);
    const { capacity } = places;
    for (let node = 0; node < 1_000; node++) places.remove(places.find(node, node & 15));
    expect([places.size, places.find(5, 5)]).toEqual([0, -1]);
    for (let node = 0; node < 1_000; node++) places.add(node, 3);
    expect([places.size, places.capacity]).toEqual([1_000, capacity]);
    for (let node = 0; node < 1_000; node++) places.remove(places.find(node, 3));
  }
});

test('a head counts the records of its places', () => {
  const places = new Places(sixteenKeys());
  const [a, b] = [places.add(4, 1), places.add(4, 2)];
  places.count(a, 1, false);
  places.count(a, 1, true);
  places.count(b, 1, true);
  const head = places.head(4);
  expect([places.records(a), places.own(a), places.foreign(a)]).toEqual([2, 1, 1]);
  expect([places.records(head), places.own(head), places.foreign(head)]).toEqual([3, 2, 1]);
  places.count(b, -1, true);
  places.remove(b);
  expect(places.records(head)).toBe(2);
  expect(() => places.remove(a)).toThrow('empty before it goes');
  expect(() => places.add(4, -1)).toThrow('lie under keys');
});

test('a full node is looked through once a minute, any other exactly on time', () => {
  const keys = new KeyTable(16);
  const places = new Places(keys);
  const fill = (node: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const place = places.add(node, keys.intern(Uint8Array.of(i >>> 8, i)));
      places.count(place, 1, false);
      places.expects(place, 100 + i);
    }
  };
  const clear = (place: number): void => {
    places.count(place, -1, false);
    places.remove(place);
  };
  fill(1, 1_024);
  fill(2, 2_000);
  for (const node of [1, 2]) {
    expect(places.deadline(places.head(node))).toBe(100);
    places.sweep(node, 100, clear);
  }
  expect(places.deadline(places.head(1))).toBe(101);
  expect(places.deadline(places.head(2))).toBe(60_100);
  places.sweep(2, 60_100, clear);
  expect([places.head(2), places.size]).toEqual([-1, 1_023]);
  places.sweep(2, 60_101, clear);
});
