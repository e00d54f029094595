// Colours for TypeScript source, from its syntax tree: exact, and no grammar files to load.
//
// Code is shipped as lines of tokens, and the style sheet gives each class its colour, so that one set of
// tokens serves the dark and the light theme.
import { visitorKeys } from 'oxc-parser';
import type { Node } from 'oxc-parser';
import { parse } from './anchors.ts';
import type { SourceFile } from './anchors.ts';

/** Classes of tokens: comment, keyword, string, number, type, function name, property; '' is plain. */
export type TokenClass = '' | 'c' | 'k' | 's' | 'n' | 't' | 'f' | 'p';

/** A class and the text it applies to. */
export type Token = readonly [TokenClass, string];

/** The lines of a file, each as its tokens. */
export function highlight(file: SourceFile): Token[][] {
  const { program, comments } = parse(file);
  const classes: TokenClass[] = Array.from({ length: file.text.length }, () => '');
  const paint = (start: number, end: number, name: TokenClass): void => {
    classes.fill(name, start, end);
  };
  paintWords(file.text, paint);
  paintTree(program, paint);
  for (const comment of comments) paint(comment.start, comment.end, 'c');
  return toLines(file.text, classes);
}

type Paint = (start: number, end: number, name: TokenClass) => void;

const KEYWORDS =
  'abstract any as asserts async await boolean break case catch class const continue default delete do else export extends finally for from function get if implements import in instanceof interface is keyof let never new null number object of private public readonly return satisfies set static string super switch this throw true false try type typeof undefined unknown var void while yield';
const KEYWORD = new RegExp(`(?<![\\w$.#])(?:${KEYWORDS.replaceAll(' ', '|')})(?![\\w$])`, 'g');

/** Keywords first: whatever the tree knows better is painted over them. */
function paintWords(text: string, paint: Paint): void {
  for (const match of text.matchAll(KEYWORD))
    paint(match.index, match.index + match[0].length, 'k');
}

function paintTree(node: Node, paint: Paint): void {
  paintNode(node, paint);
  for (const key of visitorKeys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    for (const each of Array.isArray(child) ? child : [child]) {
      if (each !== null && each !== undefined) paintTree(each as Node, paint);
    }
  }
}

// Parents are painted before their children, so a callee overrules the plain name that it is.
function paintNode(node: Node, paint: Paint): void {
  switch (node.type) {
    case 'Literal':
      if (typeof node.value === 'string' || node.value instanceof RegExp)
        paint(node.start, node.end, 's');
      else if (typeof node.value === 'number' || typeof node.value === 'bigint')
        paint(node.start, node.end, 'n');
      return;
    case 'TemplateElement':
      paint(node.start, node.end, 's');
      return;
    case 'TSTypeReference':
      paint(node.typeName.start, node.typeName.end, 't');
      return;
    case 'CallExpression':
    case 'NewExpression': {
      const name = lastName(node.callee);
      if (name !== null) paint(name.start, name.end, node.type === 'NewExpression' ? 't' : 'f');
      return;
    }
    case 'MethodDefinition':
      paint(node.key.start, node.key.end, 'f');
      return;
    case 'FunctionDeclaration':
      if (node.id !== null) paint(node.id.start, node.id.end, 'f');
      return;
    case 'ClassDeclaration':
      if (node.id !== null) paint(node.id.start, node.id.end, 't');
      return;
    case 'Property':
      if (!node.computed && !node.shorthand) paint(node.key.start, node.key.end, 'p');
      return;
    default:
      return;
  }
}

function lastName(callee: Node): Node | null {
  if (callee.type === 'Identifier') return callee;
  return callee.type === 'MemberExpression' && !callee.computed ? callee.property : null;
}

function toLines(text: string, classes: readonly TokenClass[]): Token[][] {
  const lines: Token[][] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    const tokens: [TokenClass, string][] = [];
    for (let i = 0; i < line.length; i++) {
      const name = line[i] === ' ' ? (tokens.at(-1)?.[0] ?? '') : classes[offset + i]!;
      const last = tokens.at(-1);
      if (last !== undefined && last[0] === name) last[1] += line[i]!;
      else tokens.push([name, line[i]!]);
    }
    lines.push(tokens);
    offset += line.length + 1;
  }
  return lines;
}
