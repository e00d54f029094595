import { describe, expect, test } from 'vitest';
import { DEFAULT_SCENARIO, NODES_MAX, parseScenario } from './scenario.ts';
import { ScenarioError } from './scenario-fields.ts';

/** The error of a scenario that cannot be run. */
function errorOf(value: unknown): ScenarioError {
  try {
    parseScenario(value);
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error(`no error for ${JSON.stringify(value)}`);
}

describe('a scenario', () => {
  test('is complete without a word', () => {
    expect(parseScenario({})).toEqual(DEFAULT_SCENARIO);
  });

  test('keeps what it says', () => {
    const scenario = {
      name: 'everything',
      seed: Number.MAX_SAFE_INTEGER,
      nodes: NODES_MAX,
      profile: 'paper',
      k: 8,
      alpha: 2,
      beta: 4,
      refreshMs: 60_000,
      paths: 4,
      region: true,
      diversity: true,
      checks: 'all',
      start: 'joined',
      joinGapMs: 0.5,
      latency: { model: 'uniform', minRttMs: 1, maxRttMs: 1 },
      loss: 1,
      duplicate: 0.5,
      jitterMs: 30,
      partitions: [{ fromMs: 1, toMs: 2, share: 0.3 }],
      silent: 0.1,
      unreachable: 0.2,
      clients: 0.3,
      connections: 50,
      maintenance: true,
      churn: { joinIntervalMs: 1, leaveIntervalMs: 2, crashIntervalMs: 3 },
      workload: {
        operations: 0,
        intervalMs: 0,
        afterMs: 7,
        scoreEvery: 4,
        content: 'online',
        reprovideMs: 5000,
        mix: {
          findNode: 1,
          findPeer: 2,
          putValue: 3,
          getValue: 4,
          provide: 5,
          findProviders: 6,
          ping: 7,
        },
      },
      adversary: { kind: 'forge', share: 0.3, subnets: 4, idBinding: true },
    };
    expect(parseScenario(scenario)).toEqual(scenario);
  });

  test('survives JSON and being parsed again', () => {
    const once = parseScenario({
      nodes: 50,
      latency: { model: 'regions' },
      workload: { mix: { ping: 1 } },
      churn: { perHour: 0.3 },
      adversary: { kind: 'sybil' },
      partitions: [{ share: 0.2 }],
    });
    expect(parseScenario(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test('fills in what a nested part leaves out', () => {
    expect(parseScenario({ churn: { joinIntervalMs: 5 } }).churn).toEqual({
      joinIntervalMs: 5,
      leaveIntervalMs: 0,
      crashIntervalMs: 0,
    });
    expect(parseScenario({ latency: {} }).latency).toEqual(DEFAULT_SCENARIO.latency);
    expect(parseScenario({ latency: { model: 'constant' } }).latency).toEqual({
      model: 'constant',
      rttMs: 100,
    });
    expect(parseScenario({ latency: { model: 'uniform' } }).latency).toEqual({
      model: 'uniform',
      minRttMs: 20,
      maxRttMs: 200,
    });
    expect(parseScenario({ workload: { operations: 3 } }).workload).toEqual({
      ...DEFAULT_SCENARIO.workload,
      operations: 3,
    });
    expect(parseScenario({ partitions: [{}] }).partitions).toEqual([
      { fromMs: 0, toMs: 1e12, share: 0.5 },
    ]);
    // A mix says everything: what it does not name does not happen.
    expect(parseScenario({ workload: { mix: { ping: 1 } } }).workload.mix).toMatchObject({
      ping: 1,
      findNode: 0,
    });
  });
});

describe('churn by the hour', () => {
  test('is as many departures as it says, of which a share are crashes, and as many joins', () => {
    const { churn } = parseScenario({ nodes: 2_000, churn: { perHour: 0.3, crashShare: 0.25 } });
    expect(churn.joinIntervalMs).toBe(6_000);
    expect(churn.crashIntervalMs).toBe(24_000);
    expect(churn.leaveIntervalMs).toBe(8_000);
  });

  test('is half crashes where nothing is said, and can be all or nothing', () => {
    const half = parseScenario({ churn: { perHour: 1 } }).churn;
    expect(half.leaveIntervalMs).toBe(half.crashIntervalMs);
    expect(parseScenario({ churn: { perHour: 1, crashShare: 1 } }).churn.leaveIntervalMs).toBe(0);
    expect(parseScenario({ churn: { perHour: 0 } }).churn).toEqual(DEFAULT_SCENARIO.churn);
  });
});

describe('adversaries', () => {
  test('of each kind are complete with little said', () => {
    const { adversary } = parseScenario({ adversary: { kind: 'collude' } });
    expect(adversary).toEqual({ kind: 'collude', share: 0.2, subnets: 16 });
    expect(parseScenario({ adversary: { kind: 'forge', share: 0.1 } }).adversary).toEqual({
      kind: 'forge',
      share: 0.1,
      subnets: 16,
      idBinding: false,
    });
    expect(parseScenario({ adversary: { kind: 'sybil', subnets: 2 } }).adversary).toEqual({
      kind: 'sybil',
      subnets: 2,
      sybils: { count: 20, targets: 1, target: '', arrive: 'before' },
    });
    expect(parseScenario({})).not.toHaveProperty('adversary');
  });

  test.each([
    ['adversary', 'evil'],
    ['adversary.kind', { share: 0.1 }],
    ['adversary.kind', { kind: 'lurk' }],
    ['adversary.share', { kind: 'collude', share: 0.96 }],
    ['adversary.share', { kind: 'sybil', share: 0.1 }],
    ['adversary.subnets', { kind: 'collude', subnets: 0 }],
    ['adversary.idBinding', { kind: 'collude', idBinding: true }],
    ['adversary.idBinding', { kind: 'forge', idBinding: 1 }],
    ['adversary.sybils', { kind: 'forge', sybils: {} }],
    ['adversary.sybils', { kind: 'sybil', sybils: 20 }],
    ['adversary.sybils.count', { kind: 'sybil', sybils: { count: 0 } }],
    ['adversary.sybils.count', { kind: 'sybil', sybils: { count: 1_000, targets: 201 } }],
    ['adversary.sybils.targets', { kind: 'sybil', sybils: { targets: 1_001 } }],
    ['adversary.sybils.target', { kind: 'sybil', sybils: { targets: 2, target: 'a' } }],
    ['adversary.sybils.arrive', { kind: 'sybil', sybils: { arrive: 'never' } }],
    ['adversary.sybils.number', { kind: 'sybil', sybils: { number: 5 } }],
  ])('that cannot be are named by %s', (path, adversary) => {
    expect(errorOf({ adversary })).toMatchObject({ path });
  });

  test('leave some honest nodes', () => {
    const adversary = { kind: 'collude', share: 0.5 };
    expect(errorOf({ silent: 0.5, adversary }).message).toContain('0.95');
  });
});

test.each([
  ['partitions', 5],
  ['partitions', Array.from({ length: 101 }, () => ({}))],
  ['partitions.0', [1]],
  ['partitions.0.fromMs', [{ fromMs: -1 }]],
  ['partitions.1.toMs', [{}, { fromMs: 5, toMs: 4 }]],
  ['partitions.0.share', [{ share: 2 }]],
  ['partitions.0.until', [{ until: 2 }]],
])('a partition that cannot be is named by %s', (path, partitions) => {
  expect(errorOf({ partitions })).toMatchObject({ path });
});

describe('what is wrong is named', () => {
  const wrong: readonly (readonly [path: string, value: unknown])[] = [
    ['name', 5],
    ['seed', -1],
    ['seed', 1.5],
    ['seed', '1'],
    ['nodes', 1],
    ['nodes', NODES_MAX + 1],
    ['nodes', 10.5],
    ['nodes', Number.NaN],
    ['workload.reprovideMs', 5],
    ['nodes', 10n],
    ['profile', 'chord'],
    ['profile', null],
    ['k', 0],
    ['k', 65],
    ['k', null],
    ['alpha', 0],
    ['beta', 1.5],
    ['refreshMs', 10],
    ['paths', 9],
    ['region', 1],
    ['diversity', 1],
    ['duplicate', 2],
    ['jitterMs', -1],
    ['start', 'anyhow'],
    ['joinGapMs', -1],
    ['joinGapMs', Number.POSITIVE_INFINITY],
    ['latency', 'fast'],
    ['latency.model', 'warp'],
    ['latency.rttMs', -1],
    ['latency.minRttMs', 'low'],
    ['latency.maxRttMs', 10],
    ['latency.medianRttMs', 0],
    ['latency.sigma', 4],
    ['latency.speed', 1],
    ['loss', 1.1],
    ['silent', 0.96],
    ['unreachable', -0.1],
    ['clients', '10 %'],
    ['maintenance', 'yes'],
    ['churn', []],
    ['churn.joinIntervalMs', -1],
    ['churn.leaveIntervalMs', null],
    ['churn.crashIntervalMs', true],
    ['churn.rejoin', 1],
    ['churn.perHour', -1],
    ['churn.crashShare', 0.5],
    ['workload', 5],
    ['workload.operations', 0.5],
    ['workload.intervalMs', -1],
    ['workload.afterMs', -1],
    ['workload.scoreEvery', 0],
    ['workload.content', 'mine'],
    ['workload.reprovideMs', -1],
    ['workload.mix', null],
    ['workload.mix.ping', -1],
    ['workload.mix.findnode', 1],
    ['workload.speed', 1],
    ['node', 10],
  ];
  const models: Readonly<Record<string, string>> = {
    rttMs: 'constant',
    minRttMs: 'uniform',
    maxRttMs: 'uniform',
    speed: 'regions',
  };

  test.each(wrong)('%s', (path, value) => {
    const [first, second, third] = path.split('.') as [string, string?, string?];
    const nested = third === undefined ? value : { [third]: value };
    const model =
      first === 'latency' && second !== undefined ? { model: models[second] ?? 'lognormal' } : {};
    const scenario = {
      [first]:
        second === undefined
          ? value
          : {
              ...model,
              ...(first === 'latency' && second === 'maxRttMs' ? { minRttMs: 20 } : {}),
              [second]: nested,
            },
    };
    const error = errorOf(scenario);
    expect(error.path).toBe(path);
    expect(error.message.startsWith(`${path}: `)).toBe(true);
    expect(error.name).toBe('ScenarioError');
  });

  test('gaps that contradict the churn by the hour', () => {
    const churn = { perHour: 0.3, leaveIntervalMs: 5 };
    expect(errorOf({ churn })).toMatchObject({ path: 'churn.leaveIntervalMs' });
  });

  test('what is no scenario at all', () => {
    for (const value of [undefined, null, 5, 'nodes: 5', [], true]) {
      expect(errorOf(value)).toMatchObject({ path: '' });
      expect(errorOf(value).message).toContain('expected fields such as');
    }
  });

  test('shares of nodes that leave nobody', () => {
    expect(errorOf({ silent: 0.5, unreachable: 0.4, clients: 0.1 }).message).toContain('0.95');
  });

  test('a mix in which nothing happens', () => {
    expect(errorOf({ workload: { mix: {} } })).toMatchObject({ path: 'workload.mix' });
  });
});

test.each([
  [{ nodes: Number.NaN }, 'nodes: expected a whole number from 2 to 1000000, not NaN'],
  [{ nodes: 1 }, 'nodes: expected a whole number from 2 to 1000000, not 1'],
  [{ loss: 2 }, 'loss: expected a number from 0 to 1, not 2'],
])('%o: %s', (fields, message) => {
  expect(() => parseScenario(fields)).toThrow(message);
});
