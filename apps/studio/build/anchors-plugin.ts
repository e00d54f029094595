// A Vite plug-in that serves the source anchors, and the functions around them, as `virtual:anchors`.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Plugin } from 'vite';
import { readStringList, resolveAnchors } from './anchors.ts';
import type { Anchors, SourceFile } from './anchors.ts';
import { highlight } from './highlight.ts';
import type { Token } from './highlight.ts';

const PUBLIC_ID = 'virtual:anchors';
const RESOLVED_ID = '\0virtual:anchors';

/** Where the sources are. */
export interface AnchorOptions {
  /** The folder whose files report steps. */
  readonly source: string;
}

/** Serves `virtual:anchors`; fails the build when an id has no call site, or several. */
export function sourceAnchors(options: AnchorOptions): Plugin {
  return {
    name: 'kadscope:source-anchors',
    resolveId: (id) => (id === PUBLIC_ID ? RESOLVED_ID : null),
    load(id) {
      if (id !== RESOLVED_ID) return null;
      const files = readSources(options.source);
      for (const file of files) this.addWatchFile(join(options.source, file.path));
      const found = resolveAnchors(files, stepIds(files));
      const missing = found.missing.map((each) => `no call reports the step '${each}'`);
      const problems = [...found.problems, ...missing];
      if (problems.length > 0) this.error(`source anchors:\n  ${problems.join('\n  ')}`);
      return moduleText(files, found);
    },
  };
}

/** All TypeScript files below `folder` that are not tests, with paths as they are shown. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .toSorted()
    .map((path) => ({
      path: path.split(sep).join('/'),
      text: readFileSync(join(folder, path), 'utf8'),
    }));
}

/** The ids of the table of steps. */
export function stepIds(files: readonly SourceFile[]): string[] {
  const table = files.find((file) => file.path === 'trace/steps.ts');
  if (table === undefined) throw new Error('the table of steps is not at trace/steps.ts');
  return readStringList(table, 'STEP_IDS');
}

interface FunctionText {
  readonly file: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly comment: string;
  readonly code: readonly (readonly Token[])[];
}

/** Functions are shipped once, however many steps they report. */
function moduleText(files: readonly SourceFile[], { anchors }: Anchors): string {
  const code = new Map<string, Token[][]>();
  const functions: FunctionText[] = [];
  const numbers = new Map<string, number>();
  const table: Record<string, unknown> = {};
  for (const anchor of anchors.values()) {
    const { file, name, range, comment } = anchor;
    const key = `${file}:${range.from}`;
    if (!code.has(file)) code.set(file, highlight(files.find((each) => each.path === file)!));
    if (!numbers.has(key)) {
      const lines = code.get(file)!.slice(range.from - 1, range.to);
      numbers.set(
        key,
        functions.push({ file, name, from: range.from, to: range.to, comment, code: lines }) - 1,
      );
    }
    table[anchor.id] = {
      line: anchor.line,
      statement: anchor.statement,
      function: numbers.get(key),
    };
  }
  return `export const functions = ${JSON.stringify(functions)};\nexport const anchors = ${JSON.stringify(table)};\n`;
}
