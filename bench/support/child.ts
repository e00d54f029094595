// Measurements in processes of their own: heaps, and what the compiler has learned, do not mix.
import { fork } from 'node:child_process';

/** Milliseconds without a change after which things count as settled, and after which nobody waits any longer. */
const QUIET_MS = 2_000;
const PATIENCE_MS = 180_000;

/** The share of a processor below which a process counts as idle. */
const IDLE_SHARE = 0.2;

/** A process that has replied, and works on until it is closed. */
export interface Child<Reply> {
  readonly reply: Reply;
  close(): void;
}

/** Runs a program beside this file, with an order, in a process of its own; resolves with its reply. Rejects when it fails. */
export async function ask<Reply>(program: string, order: object): Promise<Reply> {
  const child = await open<Reply>(program, order);
  child.close();
  return child.reply;
}

/** The same, with a process that goes on. */
export async function open<Reply>(program: string, order: object): Promise<Child<Reply>> {
  const file = new URL(program, import.meta.url);
  return new Promise((resolve, reject) => {
    const child = fork(file, [JSON.stringify(order)]);
    child.once('message', (answer) =>
      resolve({ reply: answer as Reply, close: () => void child.kill() }),
    );
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
}

/** The order that a process was started with. */
export function orderOf(): unknown {
  return JSON.parse(process.argv[2]!);
}

/** Answers whoever started the process; by hand, it prints the answer and ends. */
export function reply(answer: object): void {
  if (process.send !== undefined) process.send(answer);
  else {
    console.log(JSON.stringify(answer, null, 1));
    process.exit();
  }
}

/** Waits until a number has not changed for a while and the process has little to do. Throws when that takes too long. */
export async function isQuiet(value: () => number): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  let last = value();
  for (;;) {
    const cpu = process.cpuUsage();
    await sleep(QUIET_MS);
    const { user, system } = process.cpuUsage(cpu);
    const now = value();
    if (now === last && user + system < IDLE_SHARE * QUIET_MS * 1000) return;
    last = now;
    if (performance.now() > end) throw new Error('the network does not come to rest');
  }
}

/** Milliseconds of the processor that this process took since `start`. */
export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

export async function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
