import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDistance } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import { HEARD, QUERIED, Shortlists, UNREACHABLE, WAITING } from './shortlist.ts';

const keyBits = fc.constantFrom(8, 256);

/** Different keys, of which some tie in their first 53 bits. */
function distinctKeys(bits: number, maxLength: number): fc.Arbitrary<Key[]> {
  const length = bits / 8;
  const any = fc.uint8Array({ minLength: length, maxLength: length });
  const tied = fc.nat(255).map((byte) => new Uint8Array(length).fill(byte, length - 1));
  return fc.uniqueArray(fc.oneof(any, tied), {
    minLength: 2,
    maxLength,
    selector: (key) => key.join(),
  });
}

const cases = keyBits.chain((bits) =>
  fc.record({
    bits: fc.constant(bits),
    keys: distinctKeys(bits, 200),
    k: fc.integer({ min: 1, max: 8 }),
    order: fc.array(fc.nat(199), { maxLength: 400 }),
    dead: fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
  }),
);

interface Setup {
  readonly lists: Shortlists;
  readonly handles: readonly number[];
}

/** Key 0 is the target and key 1 the origin; list 5 is used, so that the pool has to grow first. */
const LIST = 5;

function setUp(bits: number, keys: readonly Key[], k: number): Setup {
  const table = new KeyTable(bits);
  const handles = keys.map((key) => table.intern(key));
  const lists = new Shortlists(table, k);
  lists.reset(LIST, handles[0]!, handles[1]!);
  return { lists, handles };
}

function contactsOf(lists: Shortlists): number[] {
  return Array.from({ length: lists.length(LIST) }, (_, i) => lists.contact(LIST, i));
}

test('§2.3: a list is sorted by distance, without duplicates and without the origin', () => {
  fc.assert(
    fc.property(cases, ({ bits, keys, k, order }) => {
      const { lists, handles } = setUp(bits, keys, k);
      const heard = new Set<number>();
      for (const at of order) {
        const contact = handles[at % handles.length]!;
        const isNew = lists.insert(LIST, contact, 1);
        if (contact === handles[1] || heard.has(contact)) expect(isNew).toBe(false);
        heard.add(contact);
      }
      heard.delete(handles[1]!);
      const sorted = [...heard].toSorted((a, b) => compareDistance(keys[0]!, keys[a]!, keys[b]!));
      expect(contactsOf(lists)).toEqual(sorted.slice(0, 3 * k));
      for (let i = 1; i < lists.length(LIST); i++) {
        expect(lists.distance(LIST, i - 1)).toBeLessThanOrEqual(lists.distance(LIST, i));
      }
    }),
  );
});

test('every contact can be found again, with its hop and state', () => {
  fc.assert(
    fc.property(cases, ({ bits, keys, k }) => {
      const { lists, handles } = setUp(bits, keys, k);
      handles.forEach((contact, i) => lists.insert(LIST, contact, i % 20));
      const states = [HEARD, WAITING, QUERIED, UNREACHABLE];
      const known = lists.length(LIST);
      contactsOf(lists).forEach((contact, i) => {
        expect(lists.find(LIST, contact)).toBe(i);
        lists.setState(LIST, i, states[contact % 4]!);
      });
      contactsOf(lists).forEach((contact, i) => {
        // Behind the others are some that fell off, and count again for those that are unreachable.
        expect(lists.state(LIST, i)).toBe(i < known ? states[contact % 4] : HEARD);
        expect(lists.hop(LIST, i)).toBe(Math.min(contact % 20, 15));
      });
      expect(lists.find(LIST, handles[1]!)).toBe(-1);
    }),
  );
});

/** Asks the k closest reachable contacts of a list until they have all been asked; the dead do not answer. */
function askAll(setup: Setup, k: number, dead: (contact: number) => boolean): number[] {
  const { lists } = setup;
  const asked: number[] = [];
  for (;;) {
    let next = -1;
    let reachable = 0;
    for (let i = 0; i < lists.length(LIST) && reachable < k; i++) {
      if (lists.state(LIST, i) !== UNREACHABLE) reachable++;
      if (lists.state(LIST, i) === HEARD) {
        next = i;
        break;
      }
    }
    if (next < 0) return asked;
    const contact = lists.contact(LIST, next);
    asked.push(contact);
    lists.setState(LIST, next, dead(contact) ? UNREACHABLE : QUERIED);
    // Everybody tells of everybody, again and again.
    for (const other of setup.handles) lists.insert(LIST, other, 2);
  }
}

