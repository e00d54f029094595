// --offset FILE=MS: corrections of clocks, for traces that are read as one.
import type { Command } from 'commander';
import { UsageError } from './errors.ts';

const NS_PER_MS = 1_000_000n;
/** Corrections at most, in whole milliseconds: three thousand years, in which dates are still written with four digits. */
const DIGITS_MAX = 14;
const MILLISECONDS = new RegExp(
  String.raw`^([+-]?)(\d{1,${DIGITS_MAX}})(?:\.(\d{1,6}))?(?:\s*ms)?$`,
);

/** Adds the option; it may be given several times. */
export function addOffsetOption(command: Command): Command {
  return command.option(
    '--offset <file=ms>',
    'add milliseconds to all times of a file, such as b.json=-12.5',
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}

/** The corrections in nanoseconds by path. Throws a `UsageError` for what is no correction of one of the files. */
export function offsetsOf(
  values: readonly string[],
  paths: readonly string[],
): ReadonlyMap<string, bigint> {
  const offsets = new Map<string, bigint>();
  for (const value of values) {
    // The name of a file may hold the sign as well: the last one counts.
    const at = value.lastIndexOf('=');
    const [path, text] = [value.slice(0, Math.max(0, at)), value.slice(at + 1)];
    const match = at < 0 ? null : MILLISECONDS.exec(text);
    if (match === null) {
      throw new UsageError(
        `--offset ${value}: expected a file and milliseconds, such as b.json=-12.5`,
      );
    }
    if (!paths.includes(path))
      throw new UsageError(`--offset ${value}: ${path} is none of the files that are read`);
    if (offsets.has(path)) throw new UsageError(`--offset ${value}: ${path} has an offset already`);
    const ns = BigInt(match[2]!) * NS_PER_MS + BigInt((match[3] ?? '').padEnd(6, '0'));
    offsets.set(path, match[1] === '-' ? -ns : ns);
  }
  return offsets;
}
