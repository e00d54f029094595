// Which tests a file declares, read from its source: their titles as they are written there, so that a
// table can name `test.each` and titles that are put together.
import { parseSync } from 'oxc-parser';
import type { TestName } from './conformance-table.ts';

/** A test that a source declares. */
export interface DeclaredTest {
  readonly titles: readonly string[];
  /** Whether it is skipped or still to be written, or may be skipped under a condition. */
  readonly maySkip: boolean;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What a call of `describe` or `test` is made of: `test.skip.each(…)(…)` is test, with skip and each. */
interface Chain {
  readonly base: string;
  readonly modifiers: readonly string[];
}

interface Place {
  readonly titles: readonly string[];
  readonly maySkip: boolean;
}

/** A function of a test file that declares a test under the title that it is given. */
interface Maker {
  readonly parameter: number;
  readonly maySkip: boolean;
}

/** Modifiers that are called themselves, and whose result declares tests. */
const CALLED = new Set(['each', 'for', 'skipIf', 'runIf', 'extend']);
const SKIPPING = new Set(['skip', 'todo', 'skipIf', 'runIf']);

/** The tests of a source. */
export function declaredTests(path: string, text: string): DeclaredTest[] {
  return new Declarations(text).of(parseSync(path, text).program as unknown as SyntaxNode);
}

/** A pattern for what a title of a source becomes when the test runs. */
export function titlePattern(title: string): RegExp {
  const parts = title.split(/%[sdifjoOc#$%]|\$\{[^}]*\}|\$[A-Za-z_][\w.]*/);
  const escaped = parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

/** Whether titles that ran are those of a test that a table names. */
export function isRunOf(name: TestName, titles: readonly string[]): boolean {
  return (
    name.titles.length === titles.length &&
    name.titles.every((title, i) => titlePattern(title).test(titles[i]!))
  );
}

class Declarations {
  readonly #text: string;
  readonly #makers = new Map<string, Maker>();
  readonly #found: DeclaredTest[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  of(program: SyntaxNode): DeclaredTest[] {
    for (const node of descendants(program))
      if (node.type === 'FunctionDeclaration') this.#noteMaker(node);
    this.#visit(program, { titles: [], maySkip: false });
    return this.#found;
  }

  #noteMaker(node: SyntaxNode): void {
    const parameters = (node['params'] as SyntaxNode[]).map(nameOf);
    for (const call of descendants(node)) {
      const chain = chainOf(call);
      const [title] = argumentsOf(call);
      const parameter = title === undefined ? -1 : parameters.indexOf(nameOf(title));
      if (chain?.base === 'test' && parameter >= 0)
        this.#makers.set(nameOf(node['id'] as SyntaxNode), { parameter, maySkip: skips(chain) });
    }
  }

  #visit(node: SyntaxNode, place: Place): void {
    let inside = place;
    if (node.type === 'CallExpression') {
      const chain = chainOf(node);
      const maker = this.#makers.get(nameOf(node['callee'] as SyntaxNode));
      const title = this.#titleOf(argumentsOf(node)[maker?.parameter ?? 0]);
      const titles = title === null ? place.titles : [...place.titles, title];
      if (title !== null && maker !== undefined)
        this.#found.push({ titles, maySkip: place.maySkip || maker.maySkip });
      else if (title !== null && chain !== null) {
        inside = { titles, maySkip: place.maySkip || skips(chain) };
        if (chain.base === 'test') this.#found.push(inside);
      }
    }
    for (const child of children(node)) this.#visit(child, inside);
  }

  /** A title as the source has it; `null` where it is no literal. */
  #titleOf(node: SyntaxNode | undefined): string | null {
    if (node?.type === 'Literal') {
      const value = node['value'];
      return typeof value === 'string' ? value : null;
    }
    return node?.type === 'TemplateLiteral' ? this.#text.slice(node.start + 1, node.end - 1) : null;
  }
}

/** What a call that declares a test or a group of tests is made of; `null` for every other node. */
function chainOf(node: SyntaxNode): Chain | null {
  if (node.type !== 'CallExpression') return null;
  const modifiers: string[] = [];
  let at = node['callee'] as SyntaxNode;
  const isCalled =
    at.type === 'MemberExpression' && CALLED.has(nameOf(at['property'] as SyntaxNode));
  if (isCalled) return null;
  for (;;) {
    if (at.type === 'CallExpression') at = at['callee'] as SyntaxNode;
    else if (at.type === 'TaggedTemplateExpression') at = at['tag'] as SyntaxNode;
    else if (at.type === 'MemberExpression') {
      modifiers.push(nameOf(at['property'] as SyntaxNode));
      at = at['object'] as SyntaxNode;
    } else break;
  }
  const name = nameOf(at);
  const base = name === 'it' ? 'test' : name;
  return base === 'test' || base === 'describe' ? { base, modifiers } : null;
}

function skips({ modifiers }: Chain): boolean {
  return modifiers.some((modifier) => SKIPPING.has(modifier));
}

function argumentsOf(node: SyntaxNode): readonly SyntaxNode[] {
  return node.type === 'CallExpression' ? (node['arguments'] as SyntaxNode[]) : [];
}

/** The name of an identifier, empty for everything else. */
function nameOf(node: SyntaxNode): string {
  return node.type === 'Identifier' ? (node['name'] as string) : '';
}

function* descendants(node: SyntaxNode): Generator<SyntaxNode, void, undefined> {
  for (const child of children(node)) {
    yield child;
    yield* descendants(child);
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
