// What came out of each check: a line as soon as it is known, or everything as one JSON object at the end.

/** Which check, and where. */
export interface Place {
  readonly network: string;
  readonly check: string;
  readonly asks?: string;
  readonly has?: string;
}

interface Result extends Place {
  readonly ok: boolean;
  readonly ms: number;
  readonly error?: string;
}

export class Report {
  readonly #version: string;
  readonly #isJson: boolean;
  readonly #results: Result[] = [];

  /** A report on a version of Kubo, in lines or as JSON. */
  constructor(version: string, isJson: boolean) {
    this.#version = version;
    this.#isJson = isJson;
    if (!isJson) console.log(`Kubo ${version}, Node ${process.versions.node}`);
  }

  get failed(): number {
    return this.#results.filter(({ ok }) => !ok).length;
  }

  /** Runs a check and notes what comes of it. Never throws. */
  async add(place: Place, run: () => Promise<void>): Promise<void> {
    const start = performance.now();
    let error: string | undefined;
    try {
      await run();
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    const ms = Math.round(performance.now() - start);
    const ok = error === undefined;
    const result = { ...place, ok, ms, ...(error === undefined ? {} : { error }) };
    this.#results.push(result);
    if (!this.#isJson) print(result);
  }

  close(): void {
    const passed = this.#results.length - this.failed;
    if (this.#isJson) {
      const head = { kubo: this.#version, node: process.versions.node };
      const counts = { passed, failed: this.failed };
      console.log(JSON.stringify({ ...head, ...counts, checks: this.#results }, null, 2));
    } else console.log(`${passed} ok, ${this.failed} failed`);
  }
}

function print({ network, check, asks, has, ok, ms, error }: Result): void {
  const who = asks === undefined ? '' : `${asks} asks, ${has} has`;
  const word = ok ? 'ok' : 'failed';
  const cells = [word.padEnd(6), network.padEnd(12), who.padEnd(37), check.padEnd(27)];
  console.log(`${cells.join(' ')} ${ms} ms`);
  if (error !== undefined) console.log(error.replace(/^/gm, '       '));
}
