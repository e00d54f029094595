// The outside of a command for tests: what it prints is kept, and the test says when to stop.
// (The shape is that of the command line's `Io`, which only its own package sees.)

/** Everything that a command did to the outside. */
export interface CapturedIo {
  isTerminal: boolean;
  hasColors: boolean;
  columns: number;
  stdout: string;
  stderr: string;
  readonly opened: string[];
  out(text: string | Uint8Array): void;
  err(text: string): void;
  openBrowser(url: string): Promise<boolean>;
  untilStopped(): Promise<void>;
  /** Lets `untilStopped` end. */
  stop(): void;
}

/** An outside that records. */
export function captureIo(): CapturedIo {
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const io: CapturedIo = {
    isTerminal: false,
    hasColors: false,
    columns: 80,
    stdout: '',
    stderr: '',
    opened: [],
    out: (text) =>
      void (io.stdout += typeof text === 'string' ? text : new TextDecoder('latin1').decode(text)),
    err: (text) => void (io.stderr += text),
    openBrowser: (url) => Promise.resolve(io.opened.push(url) > 0),
    untilStopped: () => stopped,
    stop: () => stop(),
  };
  return io;
}
