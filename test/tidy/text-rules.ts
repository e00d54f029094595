// What a file may contain.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Rule } from './rule.ts';
import type { Found, Source } from './source.ts';

const core = 'packages/core/src/';

/** Globals whose answer depends on when, where or in which engine the code runs. */
const impure = new Set(
  (
    'Date performance setTimeout setInterval setImmediate queueMicrotask requestAnimationFrame ' +
    'crypto Intl WeakRef FinalizationRegistry globalThis'
  ).split(' '),
);

/** Methods whose answer depends on the locale. */
const localized = /^(localeCompare|toLocale\w+)$/;

/** The part of `Math` that the language defines bit for bit; the rest may differ between engines. */
const exactMath = new Set(
  (
    'abs ceil clz32 floor fround imul max min round sign sqrt trunc ' +
    'E PI LN2 LN10 LOG2E LOG10E SQRT2 SQRT1_2'
  ).split(' '),
);

/** The name of a node that reads a variable; undefined for the names of properties. */
function variable({ node, parent, field }: Found): string | undefined {
  if (node.type !== 'Identifier') return undefined;
  const isName = (field === 'property' || field === 'key') && parent['computed'] !== true;
  return isName ? undefined : (node['name'] as string);
}

function property({ node, parent, field }: Found): string | undefined {
  const isName = parent.type === 'MemberExpression' && field === 'property';
  return isName && parent['computed'] !== true ? (node['name'] as string) : undefined;
}

function impurity(found: Found, inMath: string | undefined): string | undefined {
  const name = variable(found);
  if (name !== undefined && impure.has(name)) return name;
  if (name === 'Math' && !(inMath !== undefined && exactMath.has(inMath))) {
    return inMath === undefined ? 'Math as a value' : `Math.${inMath}`;
  }
  const method = property(found);
  if (method !== undefined && localized.test(method)) return method;
  const operator = found.node['operator'];
  return operator === '**' || operator === '**=' ? operator : undefined;
}

/** The member of `Math` that is read where `found` is the name `Math` itself. */
function mathMember({ parent, field }: Found): string | undefined {
  if (parent.type !== 'MemberExpression' || field !== 'object') return undefined;
  if (parent['computed'] === true) return undefined;
  return (parent['property'] as { name: string }).name;
}

function impurities(file: Source): string[] {
  return file.nodes.flatMap((found) => {
    const problem = impurity(found, mathMember(found));
    return problem === undefined ? [] : [`${file.at(found.node.start)} uses ${problem}`];
  });
}

function titles(text: string): number {
  const outsideFences = text.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1/gm, '');
  return (outsideFences.match(/^# /gm) ?? []).length;
}

const lineCount = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** Folders that every Unix machine has, and that documentation may therefore name. */
const standardFolder =
  /^\/(bin|boot|dev|etc|lib|lib64|mnt|opt|proc|run|sbin|srv|sys|tmp|usr|var)(\/|$)/;

/** The absolute paths in a text that lead somewhere on this machine but not on most others. */
function localPaths(text: string): string[] {
  const paths = text.match(/(?<![\w.*)\]}/@:-])\/[\w.-]+\/[\w.-]+/g) ?? [];
  const local = paths.filter((path) => !standardFolder.test(path) && existsSync(path));
  const own = [process.cwd(), homedir()].filter(
    (path) => path.lastIndexOf('/') > 0 && text.includes(path),
  );
  return [...new Set([...local, ...own])];
}

const rootVersion = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string })
  .version;

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function unpinned(file: Source): string[] {
  const { version, dependencies, devDependencies } = JSON.parse(file.text) as Manifest;
  const wrong = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name, range]) =>
      /^@?kadscope(\/|$)/.test(name) ? range !== rootVersion : !/^\d+\.\d+\.\d+/.test(range),
    )
    .map(([name, range]) => `${file.path} asks for ${name} ${range}`);
  return version === rootVersion ? wrong : [`${file.path} has version ${version}`, ...wrong];
}

