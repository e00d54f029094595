// Rules about the repository that neither the compiler nor the linter knows.
import { describe, expect, test } from 'vitest';
import { importRules } from './tidy/import-rules.ts';
import { sample, violations } from './tidy/rule.ts';
import { readSources } from './tidy/source.ts';
import { textRules } from './tidy/text-rules.ts';

const files = readSources();

describe.each([...importRules, ...textRules])('$name', (rule) => {
  test('holds in the whole repository', () => {
    expect(violations(rule, files)).toEqual([]);
  });

  test('finds what it forbids, and only that', () => {
    for (const bad of rule.bad) expect(violations(rule, [sample(bad)])).not.toEqual([]);
    for (const good of rule.good) expect(violations(rule, [sample(good)])).toEqual([]);
  });
});

test('the rules see the files', () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toContain('package.json');
  expect(paths).toContain('.ci/run');
  expect(paths).toContain('packages/core/src/index.ts');
});
