// Finds where a text stops being JSON. `JSON.parse` knows, but every engine words it differently and
// some give no position, so this scanner looks again once parsing has failed.

/** The first place at which a text is not JSON. */
export interface JsonError {
  readonly offset: number;
  /** What is wrong there, and what to do. */
  readonly problem: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
// What a string may hold: no quote, no control character, and whole escapes.
// eslint-disable-next-line no-control-regex
const PLAIN = /[^"\\\u0000-\u001f]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const CUT_OFF = 'the file ends too early: it may have been cut off';

/** The first error of a text that should be one JSON value; `null` when it is one. */
export function findJsonError(text: string): JsonError | null {
  const scanner = new Scanner(text);
  try {
    scanner.document();
    return null;
  } catch (error) {
    if (error instanceof Found) return error.where;
    throw error;
  }
}

class Found extends Error {
  readonly where: JsonError;

  constructor(where: JsonError) {
    super(where.problem);
    this.where = where;
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    // The open lists and objects, instead of recursion: nesting is limited by memory only.
    const open: ('[' | '{')[] = [];
    let needsValue = true;
    for (;;) {
      this.#skip(SPACE);
      if (needsValue) {
        const bracket = this.#text[this.#at];
        if (bracket === '[' || bracket === '{') {
          this.#at++;
          open.push(bracket);
          needsValue = !this.#closes(bracket);
          if (!needsValue) open.pop();
          else if (bracket === '{') this.#fieldName();
          continue;
        }
        this.#scalar();
      }
      needsValue = false;
      this.#skip(SPACE);
      const container = open.at(-1);
      if (container === undefined) break;
      if (this.#separator(container)) needsValue = true;
      else open.pop();
    }
    if (this.#at < this.#text.length)
      this.#fail('the JSON value has ended before this; remove what follows');
  }

  /** Whether a container that was just opened is empty; if so, behind it. */
  #closes(bracket: '[' | '{'): boolean {
    this.#skip(SPACE);
    if (this.#text[this.#at] !== (bracket === '[' ? ']' : '}')) return false;
    this.#at++;
    return true;
  }

  /** Behind a comma true, behind the end of the container false. */
  #separator(container: '[' | '{'): boolean {
    const found = this.#text[this.#at];
    if (found === (container === '[' ? ']' : '}')) {
      this.#at++;
      return false;
    }
    if (found !== ',') this.#failAfterValue(container);
    const comma = this.#at++;
    this.#skip(SPACE);
    const next = this.#text[this.#at];
    if (next === ']' || next === '}') {
      this.#at = comma;
      this.#fail('nothing follows this comma; remove it');
    }
    if (container === '{') this.#fieldName();
    return true;
  }

  #failAfterValue(container: '[' | '{'): never {
    const found = this.#text[this.#at];
    if (found === undefined) this.#fail(CUT_OFF);
    if (container === '[' && found === ':') {
      this.#fail('a list has no named fields; put { and } around the fields of each entry');
    }
    if (found === '"' || found === '{' || found === '[')
      this.#fail('a comma is missing before this');
    this.#fail(`expected a comma or ${container === '[' ? ']' : '}'} here, not ${this.#found()}`);
  }

  #fieldName(): void {
    if (this.#text[this.#at] === undefined) this.#fail(CUT_OFF);
    if (this.#text[this.#at] !== '"') {
      this.#fail(`expected the name of a field in double quotes, not ${this.#found()}`);
    }
    this.#string();
    this.#skip(SPACE);
    if (this.#text[this.#at] === undefined) this.#fail(CUT_OFF);
    if (this.#text[this.#at] !== ':')
      this.#fail(`expected a colon after the name of the field, not ${this.#found()}`);
    this.#at++;
  }

  #scalar(): void {
    if (this.#text[this.#at] === '"') {
      this.#string();
      return;
    }
    if (this.#skip(NUMBER) || this.#skip(LITERAL)) return;
    if (this.#text[this.#at] === undefined) this.#fail(CUT_OFF);
    this.#fail(`expected a value, not ${this.#found()}`);
  }

  #string(): void {
    this.#at++;
    while (this.#skip(PLAIN) || this.#skip(ESCAPE));
    const found = this.#text[this.#at];
    if (found === '"') {
      this.#at++;
      return;
    }
    if (found === undefined) this.#fail(CUT_OFF);
    if (found === '\\') this.#fail('this is no escape sequence of JSON; write a backslash as \\\\');
    if (found === '\n' || found === '\r')
      this.#fail('the line ends within a text; a double quote is missing');
    this.#fail('a control character must be written as an escape sequence, like \\u0001 or \\t');
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #found(): string {
    return `‘${this.#text[this.#at]}’`;
  }

  #fail(problem: string): never {
    throw new Found({ offset: this.#at, problem });
  }
}
