// Decoders are called with what came from elsewhere, also by programs that no compiler has checked.

/** Throws a `TypeError` at anything but bytes, which decoders could not even see the end of. */
export function assertBytes(value: unknown): asserts value is Uint8Array {
  if (
    value instanceof Uint8Array ||
    Object.prototype.toString.call(value) === '[object Uint8Array]'
  )
    return;
  const what = value === null ? 'null' : typeof value;
  throw new TypeError(`expected the bytes of a Uint8Array, not ${what}`);
}
