/** Our own bug, if it ever happens: always on, in every build. The world's failures are data instead. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`kadscope: broken invariant: ${message}`);
}
