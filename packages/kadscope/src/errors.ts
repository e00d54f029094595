// How commands fail: always with one sentence that says what is wrong and what to do.

/** Facts about a failure for programs: file, line, column, field. */
export type ErrorFacts = Readonly<Record<string, string | number>>;

/** A failure that the reader can do something about. Exit code 1. */
export class CommandError extends Error {
  readonly code: string;
  readonly exitCode: number = 1;
  readonly facts: ErrorFacts;

  constructor(message: string, code = 'failed', facts: ErrorFacts = {}) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.facts = facts;
  }
}

/** A failure of which everything has been printed. Exit code 1. */
export class ToldError extends CommandError {
  constructor() {
    super('it failed, as was said', 'told');
  }
}

/** A command line that makes no sense. Exit code 2. */
export class UsageError extends CommandError {
  override readonly exitCode = 2;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, 'usage', facts);
    this.name = 'UsageError';
  }
}

/** The code of a system error, like ENOENT; `null` for anything else. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/** What a system error about a file means to the person who named the file. */
export function fileError(error: unknown, path: string): CommandError {
  const code = systemCode(error);
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder; check the path',
    EACCES: 'it may not be accessed; check its permissions',
    EPERM: 'it may not be accessed; check its permissions',
    EISDIR: 'it is a folder; name a file',
    ELOOP: 'its links lead in a circle; name a file',
    ENAMETOOLONG: 'the name is too long; choose a shorter one',
    EMFILE: 'too many files are open; close some programs',
    ETXTBSY: 'it is in use; choose another name',
    ENOTDIR: 'a part of the path is no folder',
    ENOSPC: 'the disk is full; free some space',
    EROFS: 'the disk is read-only; choose another place',
  };
  const reason = code === null ? undefined : reasons[code];
  const fallback = error instanceof Error ? error.message : String(error);
  return new CommandError(
    `${path === '' ? 'a file without a name' : path}: ${reason ?? fallback}`,
    code ?? 'failed',
    { file: path },
  );
}
