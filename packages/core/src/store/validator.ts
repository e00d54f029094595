// What a validator is, and how keys name the one that is in charge.

/** Checks and compares the records of one namespace. */
export interface Validator {
  /**
   * Why the value may not be stored under the key; `null` when it may. `rest` is the key after its
   * namespace. `nowMs` is Unix time in milliseconds, for records that end at a date; a host whose engine
   * counts from elsewhere, as the simulator does from zero, lives in 1970 as far as these are concerned.
   */
  validate(rest: Uint8Array, value: Uint8Array, nowMs: number): string | null;
  /**
   * The index of the best value; all have been validated, at one time or another. Of values that nothing
   * tells apart any will do. The engine puts the newcomer first and the best so far after it.
   */
  select(rest: Uint8Array, values: readonly Uint8Array[]): number;
}

/** Validators by namespace. */
export type Validators = ReadonlyMap<string, Validator>;

const SLASH = 0x2f;

/** `/namespace/` followed by bytes. */
export function joinKey(namespace: string, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(namespace.length + 2 + rest.length);
  key[0] = SLASH;
  for (let i = 0; i < namespace.length; i++) key[i + 1] = namespace.charCodeAt(i);
  key[namespace.length + 1] = SLASH;
  key.set(rest, namespace.length + 2);
  return key;
}

/** A key's namespace and what follows it; `null` for a key without a namespace. */
export function splitKey(key: Uint8Array): { namespace: string; rest: Uint8Array } | null {
  if (key[0] !== SLASH) return null;
  const end = key.indexOf(SLASH, 1);
  if (end < 2) return null;
  let namespace = '';
  for (let i = 1; i < end; i++) namespace += String.fromCharCode(key[i]!);
  return { namespace, rest: key.subarray(end + 1) };
}
