// The support tables of `docs/protocols` hold what they say: every rule that is done names a test, and the
// test exists. That it runs and passes is for the reporter to say (`support/conformance-reporter.ts`).
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unshown } from './support/conformance-reporter.ts';
import { problemsOf, readRules, rulesIn, textOf } from './support/conformance-table.ts';
import type { Rule, TestName } from './support/conformance-table.ts';
import { declaredTests, isRunOf, titlePattern } from './support/conformance-titles.ts';
import type { DeclaredTest } from './support/conformance-titles.ts';

const rules = readRules();

const sources = new Map<string, readonly DeclaredTest[]>();

/** The tests of a file, none where there is no such file. */
function testsOf(file: string): readonly DeclaredTest[] {
  let tests = sources.get(file);
  if (tests === undefined) {
    tests = existsSync(file) ? declaredTests(file, readFileSync(file, 'utf8')) : [];
    sources.set(file, tests);
  }
  return tests;
}

/** A table may name a test as its source writes the title, or as `each` fills it in. */
function declares({ titles }: DeclaredTest, name: TestName): boolean {
  return (
    titles.length === name.titles.length &&
    titles.every(
      (title, i) => title === name.titles[i] || titlePattern(title).test(name.titles[i]!),
    )
  );
}

/** Tests that rules name and that do not exist, or that may be skipped. */
function undeclared(some: readonly Rule[], of = testsOf): string[] {
  return some.flatMap(({ place, id, tests }) =>
    tests.flatMap((name) => {
      const found = of(name.file).filter((declared) => declares(declared, name));
      const exists = found.some(({ maySkip }) => !maySkip);
      const problem = found.length === 0 ? 'does not exist' : 'may be skipped';
      return exists ? [] : [`${place}: ${id} names a test that ${problem}: ${textOf(name)}`];
    }),
  );
}

describe('the support tables', () => {
  test('have rules of the paper, the IPFS DHT, S/Kademlia and beyond', () => {
    const texts = new Set(rules.map(({ id }) => id[0]));
    expect(texts).toEqual(new Set(['K', 'A', 'S', 'X']));
    expect(rules.filter(({ status }) => status === 'done').length).toBeGreaterThan(100);
  });

  test('name each rule once, give it a status, and a test or a reason', () => {
    expect(problemsOf(rules)).toEqual([]);
  });

  test('name tests that exist, and that nothing skips', () => {
    expect(undeclared(rules)).toEqual([]);
  });
});

const PAGE = [
  '# Page',
  '',
  '| rule | section | status | shown by |',
  '| --- | --- | --- | --- |',
  '| K-1-1 | 1 | done | A remark with `code`. `a.test.ts › group › one`<br>`test/b.test.ts › two` |',
  '| K-1-2 | 1 | not done | For a \\| reason. |',
  '',
  '| word | meaning |',
  '| --- | --- |',
  '| K-1-3 | of no rule |',
].join('\n');

describe('a table', () => {
  test('is read row by row, and other tables are passed over', () => {
    const [one, two, ...others] = rulesIn('page.md', PAGE);
    expect(one).toEqual({
      id: 'K-1-1',
      status: 'done',
      tests: [
        { file: 'packages/core/src/a.test.ts', titles: ['group', 'one'] },
        { file: 'test/b.test.ts', titles: ['two'] },
      ],
      remark: 'A remark with `code`.',
      place: 'page.md:5',
    });
    expect(two).toMatchObject({ id: 'K-1-2', tests: [], remark: String.raw`For a \| reason.` });
    expect(others).toEqual([]);
  });

  test.each([
    ['K-1-1', 'done', 'There is one.', 'is done, but has no test'],
    ['K-1-1', 'not done', '', 'is not done, but does not say why'],
    ['K-1-1', 'nearly done', 'Soon.', "is 'nearly done', which is no status"],
    ['one', 'not done', 'Why not.', 'is no name of a rule'],
  ])('is wrong with %s, %s: %s', (id, status, remark, problem) => {
    const rule = { id, status, remark, tests: [], place: 'page.md:1' };
    expect(problemsOf([rule])).toEqual([`page.md:1: ${id} ${problem}`]);
  });

  test('is wrong with a rule that is there twice', () => {
    const [, two] = rulesIn('page.md', PAGE);
    expect(problemsOf([two!, two!])).toEqual(['page.md:6: K-1-2 is there twice']);
  });
});

