// Where the studio is, and on which port it is served.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { CommandError } from '../errors.ts';

/** Where the built studio lies: in the published package, or beside this one in the repository. */
const ROOTS = ['../../studio/', '../../../../apps/studio/dist/'];

/** The folder of the built studio. Throws a `CommandError` where there is none. */
export function studioRoot(): string {
  const root = ROOTS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) =>
    existsSync(`${path}index.html`),
  );
  if (root !== undefined) return root;
  throw new CommandError('the studio is not built yet: run npm run build', 'not-built');
}

/** A port from the command line. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
