// A file of the repository as the rules see it: its place, its text and, for code, its syntax tree.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { globSync } from 'tinyglobby';

/** A node of the syntax tree; the rules look at a handful of its fields only. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface Found {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode;
  /** The field of the parent that holds the node. */
  readonly field: string;
}

export class Source {
  readonly path: string;
  readonly text: string;
  #nodes: readonly Found[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  get isCode(): boolean {
    return /\.(ts|tsx|js|mjs)$/.test(this.path);
  }

  get isTest(): boolean {
    return /\.test\.tsx?$/.test(this.path);
  }

  /** The workspace that owns the file; empty for what belongs to the repository as a whole. */
  get workspace(): string {
    return workspaceOf(this.path);
  }

  /** All nodes of the syntax tree, in the order of the text. */
  get nodes(): readonly Found[] {
    this.#nodes ??= walk(parseSync(this.path, this.text).program as unknown as SyntaxNode);
    return this.#nodes;
  }

  /** Where every import, re-export and dynamic import of the file points to. */
  get imports(): readonly string[] {
    return this.nodes.flatMap(({ node }) => {
      const source = node['source'] as SyntaxNode | null | undefined;
      const value = source?.['value'];
      return typeof value === 'string' ? [value.replace(/\?.*$/, '')] : [];
    });
  }

  /** The path, within the repository, of a relative import. */
  resolve(specifier: string): string {
    return posix.join(posix.dirname(this.path), specifier);
  }

  /** `path:line` of an offset, for messages that an editor can follow. */
  at(offset: number): string {
    return `${this.path}:${this.text.slice(0, offset).split('\n').length}`;
  }
}

export function workspaceOf(path: string): string {
  return /^(?:packages|apps)\/[^/]+/.exec(path)?.[0] ?? '';
}

/** Every text file of the repository. */
export function readSources(): Source[] {
  const ignore = ['**/node_modules', '**/dist', '.git', '**/*.log', 'coverage'];
  return globSync('**', { dot: true, ignore })
    .toSorted()
    .map((path) => new Source(path, readFileSync(path, 'utf8')))
    .filter(({ text }) => !text.includes('\0'));
}

function walk(root: SyntaxNode): Found[] {
  const found: Found[] = [];
  const visit = (parent: SyntaxNode): void => {
    for (const [field, value] of Object.entries(parent)) {
      for (const node of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (!isNode(node)) continue;
        found.push({ node, parent, field });
        visit(node);
      }
    }
  };
  visit(root);
  return found;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
