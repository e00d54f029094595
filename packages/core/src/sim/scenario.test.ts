import { describe, expect, test } from 'vitest';
import { DEFAULT_SCENARIO, NODES_MAX, parseScenario, ScenarioError } from './scenario.ts';

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
      start: 'joined',
      joinGapMs: 0.5,
      latency: { model: 'uniform', minRttMs: 1, maxRttMs: 1 },
      loss: 1,
      silent: 0.1,
      unreachable: 0.2,
      clients: 0.3,
      maintenance: true,
      churn: { joinIntervalMs: 1, leaveIntervalMs: 2, crashIntervalMs: 3 },
      workload: {
        operations: 0,
        intervalMs: 0,
        scoreEvery: 4,
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
    };
    expect(parseScenario(scenario)).toEqual(scenario);
  });

  test('survives JSON and being parsed again', () => {
    const once = parseScenario({
      nodes: 50,
      latency: { model: 'regions' },
      workload: { mix: { ping: 1 } },
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
    // A mix says everything: what it does not name does not happen.
    expect(parseScenario({ workload: { mix: { ping: 1 } } }).workload.mix).toMatchObject({
      ping: 1,
      findNode: 0,
    });
  });
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
    ['nodes', 10n],
    ['profile', 'chord'],
    ['profile', null],
    ['k', 0],
    ['k', 65],
    ['k', null],
    ['alpha', 0],
    ['beta', 1.5],
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
    ['workload', 5],
    ['workload.operations', 0.5],
    ['workload.intervalMs', -1],
    ['workload.scoreEvery', 0],
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
