import { defineConfig } from 'vitest/config';
import { conformance } from './test/support/conformance-reporter.ts';
import { LongestFirst } from './test/support/longest-first.ts';

const conditions = ['@kadscope/source', 'module', 'node', 'development|production'];

/** Where nearly every line is run by the tests of the core itself. */
const COVERED = ['kademlia', 'keyspace', 'store', 'wire'].map(
  (room) => `packages/core/src/${room}`,
);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  plugins: [conformance()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    // By itself Vitest leaves one core out, which is half of a small machine.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // npm run coverage
    coverage: {
      include: COVERED.map((folder) => `${folder}/**/*.ts`),
      exclude: ['**/*.test.ts'],
      reporter: ['text'],
      thresholds: Object.fromEntries(COVERED.map((folder) => [`${folder}/**`, { lines: 95 }])),
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/{src,build}/**/*.test.{ts,tsx}',
            'test/*.test.ts',
            'test/scenarios/**/*.test.ts',
          ],
          pool: 'threads',
          isolate: false,
          // Whole networks take seconds, and minutes on a busy machine: timings decide no test.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          // After the others: what is measured in a browser is not to be disturbed.
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
