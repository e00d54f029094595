import { describe, expect, it } from 'vitest';
import { createTrace, parseScenario, Simulation } from '@kadscope/core/sim';
import type { Trace } from '@kadscope/core/trace';
import {
  bestSharedBits,
  distanceText,
  effectsOf,
  factsOf,
  formatBytes,
  roundTripMs,
  stepPosition,
} from './facts.ts';

function simulated(): Trace {
  const scenario = parseScenario({ nodes: 40, seed: 3, silent: 0.1, workload: { operations: 6 } });
  const trace = createTrace(scenario);
  new Simulation(scenario, trace).run();
  return trace;
}

describe('the facts of an event', () => {
  const trace = simulated();
  const lookup = trace.lookups[0]!;
  const inLookup = Array.from(lookup.events.values.subarray(0, lookup.events.length));
  const labelsOf = (index: number): string[] => factsOf(trace, index).map(({ label }) => label);

  it('count its step within its lookup, else within the trace', () => {
    expect(stepPosition(trace, lookup.startEvent)).toEqual({
      step: 1,
      count: inLookup.length,
      lookup: lookup.id,
    });
    const outside = Array.from({ length: trace.length }, (_, i) => i).find(
      (i) => trace.get('lookup', i) < 0,
    )!;
    expect(stepPosition(trace, outside)).toEqual({
      step: outside + 1,
      count: trace.length,
      lookup: -1,
    });
  });

  it('of a provider record compare the node that stores it with the key, not the provider', () => {
    const scenario = parseScenario({ nodes: 40, workload: { operations: 3, mix: { provide: 1 } } });
    const trace = createTrace(scenario);
    new Simulation(scenario, trace).run();
    const index = Array.from({ length: trace.length }, (_, i) => i).find(
      (i) =>
        trace.type(i) === 'recordStored' &&
        trace.get('peer', i) !== trace.get('node', i) &&
        trace.get('peer', i) >= 0,
    )!;
    const [node, key] = [
      trace.nodes[trace.get('node', index)]!.key!,
      trace.keys[trace.get('key', index)]!,
    ];
    const distance = factsOf(trace, index).find(({ label }) => label === 'distance');
    expect(distance?.value).toBe(distanceText(node, key));
  });

  it('of an answer name both nodes, the distance, the round trip and the hop', () => {
    const answer = inLookup.find((index) => trace.type(index) === 'lookupAnswered')!;
    expect(labelsOf(answer)).toEqual(
      expect.arrayContaining([
        'node',
        'peer',
        'key',
        'shared bits',
        'distance',
        'round trip',
        'hop',
        'lookup',
      ]),
    );
    const sent = inLookup.find((index) => trace.type(index) === 'messageSent')!;
    expect(roundTripMs(trace, answer)).toBeGreaterThan(0);
    expect(roundTripMs(trace, sent)).toBeNull();
  });

  it('know the best contact heard of before it', () => {
    expect(bestSharedBits(trace, lookup, lookup.startEvent)).toBe(-1);
    const last = inLookup.at(-1)!;
    expect(bestSharedBits(trace, lookup, last)).toBeGreaterThan(0);
  });

  it('lead to what the event caused', () => {
    const effects = effectsOf(trace, lookup.startEvent);
    expect(effects.length).toBeGreaterThan(0);
    for (const effect of effects) expect(trace.get('cause', effect)).toBe(lookup.startEvent);
  });

  it('are written as people read them', () => {
    expect(distanceText(Uint8Array.of(0b1000), Uint8Array.of(0b0000))).toBe('≥ 2³');
    expect(distanceText(Uint8Array.of(7), Uint8Array.of(7))).toBe('0: it is the key itself');
    expect([
      formatBytes(1),
      formatBytes(142),
      formatBytes(262_144),
      formatBytes(1_500_000),
    ]).toEqual(['1 byte', '142 bytes', '256 KiB', '1.4 MiB']);
  });
});
