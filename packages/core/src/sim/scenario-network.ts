// The part of a scenario that is about the network: delays and partitions.
import type { Latency } from './latency.ts';
import {
  listAt,
  numberAt,
  objectAt,
  oneOf,
  rejectUnknown,
  ScenarioError,
} from './scenario-fields.ts';

/** A time during which the network is in two parts, and no message gets from one to the other. */
export interface Partition {
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of the nodes in the first part. */
  readonly share: number;
}

/** Partitions of one scenario at most: each is looked at for every message. */
const PARTITIONS_MAX = 100;

/** PlanetLab's 490 hosts: median 135 ms, p90 291 ms. */
export const DEFAULT_LATENCY: Latency = { model: 'lognormal', medianRttMs: 135, sigma: 0.6 };

/** Checks `latency`. */
export function latencyAt(value: unknown): Latency {
  if (value === undefined) return DEFAULT_LATENCY;
  const fields = objectAt('latency', value);
  const model = oneOf('latency.model', fields['model'], 'lognormal', [
    'constant',
    'uniform',
    'lognormal',
    'regions',
  ]);
  const ms = (name: string, fallback: number): number =>
    numberAt(`latency.${name}`, fields[name], fallback, [0, 60_000]);
  switch (model) {
    case 'constant':
      rejectUnknown('latency', fields, ['model', 'rttMs']);
      return { model, rttMs: ms('rttMs', 100) };
    case 'uniform': {
      rejectUnknown('latency', fields, ['model', 'minRttMs', 'maxRttMs']);
      const latency = {
        model,
        minRttMs: ms('minRttMs', 20),
        maxRttMs: ms('maxRttMs', 200),
      } as const;
      if (latency.minRttMs > latency.maxRttMs)
        throw new ScenarioError('latency.maxRttMs', 'must not be less than minRttMs');
      return latency;
    }
    case 'lognormal':
      rejectUnknown('latency', fields, ['model', 'medianRttMs', 'sigma']);
      return {
        model,
        medianRttMs: numberAt('latency.medianRttMs', fields['medianRttMs'], 135, [0.1, 60_000]),
        sigma: numberAt('latency.sigma', fields['sigma'], 0.6, [0, 3]),
      };
    case 'regions':
      rejectUnknown('latency', fields, ['model']);
      return { model };
  }
}

/** Checks `partitions`. */
export function partitionsAt(value: unknown): readonly Partition[] {
  if (value === undefined) return [];
  return listAt('partitions', value, PARTITIONS_MAX).map((entry, i) => {
    const path = `partitions.${i}`;
    const fields = objectAt(path, entry);
    rejectUnknown(path, fields, ['fromMs', 'toMs', 'share']);
    const fromMs = numberAt(`${path}.fromMs`, fields['fromMs'], 0, [0, 1e12]);
    const toMs = numberAt(`${path}.toMs`, fields['toMs'], 1e12, [0, 1e12]);
    if (toMs < fromMs) throw new ScenarioError(`${path}.toMs`, 'must not be less than fromMs');
    return { fromMs, toMs, share: numberAt(`${path}.share`, fields['share'], 0.5, [0, 1]) };
  });
}