export const textRules: readonly Rule[] = [
  {
    name: 'the core is deterministic: time and chance are arguments, maths is exact',
    applies: (file) => file.isCode && !file.isTest && file.path.startsWith(core),
    check: impurities,
    bad: [
      [`${core}a.ts`, 'const now = Date.now();'],
      [`${core}a.ts`, 'const x = Math.random();'],
      [`${core}a.ts`, 'const x = Math.log(2);'],
      [`${core}a.ts`, "const x = Math['exp'](2);"],
      [`${core}a.ts`, 'const { pow } = Math;'],
      [`${core}a.ts`, 'const x = 2 ** 8;'],
      [`${core}a.ts`, 'let x = 2; x **= 8;'],
      [`${core}a.ts`, 'globalThis.setTimeout(f, 1);'],
      [`${core}a.ts`, 'names.sort((a, b) => a.localeCompare(b));'],
    ],
    good: [
      [`${core}a.ts`, '// Date and Math.random\nconst x = { Date: 1 }.Date + Math.floor(1.5);'],
      [`${core}a.test.ts`, 'const now = Date.now();'],
    ],
  },
  {
    name: 'a source file has at most 400 lines',
    applies: (file) => file.isCode,
    check: ({ path, text }) =>
      lineCount(text) > 400 ? [`${path} has ${lineCount(text)} lines`] : [],
    bad: [['scripts/a.mjs', '\n'.repeat(401)]],
    good: [['scripts/a.mjs', '\n'.repeat(400)]],
  },
  {
    name: 'README.md has at most 150 lines',
    applies: ({ path }) => path === 'README.md',
    check: ({ path, text }) =>
      lineCount(text) > 150 ? [`${path} has ${lineCount(text)} lines`] : [],
    bad: [['README.md', 'x\n'.repeat(151)]],
    good: [['README.md', 'x\n'.repeat(150)]],
  },
  {
    name: 'a Markdown file has exactly one title',
    applies: ({ path }) => path.endsWith('.md'),
    check: ({ path, text }) => (titles(text) === 1 ? [] : [`${path} has ${titles(text)} titles`]),
    bad: [
      ['a.md', '## Only a section\n'],
      ['a.md', '# One\n\n# Two\n'],
      ['a.md', '```sh\n# a comment\n```\n'],
    ],
    good: [['a.md', '# One\n\n```sh\n# a comment\n```\n\n## Section\n']],
  },
  {
    name: 'a file ends with a newline',
    applies: ({ text }) => text.length > 0,
    check: ({ path, text }) => (text.endsWith('\n') ? [] : [`${path} ends without one`]),
    bad: [['a.txt', 'end']],
    good: [['a.txt', 'end\n']],
  },
  {
    name: 'no file names a place on the machine it was written on',
    applies: () => true,
    check: ({ path, text }) => localPaths(text).map((local) => `${path} names ${local}`),
    bad: [['a.md', `see ${process.cwd()}/package.json\n`]],
    good: [['a.ts', "'/usr/bin/chromium', '/api/trace', 'https://example.org/home/x', a/b/c\n"]],
  },
  {
    name: 'no file names a package registry',
    applies: () => true,
    check: ({ path, text }) =>
      (text.match(/https?:\/\/registry\.\S+/g) ?? []).map((address) => `${path} names ${address}`),
    bad: [['package-lock.json', ['https:', '', 'registry.example.org', 'a.tgz'].join('/')]],
    good: [['a.ts', "registry.views.get('https://example.org/registry');"]],
  },
  {
    name: 'all workspaces have one version, and dependencies are pinned exactly',
    applies: ({ path }) => /(^|\/)package\.json$/.test(path),
    check: unpinned,
    bad: [
      ['package.json', `{ "version": "${rootVersion}", "dependencies": { "a": "^1.0.0" } }`],
      ['package.json', `{ "version": "${rootVersion}", "dependencies": { "kadscope": "0.0.1" } }`],
      ['packages/core/package.json', '{ "version": "0.0.1" }'],
    ],
    good: [
      ['package.json', `{ "version": "${rootVersion}", "devDependencies": { "a": "1.0.0" } }`],
    ],
  },
];
