// Source anchors: where in the source each step of the trace is reported.
//
// The engine and the simulator report only through `step('<id>', now, fields)`, with a literal id. This
// module finds those calls in the syntax tree, so that the studio can show, beside an event, the file, the
// function and the statement that made it. It reads no files: callers give it texts.
import { parseSync, visitorKeys } from 'oxc-parser';
import type { CallExpression, Comment, Node, Program } from 'oxc-parser';

/** A source file: its path as it is shown, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Lines `from` to `to` of a file, counted from 1, both included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** The one place at which a step is reported. */
export interface Anchor {
  readonly id: string;
  readonly file: string;
  /** The line of the call. */
  readonly line: number;
  /** The statement that the call belongs to. */
  readonly statement: LineRange;
  /** The function around it, as people say it: `Lookups.answered`. */
  readonly name: string;
  readonly range: LineRange;
  /** What the comment above the function says, without its signs; empty when there is none. */
  readonly comment: string;
}

/** What `resolveAnchors` found; the source is in order when nothing is a problem and nothing is missing. */
export interface Anchors {
  readonly anchors: ReadonlyMap<string, Anchor>;
  /** One sentence for each call that cannot be an anchor and each id that several calls report. */
  readonly problems: readonly string[];
  /** Ids of the table that no call reports. */
  readonly missing: readonly string[];
}

/** Finds the call of every id of `ids` in `files`. */
export function resolveAnchors(files: readonly SourceFile[], ids: readonly string[]): Anchors {
  const known = new Set(ids);
  const found = new Map<string, Anchor[]>();
  const problems: string[] = [];
  for (const file of files) {
    for (const report of reportsOf(file)) {
      if (report.id === null)
        problems.push(`${file.path}:${report.line}: the id of a step must be a literal`);
      else if (!known.has(report.id))
        problems.push(`${file.path}:${report.line}: '${report.id}' is not a step`);
      else found.set(report.id, [...(found.get(report.id) ?? []), report.anchor]);
    }
  }
  const missing = ids.filter((id) => !found.has(id));
  for (const [id, places] of found) {
    if (places.length === 1) continue;
    const where = places.map((place) => `${place.file}:${place.line}`).join(', ');
    problems.push(
      `the step '${id}' is reported at ${places.length} places (${where}); give each its own id`,
    );
  }
  const anchors = new Map(ids.filter((id) => found.has(id)).map((id) => [id, found.get(id)![0]!]));
  return { anchors, problems, missing };
}

/** The strings of the array literal that `name` is declared as; throws when the file has none. */
export function readStringList(file: SourceFile, name: string): string[] {
  let list: string[] | null = null;
  walk(parse(file).program, [], (node) => {
    if (
      node.type !== 'VariableDeclarator' ||
      node.id.type !== 'Identifier' ||
      node.id.name !== name
    )
      return;
    const value = node.init?.type === 'TSAsExpression' ? node.init.expression : node.init;
    if (value?.type !== 'ArrayExpression') return;
    list = value.elements.flatMap((element) =>
      element?.type === 'Literal' && typeof element.value === 'string' ? [element.value] : [],
    );
  });
  if (list === null) throw new Error(`${file.path} declares no list of strings named ${name}`);
  return list;
}

interface Report {
  /** `null` when it is not a literal. */
  readonly id: string | null;
  readonly line: number;
  readonly anchor: Anchor;
}

function reportsOf(file: SourceFile): Report[] {
  const { program, comments } = parse(file);
  const lines = new Lines(file.text);
  const reports: Report[] = [];
  walk(program, [], (node, path) => {
    if (node.type !== 'CallExpression' || !isReport(node)) return;
    const id = literalOf(node.arguments[0]);
    const line = lines.at(node.start);
    const statement = path.findLast((ancestor) => STATEMENT.test(ancestor.type)) ?? node;
    const owner = functionAround(path);
    const outer = owner?.outer ?? program;
    const anchor: Anchor = {
      id: id ?? '',
      file: file.path,
      line,
      statement: lines.range(statement),
      name: owner?.name ?? 'module',
      range: lines.range(outer),
      comment: commentAbove(outer, comments, file.text),
    };
    reports.push({ id, line, anchor });
  });
  return reports;
}

/** Reports have an id, a time and fields; a `step` with fewer arguments is something else. */
function isReport(call: CallExpression): boolean {
  const callee = call.callee;
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression' &&
          callee.property.type === 'Identifier' &&
          !callee.computed
        ? callee.property.name
        : '';
  return name === 'step' && call.arguments.length === 3;
}

const STATEMENT = /^(?!Block).*(?:Statement|VariableDeclaration)$/;

function literalOf(node: Node | undefined): string | null {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : null;
}

/** The outermost named function around a call, so that a callback is shown within its method. */
function functionAround(path: readonly Node[]): { name: string; outer: Node } | null {
  let className = '';
  for (const [depth, node] of path.entries()) {
    if (node.type === 'ClassDeclaration') className = node.id?.name ?? '';
    if (node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') {
      return { name: `${className}.${keyName(node.key)}`, outer: node };
    }
    if (node.type === 'FunctionDeclaration')
      return { name: node.id?.name ?? 'function', outer: declaration(path, depth) };
    if (node.type === 'VariableDeclarator' && node.init?.type === 'ArrowFunctionExpression') {
      return {
        name: node.id.type === 'Identifier' ? node.id.name : 'function',
        outer: declaration(path, depth - 1),
      };
    }
  }
  return null;
}

/** The declaration at `depth`, with the `export` in front of it. */
function declaration(path: readonly Node[], depth: number): Node {
  const parent = path[depth - 1];
  return parent?.type === 'ExportNamedDeclaration' ? parent : path[depth]!;
}

function keyName(key: Node): string {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  return key.type === 'Identifier' ? key.name : 'computed';
}

/** The text of the comments that end right above `node`. */
function commentAbove(node: Node, comments: readonly Comment[], text: string): string {
  const above: Comment[] = [];
  let start = node.start;
  for (const comment of comments.toReversed()) {
    if (comment.end > start) continue;
    const between = text.slice(comment.end, start);
    if (between.trim() !== '' || between.split('\n').length > 2) break;
    above.unshift(comment);
    start = comment.start;
  }
  return above
    .flatMap((comment) => comment.value.split('\n'))
    .map((line) => line.replace(/^\s*\*?\s?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** Calls `visit` for every node below `node`, with its ancestors, the nearest last. */
function walk(node: Node, path: Node[], visit: (node: Node, path: readonly Node[]) => void): void {
  visit(node, path);
  path.push(node);
  for (const key of visitorKeys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    for (const each of Array.isArray(child) ? child : [child]) {
      if (each !== null && each !== undefined) walk(each as Node, path, visit);
    }
  }
  path.pop();
}

/** Parses a file; throws an error that names the place when it is not TypeScript. */
export function parse(file: SourceFile): { program: Program; comments: Comment[] } {
  const result = parseSync(file.path, file.text);
  const error = result.errors[0];
  if (error !== undefined) {
    const line = new Lines(file.text).at(error.labels[0]?.start ?? 0);
    throw new Error(`${file.path}:${line}: ${error.message}`);
  }
  return { program: result.program, comments: result.comments };
}

/** Line numbers of offsets. */
class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
      this.#starts.push(at + 1);
  }

  /** The line of an offset, counted from 1. */
  at(offset: number): number {
    const after = this.#starts.findIndex((start) => start > offset);
    return after < 0 ? this.#starts.length : after;
  }

  range(node: { readonly start: number; readonly end: number }): LineRange {
    return { from: this.at(node.start), to: this.at(node.end - 1) };
  }
}