test('nobody is asked twice, however often contacts are heard again', () => {
  fc.assert(
    fc.property(cases, ({ bits, keys, k, dead }) => {
      const setup = setUp(bits, keys, k);
      for (const contact of setup.handles) setup.lists.insert(LIST, contact, 1);
      const asked = askAll(setup, k, (contact) => dead[contact]!);
      expect(new Set(asked).size).toBe(asked.length);
    }),
  );
});

describe('a list survives contacts that do not answer', () => {
  test('two dead ones for each live one', () => {
    const keys = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i));
    for (const k of [1, 3, 8]) {
      const setup = setUp(8, keys, k);
      for (const contact of setup.handles) setup.lists.insert(LIST, contact, 1);
      // Of the 3k closest contacts, which are 0 and 2 to 3k, the first 2k are dead.
      askAll(setup, k, (contact) => contact <= 2 * k);
      const live = contactsOf(setup.lists).filter((_, i) => setup.lists.state(LIST, i) === QUERIED);
      expect(live).toEqual(Array.from({ length: k }, (_, i) => 2 * k + 1 + i));
    }
  });

  test('more, when contacts are heard of while it asks', () => {
    const keys = Array.from({ length: 1024 }, (_, i) => Uint8Array.of(i >>> 8, i));
    const { lists, handles } = setUp(16, keys, 64);
    // From far to near, and all but the farthest 64 are dead: more than a byte can count.
    let asked = 0;
    for (let i = 0; i < 6 * 64; i++) {
      lists.insert(LIST, handles[1023 - i]!, 1);
      lists.setState(LIST, 0, i < 64 ? QUERIED : UNREACHABLE);
      asked++;
    }
    expect(lists.length(LIST)).toBe(asked);
    expect(lists.contact(LIST, asked - 1)).toBe(1023);
    // A full list gives up its far end.
    lists.insert(LIST, handles[2]!, 1);
    expect([lists.length(LIST), lists.contact(LIST, asked - 1)]).toEqual([asked, 1022]);
  });
});

test('who was asked and fell off can be found, and has not been asked for nothing', () => {
  const keys = Array.from({ length: 64 }, (_, i) => Uint8Array.of(i));
  const { lists, handles } = setUp(8, keys, 4);
  // A list with k = 4 keeps 12. The farthest is asked, and nearer ones push it off.
  for (let i = 40; i < 52; i++) lists.insert(LIST, handles[i]!, 1);
  const asked = handles[51]!;
  lists.setState(LIST, lists.find(LIST, asked), WAITING);
  for (const near of [2, 3]) lists.insert(LIST, handles[near]!, 1);
  expect(lists.find(LIST, asked)).toBe(13);
  expect(lists.length(LIST)).toBe(12);
  lists.setState(LIST, lists.find(LIST, asked), UNREACHABLE);
  // Two others are unreachable: two that fell off count again, and nobody is waited for.
  for (const near of [2, 3]) lists.setState(LIST, lists.find(LIST, handles[near]!), UNREACHABLE);
  expect(lists.haveAnswered(LIST, 12)).toBe(false);
  for (let i = 0; i < lists.length(LIST); i++)
    if (lists.state(LIST, i) === HEARD) lists.setState(LIST, i, QUERIED);
  expect(lists.haveAnswered(LIST, 12)).toBe(true);
});

test('a list that is used again is empty, and has forgotten whom it heard of', () => {
  const { lists, handles } = setUp(
    8,
    [0, 1, 2, 3].map((byte) => Uint8Array.of(byte)),
    2,
  );
  for (const contact of handles) lists.insert(LIST, contact, 1);
  expect(contactsOf(lists)).toEqual([0, 2, 3]);
  lists.reset(LIST, handles[3]!, handles[2]!);
  expect(lists.length(LIST)).toBe(0);
  for (const contact of handles) lists.insert(LIST, contact, 1);
  expect(contactsOf(lists)).toEqual([3, 1, 0]);
});
