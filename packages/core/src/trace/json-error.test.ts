import fc from 'fast-check';
import { expect, test } from 'vitest';
import { positionAt } from './format-error.ts';
import { findJsonError } from './json-error.ts';

test('finds an error exactly where JSON.parse throws', () => {
  const corrupted = fc
    .tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.nat(3),
      fc.constantFrom('', ',', '"', '[', '}', ':', 'x', '\\', '\n', '0'),
    )
    .map(([json, at, removed, inserted]) => {
      const cut = at % (json.length + 1);
      return json.slice(0, cut) + inserted + json.slice(cut + removed);
    });
  fc.assert(
    fc.property(corrupted, (text) => {
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      const error = findJsonError(text);
      expect(error === null).toBe(isValid);
      if (error !== null) {
        expect(error.offset).toBeLessThanOrEqual(text.length);
        expect(isPrefixOfJson(text.slice(0, error.offset))).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

// A text that only lacks its end: the scanner reaches the end of it before anything is wrong.
function isPrefixOfJson(text: string): boolean {
  const error = findJsonError(text);
  return error === null || error.offset === text.length || text.slice(error.offset).startsWith(',');
}

test.each([
  ['[1, 2', 6, 'cut off'],
  ['["a": 1]', 5, 'a list has no named fields'],
  ['{"a": 1 "b": 2}', 9, 'a comma is missing'],
  ['{"a": 1,}', 8, 'remove it'],
  ['[1,]', 3, 'remove it'],
  ["{'a': 1}", 2, 'double quotes'],
  ['{"a" 1}', 6, 'a colon'],
  ['[NaN]', 2, 'expected a value'],
  ['["a\tb"]', 4, 'control character'],
  ['["a\nb"]', 4, 'a double quote is missing'],
  ['["\\x"]', 3, 'no escape sequence'],
  ['[1] 2', 5, 'remove what follows'],
  ['', 1, 'cut off'],
])('says what is wrong with %j', (text, column, problem) => {
  const error = findJsonError(text)!;
  expect(error.problem).toContain(problem);
  expect(positionAt(text, error.offset)).toEqual({ line: 1, column });
});

test('deep nesting is an answer, not a stack overflow', () => {
  const text = '['.repeat(200_000);
  expect(findJsonError(text)?.offset).toBe(200_000);
});

test('lines count from one, and columns from the start of their line', () => {
  expect(positionAt('a\n\nbc\n', 4)).toEqual({ line: 3, column: 2 });
  expect(positionAt('', 0)).toEqual({ line: 1, column: 1 });
});
