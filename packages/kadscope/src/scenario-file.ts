// Scenarios in YAML or JSON, and where in the file they are wrong.
import { parseScenario, ScenarioError } from '@kadscope/core/sim';
import type { Scenario } from '@kadscope/core/sim';
import { isMap, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, YAMLParseError } from 'yaml';
import { CommandError, UsageError } from './errors.ts';
import { readWhole } from './input-file.ts';

/** Values that replace fields of a scenario: the flag, the path of its field, and what was said. */
export interface Override {
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A scenario that somebody writes has a hundred lines; this bounds what an error may cost. */
const BYTES_MAX = 1_000_000;
/** Uses of anchors at most: enough for any honest scenario, too few to fill the memory. */
const ALIASES_MAX = 100;

type Fields = Record<string, unknown>;

/** What is in a file, and in which line. */
interface Source {
  readonly fields: Fields;
  readonly lineOf: (path: string) => number | null;
}

/**
 * The scenario of a file, or the default one, with some of its fields replaced. Throws a `CommandError` with
 * line and field, or a `UsageError` when a flag is to blame.
 */
export async function readScenario(
  file: string | undefined,
  overrides: readonly Override[],
): Promise<Scenario> {
  const source = file === undefined ? null : await readSource(file);
  let fields: Fields = { ...source?.fields };
  for (const { path, value } of overrides) fields = replaced(fields, path, value);
  try {
    return parseScenario(fields);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw blame(error, { file, overrides, source });
  }
}

/** A field that holds something other than fields is left for the scenario's own check to find. */
function replaced(fields: Fields, path: readonly string[], value: unknown): Fields {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return { ...fields, [name]: value };
  const inner = fields[name] ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) return fields;
  return { ...fields, [name]: replaced(inner as Fields, rest, value) };
}

async function readSource(file: string): Promise<Source> {
  const lineCounter = new LineCounter();
  const text = decode(await readWhole(file, BYTES_MAX), file);
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  const failAt = (offset: number, problem: string): CommandError => {
    const { line, col } = lineCounter.linePos(offset);
    const facts = { file, line, column: col };
    return new CommandError(`${file}, line ${line}, column ${col}: ${problem}`, 'scenario', facts);
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const isSecond = error.code === 'MULTIPLE_DOCS';
    const problem = isSecond ? 'a second scenario begins here; name a file of one' : inWords(error);
    throw failAt(error.pos[0], problem);
  }
  const unresolved = firstUnresolved(document);
  if (unresolved !== null)
    throw failAt(unresolved.offset, `there is no anchor &${unresolved.name} above`);
  const value = valueOf(document, file);
  if (value !== null && !isMap(document.contents)) {
    throw new CommandError(
      `${file}: a scenario is made of fields such as 'nodes: 1000', and this is something else`,
      'scenario',
      { file },
    );
  }
  return {
    fields: (value ?? {}) as Fields,
    lineOf: (path) => {
      const node = document.getIn(path.split('.'), true) as
        | { range?: readonly number[] }
        | undefined;
      const offset = node?.range?.[0];
      return offset === undefined ? null : lineCounter.linePos(offset).line;
    },
  };
}

/** What each kind of mistake in YAML means to somebody who does not know its grammar. */
const MISTAKES: Readonly<Partial<Record<YAMLParseError['code'], string>>> = {
  BAD_INDENT:
    'this line is indented too little or too much; fields of one group begin in the same column',
  BLOCK_AS_IMPLICIT_KEY:
    'a field stands where a value belongs; put it on a line of its own, indented',
  BLOCK_IN_FLOW: 'lines of fields stand within { } or [ ]; close the bracket first',
  DUPLICATE_KEY: 'this field is here twice; take one of them away',
  MISSING_CHAR:
    'something is missing here: a closing quote or bracket, a comma, or a colon after a name',
  MULTILINE_IMPLICIT_KEY: 'the colon after this name is missing; write it as name: value',
  TAB_AS_INDENT: 'a tab indents this line; use spaces',
  UNEXPECTED_TOKEN:
    'this does not belong here; look for a missing quote, bracket, comma or line break',
  BAD_ALIAS: 'this reference has no proper name; write & or * and a name',
  BAD_SCALAR_START: 'a value cannot begin with this character; put the value in quotes',
  BAD_DQ_ESCAPE: 'this backslash escapes nothing; write two of them',
  KEY_OVER_1024_CHARS: 'this name is too long; is a colon missing?',
};

function inWords({ code }: YAMLParseError): string {
  return MISTAKES[code] ?? 'this is not YAML; look for a missing quote, bracket or colon nearby';
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(
      `${file}: this is no text; name a scenario in YAML or JSON`,
      'scenario',
      {
        file,
      },
    );
  }
}

function firstUnresolved(document: Document): { name: string; offset: number } | null {
  let found: { name: string; offset: number } | null = null;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      found = { name: alias.source, offset: alias.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new CommandError(
      `${file}: its anchors stand for more than a scenario needs; write the fields out`,
      'scenario',
      { file },
    );
  }
}

interface Context {
  readonly file: string | undefined;
  readonly overrides: readonly Override[];
  readonly source: Source | null;
}

/** Names the flag or the line that the bad value came from. */
function blame(error: ScenarioError, context: Context): CommandError {
  const { file, overrides, source } = context;
  const override = overrides.find(({ path }) => path.join('.') === error.path);
  if (override !== undefined) {
    const problem = error.message.slice(error.path.length + 2);
    return new UsageError(`${override.flag}: ${problem}`, { field: error.path });
  }
  if (file === undefined) return new UsageError(error.message, { field: error.path });
  const line = error.path === '' ? null : source!.lineOf(error.path);
  const place = line === null ? file : `${file}, line ${line}`;
  const facts = { file, ...(line !== null && { line }), field: error.path };
  return new CommandError(`${place}: ${error.message}`, 'scenario', facts);
}
