// Every example runs and says what it promises; every scenario among them is valid and runs.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseScenario, Simulation } from '@kadscope/core/sim';

const SAYS: Readonly<Record<string, RegExp>> = {
  'examples/simulate.ts': /^recall 1, \d+(\.\d+)? requests and \d+(\.\d+)? hops a lookup\n$/,
  'examples/explain-lookup.ts': /ms {2}.*lookup[\s\S]*answered[\s\S]*ended/i,
  'examples/helia.ts':
    /^Bob knows 0 ways to Alice.*\nBob reads: Hello from the other side of the DHT\n$/,
  'examples/libp2p.ts':
    /^found: the provider is the other node\nquery 1: an answer, \d+ bits from the key\nquery 1: found\n$/,
};

const programs = globSync('examples/*.ts').toSorted();

test('there is an expectation for every example', () => {
  expect(programs).toEqual(Object.keys(SAYS).toSorted());
});

test.each(programs)('%s runs', (program) => {
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--conditions=@kadscope/source', program],
    { encoding: 'utf8' },
  );
  expect(output).toMatch(SAYS[program]!);
});

test.each(globSync('examples/scenarios/*.yaml').toSorted())('%s runs and does well', (file) => {
  const simulation = new Simulation(parseScenario(parse(readFileSync(file, 'utf8'))), null);
  simulation.run();
  const report = simulation.report();
  expect(report.operations).toBeGreaterThan(0);
  expect(report.successRate).toBeGreaterThan(0.95);
});
