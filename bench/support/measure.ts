// Timing for benchmarks: paired rounds, the processor's time, medians.

/** CPU seconds that `work` took in this process. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >>> 1]!;
}

/** Runs both in turn, `rounds` times after one warm-up, and returns the medians of their CPU seconds and of the ratio a / b. */
export function paired(
  rounds: number,
  a: () => void,
  b: () => void,
): { a: number; b: number; ratio: number } {
  const first: number[] = [];
  const second: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const seconds = [cpuSeconds(a), cpuSeconds(b)] as const;
    if (round === 0) continue;
    first.push(seconds[0]);
    second.push(seconds[1]);
  }
  return {
    a: median(first),
    b: median(second),
    ratio: median(first.map((seconds, i) => seconds / second[i]!)),
  };
}

/** Prints a result as one JSON object with `--json`, else as lines of name and value. */
export function print(result: Readonly<Record<string, unknown>>): void {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(result));
    return;
  }
  const width = Math.max(...Object.keys(result).map((name) => name.length));
  for (const [name, value] of Object.entries(result)) {
    const text = typeof value === 'number' ? value.toLocaleString('en') : String(value);
    console.log(`${name.padEnd(width)}  ${text}`);
  }
}
