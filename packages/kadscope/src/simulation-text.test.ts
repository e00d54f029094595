import { stripVTControlCharacters } from 'node:util';
import { parseScenario, Simulation } from '@kadscope/core/sim';
import { expect, test } from 'vitest';
import { simulationText } from './simulation-text.ts';
import type { SimulationOutcome, TextOptions } from './simulation-text.ts';

function outcomeOf(fields: object, measured: Partial<SimulationOutcome> = {}): SimulationOutcome {
  const simulation = new Simulation(parseScenario(fields), null);
  simulation.run();
  return {
    ...simulation.report(),
    events: 1234567,
    traceHash: '0123456789abcdef',
    wallMs: 1500,
    eventsPerSecond: 823045,
    peakRssBytes: 104_857_600,
    ...measured,
  };
}

const outcome = outcomeOf({ nodes: 60, silent: 0.3, workload: { operations: 40 } });
const options: TextOptions = {
  title: 'a test',
  parameters: { k: 20, alpha: 10, beta: 3 },
  traceFile: null,
  columns: 80,
  hasColors: false,
};

test.each([36, 44, 60, 80, 200])('no line is longer than a terminal of %i columns', (columns) => {
  const text = simulationText(outcome, { ...options, columns });
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns);
  for (const word of ['hops', 'requests', 'latency', 'p50', 'findNode', 'recall', 'hash'])
    expect(text).toContain(word);
  expect(text).toContain('1,234,567');
  expect(text).not.toContain('\u001B');
  expect(text).not.toContain('\u00A0');
});

test('a small network has fewer than k closest nodes, and what to type works without an installation', () => {
  const small = simulationText(outcomeOf({ nodes: 10, workload: { operations: 5 } }), options);
  expect(small).toContain('of the 9 closest live nodes');
  expect(small).toContain('npx kadscope studio run.arrow');
});

test('colours change nothing but the colour', () => {
  const coloured = simulationText(outcome, { ...options, hasColors: true });
  expect(coloured).toContain('\u001B[');
  expect(stripVTControlCharacters(coloured)).toBe(simulationText(outcome, options));
});

test('what was not measured is not shown as zero', () => {
  const idle = outcomeOf({ nodes: 10, workload: { operations: 0 } });
  const text = simulationText(idle, options);
  expect(text).toMatch(/hops( +–){4}\n/);
  expect(text).not.toMatch(/recall|NaN|Infinity/);
});

test('almost all is not 100 %', () => {
  const text = simulationText({ ...outcome, recall: 0.99999 }, options);
  expect(text).toContain('99.9 % of the 20 closest');
});

test('the next step is to record, or to watch what was recorded', () => {
  expect(simulationText(outcome, options)).toContain('--trace run.arrow');
  const recorded = simulationText(outcome, { ...options, traceFile: 'my run.arrow' });
  expect(recorded).toContain("kadscope studio 'my run.arrow'");
});
