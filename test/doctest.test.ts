// Runs the `@example` blocks of the sources. `expression // value` claims that the expression
// equals the value; a block that does not parse, does not run or claims something false fails.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { globSync } from 'tinyglobby';
import { transformWithOxc } from 'vite';
import { describe, expect, test } from 'vitest';

type Names = Readonly<Record<string, unknown>>;

const AsyncFunction = (async () => {}).constructor as new (
  ...parametersAndBody: string[]
) => (...values: unknown[]) => Promise<void>;

/** The examples of a source. One without a code fence is taken up to the end of its comment. */
function examples(text: string): string[] {
  const comments = text.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments
    .map((comment) => comment.replace(/\s*\*\/$/, '').replace(/^ *\* ?/gm, ''))
    .flatMap((comment) => comment.split('@example').slice(1))
    .map((example) => /```\w*\n([\s\S]*?)(```|$)/.exec(example)?.[1] ?? example);
}

/** Turns an example into a program: imports are taken out, claims become assertions. */
function compile(example: string): {
  code: string;
  imports: [name: string, from: string, as: string][];
} {
  const { program, comments, errors, module } = parseSync('example.ts', example);
  if (errors.length > 0) throw new SyntaxError(`${errors[0]!.message} in the example\n${example}`);
  const imports = module.staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.map(({ importName, localName }): [string, string, string] => [
      importName.name ?? 'default',
      moduleRequest.value,
      localName.value,
    ]),
  );
  let code = '';
  let end = 0;
  for (const statement of program.body) {
    code += example.slice(end, statement.start);
    end = statement.end;
    const source = example.slice(statement.start, end);
    if (statement.type === 'ImportDeclaration') continue;
    const claim = comments.find(
      ({ type, start }) =>
        type === 'Line' && start >= end && !example.slice(end, start).includes('\n'),
    );
    if (statement.type === 'ExpressionStatement' && claim !== undefined) {
      code += `expect(${source.replace(/;$/, '')}).toEqual(${claim.value.trim()});`;
      end = claim.end;
    } else {
      code += source;
    }
  }
  return { code: code + example.slice(end), imports };
}

/** Runs an example in which the exports of its own module are at hand without an import. */
async function runExample(example: string, own: Names): Promise<void> {
  const { code, imports } = compile(example);
  const names: Record<string, unknown> = { ...own, expect };
  for (const [name, from, as] of imports) {
    const loaded = (await import(/* @vite-ignore */ from)) as Names;
    expect(Object.keys(loaded), `exports of ${from}`).toContain(name);
    names[as] = loaded[name];
  }
  const plain = await transformWithOxc(`async () => {${code}\n}`, 'example.ts');
  const body = `await (${plain.code.replace(/;\s*$/, '')})()`;
  await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
}

const files = globSync(['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'], {
  ignore: '**/*.test.ts',
}).toSorted();

for (const file of files) {
  examples(readFileSync(file, 'utf8')).forEach((example, i) => {
    test(`${file}, example ${i + 1}`, async () => {
      await runExample(example, (await import(/* @vite-ignore */ resolve(file))) as Names);
    });
  });
}

describe('an example', () => {
  const run = (example: string): Promise<void> => runExample(example, { two: 2 });

  test('is found with and without a fence', () => {
    const text = '/**\n * @example\n * ```ts\n * a // 1\n * ```\n * @example\n * b // 2\n */';
    expect(examples(text)).toEqual(['a // 1\n', '\nb // 2']);
  });

  test('passes when its claims hold', async () => {
    await run("import { basename } from 'node:path';\nbasename('a/b'); // 'b'");
    await run('const three: number = two + 1;\n[two, three] // [2, 3]\n// a remark');
    await run('await Promise.resolve(two) // 2');
  });

  test.each([
    ['claims something false', 'two // 3'],
    ['does not parse', 'two ++ + // 3'],
    ['claims what does not parse', 'two // about two'],
    ['throws', 'nothing()'],
    ['imports a name that does not exist', "import { nothing } from 'node:path';"],
  ])('fails when it %s', async (_, example) => {
    await expect(run(example)).rejects.toThrow();
  });
});
