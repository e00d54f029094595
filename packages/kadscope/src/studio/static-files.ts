// The files of the studio, and one trace beside them: what may be served, and as what.
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** A file that may be served. */
export interface ServedFile {
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
  readonly etag: string;
  /** Names with a hash of their content never change. */
  readonly isImmutable: boolean;
  readonly isCompressed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.netvis': 'application/json; charset=utf-8',
  '.ndjson': 'application/x-ndjson; charset=utf-8',
  '.jsonl': 'application/x-ndjson; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.arrow': 'application/vnd.apache.arrow.file',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};
const HASHED = /[-.][\w-]{8,}\.\w+$/;

/**
 * The file behind a path of a URL, below `root` and nowhere else: no way up, no hidden files, and no
 * link that leads out. `null` when there is none.
 */
export async function findFile(root: string, urlPath: string): Promise<ServedFile | null> {
  const segments = urlPath.split('/').filter((segment) => segment !== '');
  const isForbidden = segments.some(
    (segment) => segment.startsWith('.') || /[\\\0:]/.test(segment),
  );
  if (isForbidden) return null;
  const path = join(root, ...segments);
  try {
    const real = await realpath(path);
    if (real !== root && !real.startsWith(root + sep)) return null;
    return await describeFile(real, { isImmutable: segments[0] === 'assets' && HASHED.test(real) });
  } catch {
    return null;
  }
}

/** What is said of a file in the headers; `null` unless it is a regular file. */
export async function describeFile(
  path: string,
  options: {
    readonly isImmutable?: boolean;
    readonly isCompressed?: boolean;
    readonly name?: string;
  } = {},
): Promise<ServedFile | null> {
  const stats = await stat(path, { bigint: true });
  if (!stats.isFile()) return null;
  return {
    path,
    type: TYPES[extname(options.name ?? path).toLowerCase()] ?? 'application/octet-stream',
    bytes: Number(stats.size),
    etag: `"${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}"`,
    isImmutable: options.isImmutable ?? false,
    isCompressed: options.isCompressed ?? false,
  };
}
