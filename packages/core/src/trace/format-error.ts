// What every reader of files throws, and nothing else.

/** Where in a text, both from 1; columns count UTF-16 code units, as editors do. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A file that cannot be read as a trace: what is wrong, where, and what to do about it. */
export class TraceFormatError extends Error {
  override readonly name = 'TraceFormatError';
  readonly code = 'ERR_TRACE_FORMAT';
  readonly line: number | null;
  readonly column: number | null;
  /** What is wrong, without the position. */
  readonly problem: string;

  constructor(problem: string, position: TextPosition | null = null) {
    super(
      position === null ? problem : `line ${position.line}, column ${position.column}: ${problem}`,
    );
    this.problem = problem;
    this.line = position?.line ?? null;
    this.column = position?.column ?? null;
  }
}

/** Line and column of an offset into a text. */
export function positionAt(text: string, offset: number): TextPosition {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
