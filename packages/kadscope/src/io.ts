// What a command needs from the process around it, so that tests can be that process.
import open from 'open';

/** The outside of a command. */
export interface Io {
  /** Text, or bytes as they are. */
  out(text: string | Uint8Array): void;
  err(text: string): void;
  /** Whether stderr is a terminal, so that progress can be drawn. */
  readonly isTerminal: boolean;
  /** Whether stdout is a terminal that shows colours, and nobody said NO_COLOR. */
  readonly hasColors: boolean;
  /** Characters in a line of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Opens a page in the browser; says whether there was one to try. */
  openBrowser(url: string): Promise<boolean>;
  /** Resolves when the user or the system asks the process to end; asked once more, it ends at once. */
  untilStopped(): Promise<void>;
}

const COLUMNS = 80;

/** The real process. */
export function processIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    hasColors: process.stdout.isTTY && process.stdout.hasColors(),
    columns: process.stdout.columns || process.stderr.columns || COLUMNS,
    openBrowser,
    untilStopped,
  };
}

async function openBrowser(url: string): Promise<boolean> {
  if (!hasDisplay()) return false;
  try {
    const child = await open(url);
    // A missing browser shows up later, and is no reason to end: the address has been printed.
    child.on('error', () => {});
    return true;
  } catch {
    return false;
  }
}

function hasDisplay(): boolean {
  const { env, platform } = process;
  if (env['CI'] !== undefined) return false;
  if (platform !== 'linux') return true;
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'].some((name) => (env[name] ?? '') !== '');
}

function untilStopped(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const stop = (): void => {
      // Without a listener the next signal of either kind does what it does to any process.
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
