// Waiting for what takes as long as it takes.

/** Time decides no check; this ends what hangs. */
const MAX_MS = 60_000;
const LOOK_EVERY_MS = 200;

/** Waits until something is so. Throws when it takes too long. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + MAX_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${MAX_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
