import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { emptyRow } from '../trace/sink.ts';
import type { Row } from '../trace/sink.ts';
import { InventedIds, RowsOfNodes } from './invented-ids.ts';
import { createPopulation, Oracle } from './population.ts';

const NODES = 100;
const MINUTE = 60_000;

interface World {
  readonly keys: KeyTable;
  readonly invented: InventedIds;
  /** Contacts that are in routing tables. */
  readonly known: Set<number>;
  readonly target: () => number;
}

function world(keyBits = 256, perTarget = 8): World {
  const keys = createPopulation(NODES, keyBits, new Rng(1));
  const known = new Set<number>();
  const invented = new InventedIds({
    keys,
    nodes: NODES,
    subnets: [[1, 2, 3], [4], [5, 6]],
    perTarget,
    eachKnown: (use) => known.forEach(use),
  });
  const rng = new Rng(2);
  return { keys, invented, known, target: () => keys.intern(rng.bytes(keyBits / 8)) };
}

describe('invented ids', () => {
  test('are closer to the target than any node, and nearest first', () => {
    const { keys, invented, target } = world();
    const key = target();
    const ids = invented.near(key, 0);
    expect(ids).toHaveLength(8);
    const [nearest] = new Oracle(keys, NODES, () => true).closest(key, 1);
    let last = key;
    for (const id of ids) {
      expect(id).toBeGreaterThanOrEqual(NODES);
      expect(keys.compareDistance(key, id, nearest!)).toBeLessThan(0);
      expect(keys.compareDistance(key, last, id)).toBeLessThan(0);
      last = id;
    }
  });

  test('are the same whoever is asked for a target, and others for others', () => {
    const { invented, target } = world();
    const [one, two] = [target(), target()];
    expect(invented.near(one, 5)).toEqual(invented.near(one, 0));
    expect(invented.near(two, 5)).not.toEqual(invented.near(one, 5));
    expect(invented.total).toBe(16);
  });

  test('lead to adversaries, by turns to one of each subnet', () => {
    const { invented, target } = world();
    const subnetOf = [-1, 0, 0, 0, 1, 2, 2];
    const subnets = [...invented.near(target(), 0)].map((id) => subnetOf[invented.nodeBehind(id)]!);
    for (let i = 3; i < subnets.length; i++) expect(subnets[i]).toBe(subnets[i - 3]);
    expect(new Set(subnets.slice(0, 3))).toEqual(new Set([0, 1, 2]));
    expect(invented.nodeBehind(7)).toBe(7);
  });

  test('are nobody else in a keyspace so small that some belong to nodes', () => {
    const keys = new KeyTable(16, 300);
    for (let i = 0; i < NODES; i++) keys.intern(Uint8Array.of(0, i));
    const invented = new InventedIds({
      keys,
      nodes: NODES,
      subnets: [[1]],
      perTarget: 120,
      eachKnown: () => {},
    });
    const target = keys.intern(Uint8Array.of(0, 110));
    const ids = [...invented.near(target, 0)];
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.length).toBeLessThan(60);
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(NODES);
  });
});

describe('there are never too many', () => {
  test('so those of targets that nobody looks up are given back', () => {
    const { keys, invented, target } = world();
    const before = keys.size;
    for (let i = 0; i < 2_000; i++) keys.release(use(invented, target(), i));
    expect(invented.size).toBe(16_000);
    // All of them may still be known to somebody.
    expect(invented.near(target(), 2_000)).toHaveLength(0);
    expect(invented.near(target(), 10 * MINUTE + 500)).toHaveLength(8);
    expect(invented.size).toBe(16_000 - 501 * 8 + 8);
    expect(keys.size).toBe(before + invented.size + 2);
  });

  test('but those that are in routing tables stay until they have left them', () => {
    const { invented, known, target, keys } = world();
    const [id] = invented.near(target(), 0);
    known.add(id!);
    for (let i = 0; i < 2_000; i++) use(invented, target(), 10 * MINUTE);
    expect(invented.size).toBe(2_000 * 8 + 1);
    expect(invented.has(id!)).toBe(true);
    known.clear();
    const serial = keys.serial(id!);
    invented.near(target(), 30 * MINUTE);
    expect(invented.size).toBe(8);
    expect(invented.has(id!) && keys.serial(id!) === serial).toBe(false);
  });

  function use(invented: InventedIds, target: number, now: number): number {
    invented.near(target, now);
    return target;
  }
});

test('a trace of nodes names the adversary behind an invented contact', () => {
  const { invented, target } = world();
  const [id] = invented.near(target(), 0);
  const seen: Row[] = [];
  const rows = new RowsOfNodes(
    {
      append: (row) => seen.push({ ...row }) - 1,
      addKey: (key) => key.length,
    },
    invented,
  );
  expect(rows.append({ ...emptyRow(), node: 9, peer: id! })).toBe(0);
  expect(rows.append({ ...emptyRow(), node: id! })).toBe(1);
  expect(rows.addKey(new Uint8Array(3))).toBe(3);
  const node = invented.nodeBehind(id!);
  expect(seen.map((row) => [row.node, row.peer])).toEqual([
    [9, node],
    [node, -1],
  ]);
});
