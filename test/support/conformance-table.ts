// The support tables of `docs/protocols`: which rule of which text is kept, and which test shows it.
//
// A support table is a Markdown table whose first column is called "rule". Its last column names tests as
// code, `file › describe › test`, and says the rest in words.
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';

/** What may be said of a rule. */
const STATUSES = ['done', 'not done', 'not applicable'] as const;

/** A test as a table names it: its file, and its titles as they stand in the source. */
export interface TestName {
  readonly file: string;
  readonly titles: readonly string[];
}

/** A row of a support table. */
export interface Rule {
  readonly id: string;
  readonly status: string;
  readonly tests: readonly TestName[];
  /** What the last column says besides the names of tests. */
  readonly remark: string;
  /** Where the row stands, `path:line`. */
  readonly place: string;
}

const SEPARATOR = ' › ';

/** Files of the core are named without this. */
const CORE = 'packages/core/src/';

/** A letter for the text, and numbers: K-2.3-4, A-7-12, S-4.1-3, X-9. */
const ID = /^[A-Z]-[0-9.]+(-[0-9]+)?$/;

/** The rules of all support tables. */
export function readRules(): Rule[] {
  return globSync('docs/protocols/*.md')
    .toSorted()
    .flatMap((path) => rulesIn(path, readFileSync(path, 'utf8')));
}

/** The rules of the support tables in a page. */
export function rulesIn(path: string, text: string): Rule[] {
  const rules: Rule[] = [];
  let columns: readonly string[] = [];
  text.split('\n').forEach((line, at) => {
    const cells = cellsOf(line);
    if (cells.length === 0) columns = [];
    else if (columns.length === 0) columns = cells;
    else if (columns[0] === 'rule' && !/^:?-+:?$/.test(cells[0]!))
      rules.push(ruleOf(columns, cells, `${path}:${at + 1}`));
  });
  return rules;
}

/** What is wrong with the rules themselves, whatever tests there are. */
export function problemsOf(rules: readonly Rule[]): string[] {
  const seen = new Set<string>();
  return rules.flatMap((rule) => {
    const problems: string[] = [];
    if (!ID.test(rule.id)) problems.push('is no name of a rule');
    if (seen.has(rule.id)) problems.push('is there twice');
    seen.add(rule.id);
    if (!STATUSES.some((status) => status === rule.status))
      problems.push(`is '${rule.status}', which is no status`);
    if (rule.status === 'done' && rule.tests.length === 0)
      problems.push('is done, but has no test');
    if (rule.status !== 'done' && rule.remark === '')
      problems.push(`is ${rule.status}, but does not say why`);
    return problems.map((problem) => `${rule.place}: ${rule.id} ${problem}`);
  });
}

/** A test as a message names it. */
export function textOf({ file, titles }: TestName): string {
  return [file, ...titles].join(SEPARATOR);
}

function ruleOf(columns: readonly string[], cells: readonly string[], place: string): Rule {
  const last = cells.at(-1)!;
  const names = [...last.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  return {
    id: cells[0]!,
    status: cells[columns.indexOf('status')] ?? '',
    tests: names.filter((name) => name.includes(SEPARATOR)).map(testName),
    remark: last
      .replaceAll(/`[^`]* › [^`]*`/g, '')
      .replaceAll('<br>', ' ')
      .trim(),
    place,
  };
}

function testName(text: string): TestName {
  const [file, ...titles] = text.split(SEPARATOR);
  const isWhole = /^(packages|apps|test)\//.test(file!);
  return { file: isWhole ? file! : CORE + file!, titles };
}

/** The cells of a row of a Markdown table; none where the line is no such row. */
function cellsOf(line: string): string[] {
  const row = /^\|(.*)\|\s*$/.exec(line)?.[1];
  return row === undefined ? [] : row.split(/(?<!\\)\|/).map((cell) => cell.trim());
}
