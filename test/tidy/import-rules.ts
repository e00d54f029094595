// Who may import whom.
import { readFileSync } from 'node:fs';
import type { Rule } from './rule.ts';
import { type Source, workspaceOf } from './source.ts';

/** What each layer of the core may import; a layer may always import itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
  encoding: [],
  keyspace: [],
  store: ['encoding', 'keyspace'],
  trace: ['encoding', 'keyspace'],
  kademlia: ['keyspace', 'store', 'trace'],
  chord: ['keyspace', 'trace'],
  wire: ['encoding', 'keyspace', 'kademlia', 'store'],
  sim: ['keyspace', 'store', 'trace', 'kademlia', 'chord', 'wire'],
  testing: ['encoding', 'keyspace', 'store', 'trace', 'kademlia', 'chord', 'wire', 'sim'],
};

const core = 'packages/core/src/';
const model = 'apps/studio/src/model/';
const views = 'apps/studio/src/views/';

/** Besides the core, what the model of the studio may use: libraries that work without a DOM. */
const modelLibraries = /^(@kadscope\/core|@preact\/signals|multiformats|ipfs-unixfs-\w+)(\/|$)/;

const published = new Set(
  ['packages/core', 'packages/kadscope', 'packages/libp2p'].flatMap(entryPoints),
);

const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** The layer of a file of the core: its folder, or 'index' for the entry point beside the folders. */
function layerOf(path: string): string {
  const [first, second] = path.slice(core.length).split('/');
  return second === undefined ? 'index' : first!;
}

function viewOf(path: string): string | undefined {
  if (!path.startsWith(views)) return undefined;
  return path.slice(views.length).split('/')[0]!.replace(/\..*$/, '');
}

function entryPoints(folder: string): string[] {
  const { name, exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
    name: string;
    exports: Record<string, unknown>;
  };
  return Object.keys(exports).map((entry) => name + entry.slice(1));
}

/** A rule about single imports: `allows` says whether a file may import a specifier. */
function importRule(
  rule: Omit<Rule, 'check'> & { allows: (file: Source, specifier: string) => boolean },
): Rule {
  return {
    ...rule,
    check: (file) =>
      file.imports
        .filter((specifier) => !rule.allows(file, specifier))
        .map((specifier) => `${file.path} imports '${specifier}'`),
  };
}

export const importRules: readonly Rule[] = [
  importRule({
    name: 'a layer of the core imports only the layers below it',
    applies: (file) => file.isCode && !file.isTest && file.path.startsWith(core),
    allows: (file, specifier) => {
      if (!isRelative(specifier)) return true;
      const [from, to] = [layerOf(file.path), layerOf(file.resolve(specifier))];
      return from === 'index' || from === to || layers[from]?.includes(to) === true;
    },
    bad: [
      [`${core}keyspace/key.ts`, "import { Lookup } from '../kademlia/lookup.ts';"],
      [`${core}trace/event.ts`, "export { Store } from '../store/store.ts';"],
      [`${core}chord/chord.ts`, "type T = import('../kademlia/lookup.ts').Lookup;"],
      [`${core}unheard-of/a.ts`, "const k = await import('../keyspace/key.ts');"],
    ],
    good: [
      [`${core}sim/network.ts`, "import { Rng } from '../keyspace/rng.ts';\nimport './queue.ts';"],
      [`${core}index.ts`, "export { Lookup } from './kademlia/lookup.ts';"],
      [`${core}keyspace/key.test.ts`, "import { pair } from '../testing/pair.ts';"],
    ],
  }),
  importRule({
    name: 'the core depends on nothing but @noble/hashes and @noble/curves',
    applies: (file) => file.isCode && !file.isTest && file.path.startsWith(core),
    allows: (_, specifier) =>
      isRelative(specifier) || /^@noble\/(hashes|curves)(\/|$)/.test(specifier),
    bad: [
      [`${core}store/disk.ts`, "import { readFileSync } from 'node:fs';"],
      [`${core}keyspace/hash.ts`, "import { x } from '@noble/hashes-not';"],
    ],
    good: [[`${core}keyspace/hash.ts`, "import { sha256 } from '@noble/hashes/sha2.js';"]],
  }),
  importRule({
    name: 'a package is imported by its published entry points only',
    applies: (file) => file.isCode,
    allows: (_, specifier) =>
      !/^(@kadscope|kadscope)(\/|$)/.test(specifier) || published.has(specifier),
    bad: [
      ['packages/kadscope/src/main.ts', "import { x } from '@kadscope/core/src/index.ts';"],
      ['test/a.test.ts', "import { x } from '@kadscope/core/kademlia/lookup.ts';"],
      ['examples/a.ts', "import { x } from 'kadscope/dist/main.js';"],
    ],
    good: [['bench/a.bench.ts', "import { x } from '@kadscope/core/sim';"]],
  }),
  importRule({
    name: 'a relative import stays inside its workspace; only tests may use test/support',
    applies: (file) => file.isCode,
    allows: (file, specifier) =>
      !isRelative(specifier) ||
      workspaceOf(file.resolve(specifier)) === file.workspace ||
      (file.isTest && file.resolve(specifier).startsWith('test/support/')),
    bad: [
      ['test/a.test.ts', "import { x } from '../packages/core/src/index.ts';"],
      ['bench/a.bench.ts', "import { x } from '../apps/studio/src/main.ts';"],
      ['apps/studio/src/main.ts', "import { x } from '../../../packages/core/src/index.ts';"],
      ['packages/core/src/index.ts', "import { x } from '../../../scripts/setup.mjs';"],
      ['packages/core/src/index.ts', "import { x } from '../../../test/support/a.ts';"],
    ],
    good: [['test/setup.test.ts', "import { install } from '../scripts/setup.mjs';"]],
  }),
  importRule({
    name: 'inside a package nobody imports an index.ts',
    applies: (file) => file.isCode && file.workspace !== '',
    allows: (_, specifier) => !(isRelative(specifier) && /(^|\/)index\.tsx?$/.test(specifier)),
    bad: [
      [`${core}sim/run.ts`, "import { x } from '../keyspace/index.ts';"],
      [`${core}index.ts`, "export * from './trace/index.ts';"],
    ],
    good: [[`${core}sim/run.ts`, "import { x } from './trace-index.ts';"]],
  }),
  importRule({
    name: 'the model of the studio knows neither views nor the DOM',
    applies: (file) => file.isCode && !file.isTest && file.path.startsWith(model),
    allows: (file, specifier) =>
      isRelative(specifier)
        ? file.resolve(specifier).startsWith(model)
        : modelLibraries.test(specifier),
    bad: [
      [`${model}cursor.ts`, "import { render } from 'preact';"],
      [`${model}cursor.ts`, "import { x } from '../views/keyspace.tsx';"],
    ],
    good: [
      [`${model}cursor.ts`, "import { Trace } from '@kadscope/core/trace';\nimport './a.ts';"],
    ],
  }),
  importRule({
    name: 'a view never imports another view',
    applies: (file) => file.isCode && file.path.startsWith(views),
    allows: (file, specifier) => {
      const target = isRelative(specifier) ? viewOf(file.resolve(specifier)) : undefined;
      return target === undefined || target === viewOf(file.path);
    },
    bad: [
      [`${views}keyspace/view.tsx`, "import { x } from '../tree/view.tsx';"],
      [`${views}keyspace.tsx`, "import { x } from './tree.tsx';"],
    ],
    good: [[`${views}tree/view.tsx`, "import './draw.ts';\nimport '../../ui/pane.tsx';"]],
  }),
];