const SOURCE = `
import { describe, it, test } from 'vitest';
function check(name: string, holds: () => void): void { test(name, () => holds()); }
describe('a group', () => {
  test('plain', () => {});
  test.skip('skipped', () => {});
  test.todo('still to come');
  test.skipIf(process.platform === 'win32')('elsewhere', () => {});
  it.each<[string]>([['a']])('each %s', () => {});
  describe.skip('away', () => { test('inside', () => {}); });
});
describe.each([{ name: 'x' }])('$name', () => { test(\`after \${1 + 1} steps\`, () => {}); });
check('made', () => {});
`;

const SAMPLE = declaredTests('sample.test.ts', SOURCE);

function named(...titles: readonly string[]): Rule {
  const tests = [{ file: 'sample.test.ts', titles }];
  return { id: 'K-1-1', status: 'done', tests, remark: '', place: 'page.md:1' };
}

describe('a test', () => {
  test.each([
    ['as it is written', ['a group', 'plain']],
    ['of each, as it is written', ['a group', 'each %s']],
    ['of each, filled in', ['a group', 'each a']],
    ['in a group of each', ['$name', 'after ${1 + 1} steps']],
    ['that a function declares', ['made']],
  ])('is found %s', (_, titles) => {
    expect(undeclared([named(...titles)], () => SAMPLE)).toEqual([]);
  });

  test.each([
    ['is nowhere', ['a group', 'missing'], 'does not exist'],
    ['is in another group', ['plain'], 'does not exist'],
    ['is a group', ['a group'], 'does not exist'],
    ['is skipped', ['a group', 'skipped'], 'may be skipped'],
    ['is still to be written', ['a group', 'still to come'], 'may be skipped'],
    ['is skipped under a condition', ['a group', 'elsewhere'], 'may be skipped'],
    ['is in a group that is skipped', ['a group', 'away', 'inside'], 'may be skipped'],
  ])('that %s is not accepted', (_, titles, problem) => {
    const [found] = undeclared([named(...titles)], () => SAMPLE);
    expect(found).toContain(problem);
  });

  test('in a file that is not there does not exist', () => {
    expect(undeclared([named('made')])[0]).toContain('does not exist');
  });
});

describe('after a run', () => {
  const rule = named('a group', 'each %s');
  const ran = (title: string, hasPassed = true) => ({
    file: 'sample.test.ts',
    titles: ['a group', title],
    hasPassed,
  });

  test('a test that passed has shown its rule', () => {
    expect(unshown([rule], [ran('each a'), ran('each b'), ran('plain', false)])).toEqual([]);
  });

  test('a test that did not run has not, nor one of which a part did not pass', () => {
    const message = 'sample.test.ts › a group › each %s (K-1-1, K-1-1)';
    expect(unshown([rule, rule], [ran('plain')])).toEqual([message]);
    expect(unshown([rule, rule], [ran('each a'), ran('each b', false)])).toEqual([message]);
    expect(unshown([rule, rule], [{ ...ran('each a'), file: 'other.test.ts' }])).toEqual([message]);
  });

  test('titles are compared whole, and what each puts into them is anything', () => {
    const name = { file: 'a', titles: ['%i of $name.first (%s)'] };
    expect(isRunOf(name, ['3 of {"a": 1} (two)'])).toBe(true);
    expect(isRunOf(name, ['3 of {"a": 1} [two]'])).toBe(false);
    expect(isRunOf(name, ['3 of {"a": 1} (two)', 'deeper'])).toBe(false);
  });
});
