import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CommandError, UsageError } from './errors.ts';
import { readScenario } from './scenario-file.ts';
import type { Override } from './scenario-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(content: string | Uint8Array): string {
  const file = join(folder, 'a.yaml');
  writeFileSync(file, content);
  return file;
}

async function failure(
  content: string | Uint8Array,
  overrides: readonly Override[] = [],
): Promise<CommandError> {
  const error: unknown = await readScenario(write(content), overrides).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CommandError);
  expect((error as CommandError).code).not.toBe('internal');
  return error as CommandError;
}

test('a file without a field, and no file, are the default scenario', async () => {
  const none = await readScenario(undefined, []);
  for (const text of ['', '# nothing\n', '{}', '\uFEFF']) {
    expect(await readScenario(write(text), [])).toEqual(none);
  }
});

test('tabs between words, anchors and JSON are as good as any YAML', async () => {
  expect(await readScenario(write('nodes:\t50\n'), [])).toMatchObject({ nodes: 50 });
  const anchored = 'nodes: &n 60\nworkload: { operations: *n }\n';
  expect(await readScenario(write(anchored), [])).toMatchObject({
    nodes: 60,
    workload: { operations: 60 },
  });
  expect(await readScenario(write('{"nodes": 70}'), [])).toMatchObject({ nodes: 70 });
});

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
for (const [name, before] of ['ba', 'cb', 'dc', 'ed'].map((pair) => [pair[0], pair[1]])) {
  bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
}

test.each([
  ['churn:\n\tjoinIntervalMs: 3\n', 'line 2, column 1: a tab indents this line; use spaces'],
  ['nodes: [1\n', 'line 2, column 1'],
  ['nodes: 5\nnodes: 6\n', 'line 2, column 1: this field is here twice'],
  ['nodes: 5\n---\nnodes: 6\n', 'line 2, column 1: a second scenario begins here'],
  ['nodes: *none\n', 'line 1, column 8: there is no anchor &none above'],
  [bomb.join('\n'), 'its anchors stand for more than a scenario needs'],
  ['- 1\n- 2\n', "a scenario is made of fields such as 'nodes: 1000'"],
  ['just words', 'a scenario is made of fields'],
  ['__proto__: { nodes: 5 }\n', 'line 1: __proto__: no such field'],
  ['constructor: 1\n', 'line 1: constructor: no such field'],
  ['workload: { mix: { toString: 1 } }\n', 'line 1: workload.mix.toString: no such field'],
  ['? { a: 1 }\n: 2\n', 'no such field'],
  ['nodes: .inf\n', 'line 1: nodes: expected a whole number'],
  ['seed: 123456789012345678901\n', 'line 1: seed: expected a whole number'],
  [Uint8Array.of(0xff, 0xfe, 0, 1, 2), 'this is no text'],
  [`# ${'x'.repeat(1_000_001)}`, 'there is more in it than the 1 MB that can be read'],
])('says in one sentence where %j is wrong', async (content, message) => {
  const error = await failure(content);
  expect(error.message).toContain(message);
  expect(error.message).toContain('a.yaml');
  expect(error.message).not.toContain('\n');
  expect(error.exitCode).toBe(1);
});

describe('fields that are replaced', () => {
  const operations: Override = {
    flag: '--operations',
    path: ['workload', 'operations'],
    value: 3,
  };

  test('win over the file and leave the rest', async () => {
    const scenario = await readScenario(write('workload: { operations: 9, intervalMs: 7 }\n'), [
      operations,
    ]);
    expect(scenario.workload).toMatchObject({ operations: 3, intervalMs: 7 });
    expect((await readScenario(write('workload:\n'), [operations])).workload.operations).toBe(3);
  });

  test('are blamed by their flag, and what is around them by its line', async () => {
    const error = await failure('nodes: 5\n', [{ flag: '--nodes', path: ['nodes'], value: 1 }]);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/^--nodes: expected a whole number/);
    const around = await failure('\nworkload: abc\n', [operations]);
    expect(around.message).toMatch(/line 2: workload: expected fields/);
  });
});
