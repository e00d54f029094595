import { describe, expect, test } from 'vitest';
import { sha256Multihash } from '../store/validate.ts';
import { createTrace } from './record.ts';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

const BYTES = Uint8Array.of(1, 2, 3);
const MULTIHASH = sha256Multihash(BYTES);

function network(fields: Readonly<Record<string, unknown>> = {}): Simulation {
  const scenario = parseScenario({
    nodes: 10,
    latency: { model: 'constant', rttMs: 100 },
    workload: { operations: 0 },
    ...fields,
  });
  const simulation = new Simulation(scenario, createTrace(scenario));
  simulation.addBlocks(0, [{ multihash: MULTIHASH, bytes: BYTES }]);
  return simulation;
}

/** What `node` gets when it asks `provider`, and when. */
function fetch(
  simulation: Simulation,
  node: number,
  provider: number,
): { bytes: Uint8Array | null; at: number } {
  let result: { bytes: Uint8Array | null; at: number } | null = null;
  simulation.fetchBlock({ node, provider, multihash: MULTIHASH }, (bytes) => {
    expect(result).toBeNull();
    result = { bytes, at: simulation.now };
  });
  simulation.runUntil(simulation.now + 60_000);
  expect(result).not.toBeNull();
  return result!;
}

describe('a block', () => {
  test('comes from a node that has it, after a round trip, and is kept', () => {
    const simulation = network();
    expect(fetch(simulation, 5, 0)).toEqual({ bytes: BYTES, at: 100 });
    expect(simulation.exchange.get(5, MULTIHASH)).toEqual(BYTES);
    expect(fetch(simulation, 6, 5).bytes).toEqual(BYTES);
  });

  test('that the node has itself is there at once', () => {
    const simulation = network();
    expect(fetch(simulation, 0, 5)).toEqual({ bytes: BYTES, at: 0 });
    expect(simulation.messages).toBe(0);
    expect(fetch(network(), 5, 5).bytes).toBeNull();
  });

  test('does not come from a node that has not got it', () => {
    expect(fetch(network(), 5, 6)).toEqual({ bytes: null, at: 100 });
  });

  test('is asked for three times when nothing comes back', () => {
    const simulation = network({ loss: 1 });
    expect(fetch(simulation, 5, 0)).toEqual({ bytes: null, at: 3 * 3_400 });
    expect(simulation.messages).toBe(3);
  });

  test('comes although half of the messages are lost, most of the time', () => {
    let got = 0;
    for (let seed = 0; seed < 40; seed++) {
      if (fetch(network({ loss: 0.5, seed }), 5, 0).bytes !== null) got++;
    }
    // Each attempt has a chance of a quarter: 58 % of the blocks come.
    expect(got).toBeGreaterThan(12);
    expect(got).toBeLessThan(35);
  });

  test('must hash to its name', () => {
    const simulation = network();
    const add = (multihash: Uint8Array): void =>
      simulation.addBlocks(1, [{ multihash, bytes: Uint8Array.of(9) }]);
    expect(() => add(MULTIHASH)).toThrow(RangeError);
    expect(() => add(MULTIHASH.subarray(0, 20))).toThrow('sha2-256');
    expect(() =>
      add(Uint8Array.of(0x13, ...sha256Multihash(Uint8Array.of(9)).subarray(1))),
    ).toThrow(RangeError);
    expect(simulation.exchange.get(1, MULTIHASH)).toBeUndefined();
  });

  test('leaves no keys behind', () => {
    const simulation = network();
    fetch(simulation, 5, 0);
    expect(simulation.keys.size).toBe(10);
  });
});
