// Times and speeds as people read them.

/** `0:03.412`, `12:03.412`, `1:12:03.412`. */
export function clockTime(ms: number): string {
  const total = Math.max(0, Math.floor(ms));
  const part = String(total % 1000).padStart(3, '0');
  const seconds = Math.floor(total / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = `${String(seconds % 60).padStart(2, '0')}.${part}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** A length of time with its unit: `0.42 ms`, `92 ms`, `1.71 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 0.995) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 999.5) return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `×1/5`, `×1`, `×20`. */
export function speedLabel(speed: number): string {
  const rounded = Number(speed.toPrecision(2));
  return rounded >= 1 ? `×${rounded}` : `×1/${Number((1 / speed).toPrecision(2))}`;
}

/** Round marks on an axis: about `count` of them from `from` to `to`. */
export function ticks(from: number, to: number, count: number): number[] {
  const step = niceStep((to - from) / Math.max(count, 1));
  const marks: number[] = [];
  for (let mark = Math.ceil(from / step) * step; mark <= to + step * 1e-9; mark += step) {
    marks.push(Math.round(mark / step) * step);
  }
  return marks;
}

function niceStep(rough: number): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const part = rough / power;
  const step = part < 1.4 ? 1 : part < 3.2 ? 2 : part < 7 ? 5 : 10;
  // Seconds are counted in sixties.
  if (rough > 5000 && rough <= 15_000) return 15_000;
  if (rough > 15_000 && rough <= 30_000) return 30_000;
  if (rough > 30_000) return Math.ceil(rough / 60_000) * 60_000;
  return step * power;
}

/** The label of a time mark, as short as the step between marks allows. */
export function tickLabel(ms: number, step: number): string {
  if (step < 1) return `${Number(ms.toFixed(3))} ms`;
  if (step < 1000 && ms < 10_000) return ms === 0 ? '0' : `${Number((ms / 1000).toFixed(3))} s`;
  const text = clockTime(ms);
  return step >= 1000 ? text.slice(0, -4) : text;
}
