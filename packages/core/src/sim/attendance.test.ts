import { describe, expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import { Attendance } from './attendance.ts';
import { Contents } from './contents.ts';
import { parseScenario } from './scenario.ts';
import { WorkloadSource } from './workload.ts';

function attendance(fields: Readonly<Record<string, unknown>> = {}): Attendance {
  return new Attendance(parseScenario({ nodes: 1_000, ...fields }), 160);
}

function all({ count }: Attendance): number[] {
  return Array.from({ length: count }, (_, node) => node);
}

describe('who takes part', () => {
  test('are the nodes of the scenario, and spare ones where nodes join', () => {
    expect(attendance().count).toBe(1_000);
    const growing = attendance({ churn: { joinIntervalMs: 1 } });
    expect([growing.count, growing.first.length]).toEqual([1_250, 1_000]);
    expect(growing.first.toSorted((a, b) => a - b)).toEqual(growing.first);
  });

  test('manners have the shares of the scenario', () => {
    const who = attendance({ silent: 0.1, unreachable: 0.2, clients: 0.3 });
    for (const node of all(who)) who.setOnline(node, true);
    const share = (is: (node: number) => boolean): number => all(who).filter(is).length / 1_000;
    expect(share((node) => who.isSilent(node))).toBeCloseTo(0.1, 1);
    expect(share((node) => who.isUnreachable(node))).toBeCloseTo(0.2, 1);
    expect(share((node) => who.modeOf(node) === 'client')).toBeCloseTo(0.3, 1);
    expect(who.responsiveCount).toBe(all(who).filter((node) => who.isResponsive(node)).length);
  });

  test('adversaries have their share, answer, and are not among those whom lookups should find', () => {
    for (const [kind, silent] of [
      ['collude', 0],
      ['forge', 0.5],
    ] as const) {
      const who = attendance({ silent, adversary: { kind, share: 0.3 } });
      for (const node of all(who)) who.setOnline(node, true);
      const adversaries = all(who).filter((node) => who.isAdversary(node));
      expect(adversaries.length / 1_000).toBeCloseTo(0.3, 1);
      for (const node of adversaries) {
        expect(who.modeOf(node)).toBe('server');
        expect([who.isSilent(node), who.isUnreachable(node)]).toEqual([false, false]);
        expect(who.isResponsive(node)).toBe(false);
      }
      const rng = new Rng(1);
      for (let i = 0; i < 100; i++) {
        expect(who.isAdversary(who.randomResponsive(rng, -1))).toBe(false);
        expect(who.isAdversary(who.randomAsking(rng))).toBe(false);
      }
    }
  });

  test('adversaries change nothing else: the ids and manners of the others stay', () => {
    const plain = attendance({ silent: 0.2, clients: 0.2 });
    const hostile = attendance({
      silent: 0.2,
      clients: 0.2,
      adversary: { kind: 'collude', share: 0.3 },
    });
    for (const node of all(plain)) {
      expect(hostile.keys.key(node)).toEqual(plain.keys.key(node));
      expect(hostile.isSilent(node)).toBe(plain.isSilent(node));
      expect(hostile.modeOf(node)).toBe(plain.modeOf(node));
    }
  });

  test('Sybils come on top of the nodes of the scenario, at once or later', () => {
    const sybils = { count: 5, targets: 3 };
    const before = attendance({ nodes: 100, adversary: { kind: 'sybil', sybils } });
    expect([before.count, before.first.length, before.latecomers.length]).toEqual([115, 115, 0]);
    expect(before.first).toEqual(all(before));
    const after = attendance({
      nodes: 100,
      adversary: { kind: 'sybil', sybils: { ...sybils, arrive: 'after' } },
    });
    expect([after.count, after.first.length, after.latecomers.length]).toEqual([115, 100, 15]);
    for (const node of all(after))
      expect(after.isAdversary(node)).toBe(after.latecomers.includes(node));
    const honest = all(after).filter((node) => !after.isAdversary(node));
    const plain = attendance({ nodes: 100 });
    expect(honest.map((node) => after.keys.key(node))).toEqual(
      all(plain).map((node) => plain.keys.key(node)),
    );
  });

  test('counting those who answer survives being told twice', () => {
    const who = attendance({ nodes: 2 });
    who.setOnline(0, true);
    who.setOnline(0, true);
    expect(who.responsiveCount).toBe(1);
    who.setOnline(0, false);
    who.setOnline(0, false);
    expect(who.responsiveCount).toBe(0);
  });
});

describe('a random node', () => {
  test('is found even when it is the only one', () => {
    const who = attendance();
    const rng = new Rng(1);
    expect(who.randomResponsive(rng, -1)).toBe(-1);
    expect(who.randomAsking(rng)).toBe(-1);
    who.setOnline(500, true);
    expect(who.randomResponsive(rng, -1)).toBe(500);
    expect(who.randomResponsive(rng, 500)).toBe(-1);
    for (const node of all(who)) who.setOnline(node, node !== 3);
    expect(who.randomOffline(rng)).toBe(3);
  });

  test('every order of the first nodes has them all', () => {
    const who = attendance({ nodes: 50 });
    const order = who.shuffledFirst(new Rng(1));
    expect(order).not.toEqual(who.first);
    expect(order.toSorted((a, b) => a - b)).toEqual(who.first);
  });
});

test('a workload draws kinds by their weights, and looks only for what has been stored', () => {
  const { workload } = parseScenario({ workload: { mix: { findNode: 3, getValue: 1 } } });
  const who = attendance({ nodes: 10 });
  const contents = new Contents(who.keys, false);
  const source = new WorkloadSource(workload, { keys: who.keys, contents, rng: new Rng(1) });
  const kinds = Array.from({ length: 1_000 }, () => source.draw(1, 2).kind);
  const share = (kind: string): number => kinds.filter((one) => one === kind).length / 1_000;
  expect(Math.abs(share('findNode') - 0.75)).toBeLessThan(0.06);
  // Nothing was stored, so it is stored first.
  expect(share('putValue')).toBeCloseTo(1 - share('findNode'), 5);
  expect(share('getValue')).toBe(0);
});
