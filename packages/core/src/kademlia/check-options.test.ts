import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { Budgets, STREAM_BUDGETS } from './budget.ts';
import type { BudgetLimits } from './budget.ts';
import { checkProfile } from './check-options.ts';
import { AMINO, PAPER, PROFILES } from './profile.ts';
import type { Profile } from './profile.ts';

describe('a profile', () => {
  test('that there is, is sound', () => {
    for (const profile of Object.values(PROFILES))
      expect(() => checkProfile(profile, new KeyTable(profile.keyBits))).not.toThrow();
  });

  test.each<[string, Partial<Profile>]>([
    ['k is 65', { k: 65 }],
    ['k is 2.5', { k: 2.5 }],
    ['alpha is 0', { alpha: 0 }],
    ['initialAlpha is 0', { initialAlpha: 0 }],
    ['beta is NaN', { beta: Number.NaN }],
    ['paths is -1', { paths: -1 }],
    ['requestTimeoutMs is 0', { requestTimeoutMs: 0 }],
    ['keyBits is 160; the key table has 256', { keyBits: 160 }],
  ])('is refused where nothing could work: %s', (text, fields) => {
    expect(() => checkProfile({ ...AMINO, ...fields }, new KeyTable(256))).toThrow(text);
    expect(() => new TinyNetwork(['00000000'], { ...PAPER, keyBits: 8, k: 65 })).toThrow('k is 65');
  });
});

describe('budgets', () => {
  test.each<[string, Partial<BudgetLimits>]>([
    ['requestsInFlight is 0', { requestsInFlight: 0 }],
    ['dialsInFlight is NaN', { dialsInFlight: Number.NaN }],
    ['upload is 0 a second', { upload: { perSecond: 0, burst: 10 } }],
    ['requests is 1 a second and 0 at once', { requests: { perSecond: 1, burst: 0 } }],
  ])('are refused where they admit nothing: %s', (text, limits) => {
    expect(() => new Budgets({ ...STREAM_BUDGETS, ...limits }, () => 0)).toThrow(text);
  });

  test('without an end are none', () => {
    const upload = { perSecond: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY };
    const budgets = new Budgets({ ...STREAM_BUDGETS, upload }, () => 0);
    for (let i = 0; i < 100; i++) expect(budgets.upload.admit(0, 1e9, 5)).toBe(true);
    expect(budgets.upload.usage(0, 5)).toMatchObject({ used: 0, refused: 0 });
  });
});

describe('nodes', () => {
  test('that there are not are named', () => {
    const { engine } = new TinyNetwork(['00000000']);
    for (const call of [
      () => engine.enter(9, 'server', 0),
      () => engine.leave(9, 0, 'left'),
      () => engine.forget(9),
      () => engine.startRefreshing(9, 0),
    ])
      expect(call).toThrow('there is no node 9');
    expect(() => engine.addNode(77)).toThrow('key 77 is no key');
    expect(() => engine.enter(0, 'Server' as 'server', 0)).toThrow("there is no mode 'Server'");
  });

  test('that come back while they leave may start again, and what they start goes on', () => {
    const net = new TinyNetwork(['00000000', '10000000']);
    net.enter('00000000', '10000000');
    net.know('00000000', '10000000');
    const target = Uint8Array.of(255);
    net.start({ kind: 'findNode', node: 0, target });
    let restarts = 0;
    net.onResult = ({ operation }) => {
      if (operation.outcome !== 'node-left') return;
      restarts++;
      net.enter('00000000');
      net.start({ kind: 'findNode', node: 0, target });
    };
    net.engine.leave(0, net.now, 'left');
    net.run();
    const ended = net.results.filter(({ type }) => type === 'finished');
    expect([restarts, ended.map(({ operation }) => operation.outcome)]).toEqual([
      1,
      ['node-left', 'found'],
    ]);
  });
});
