// Runs scenarios for the tests beside this file.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseScenario, Simulation } from '@kadscope/core/sim';
import type { SimulationReport } from '@kadscope/core/sim';

/** Fields of a scenario. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a scenario achieves. */
export function reportOf(fields: Fields): SimulationReport {
  const simulation = new Simulation(parseScenario(fields), null);
  simulation.run();
  return simulation.report();
}

/** The fields of an example, which users can run by themselves: `kadscope sim run FILE`. */
export function example(name: string): Fields {
  return parse(readFileSync(`examples/scenarios/bars/${name}.yaml`, 'utf8')) as Fields;
}
