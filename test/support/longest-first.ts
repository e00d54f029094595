// The order of the test files: without measurements of an earlier run, Vitest would begin with the largest files.
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** What takes minutes; begun last, it would keep one core waiting for the other. */
const LONGEST = ['/scenarios/churn.test.ts', '/libp2p/src/durable.test.ts', '/test/scenarios/'];

/** Begins with the tests that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sort of the sequencer, not of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((part) => moduleId.includes(part));
  return at < 0 ? LONGEST.length : at;
}
