// One animation frame loop for the whole page: first the clock, then every picture that asked to be drawn.
//
// The loop stops when nobody asks for a frame, so that a paused studio costs nothing.

type Task = (nowMs: number) => void;

/** Moves the clock by `elapsedMs`; true when it wants the next frame too. */
export type Clock = (elapsedMs: number) => boolean;

const tasks = new Set<Task>();
let clock: Clock | null = null;
let handle = 0;
let lastMs = -1;

/** A pause longer than this (a hidden tab, a breakpoint) is no play time. */
const ELAPSED_MAX_MS = 100;

/** Runs `task` once, in this frame if the clock is just ticking, else in the next one. */
export function onFrame(task: Task): void {
  tasks.add(task);
  requestTick();
}

export function cancelFrame(task: Task): void {
  tasks.delete(task);
}

/** Sets the clock of the page; `wakeClock` starts it. */
export function setClock(next: Clock): void {
  clock = next;
}

export function wakeClock(): void {
  requestTick();
}

function requestTick(): void {
  if (handle === 0) handle = requestAnimationFrame(tick);
}

function tick(nowMs: number): void {
  // While a tick runs, tasks only join the set; the end of the tick asks for the next frame if need be.
  handle = -1;
  let wantsMore = false;
  try {
    wantsMore = clock?.(lastMs < 0 ? 0 : Math.min(nowMs - lastMs, ELAPSED_MAX_MS)) ?? false;
    const due = [...tasks];
    tasks.clear();
    for (const task of due) task(nowMs);
  } finally {
    handle = 0;
    const goesOn = wantsMore || tasks.size > 0;
    lastMs = goesOn ? nowMs : -1;
    if (goesOn) requestTick();
  }
}
