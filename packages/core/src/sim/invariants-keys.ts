// Invariants of keys and their handles (§2.1).
import { bit, commonPrefixLength, compareDistance, distance } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { World } from './invariants-world.ts';

/** Checks the arithmetic of handles, and that no key is lost or kept for nobody. */
export class KeyChecks {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Compares what the table says of three keys with what their bytes say. */
  metric(target: KeyHandle, a: KeyHandle, b: KeyHandle): void {
    const { fail, keys } = this.#world;
    for (const handle of [target, a, b]) this.held(handle);
    const [targetKey, keyOfA, keyOfB] = [keys.key(target), keys.key(a), keys.key(b)];
    const order = Math.sign(compareDistance(targetKey, keyOfA, keyOfB));
    if (Math.sign(keys.compareDistance(target, a, b)) !== order)
      fail('key-metric', -1, `${a} and ${b} are in the wrong order around ${target}`);
    const shared = commonPrefixLength(targetKey, keyOfA);
    if (keys.commonPrefixLength(target, a) !== shared)
      fail('key-metric', -1, `${target} and ${a} share ${shared} bits`);
    if (shared < keys.keyBits && keys.bit(target, shared) !== bit(targetKey, shared))
      fail('key-metric', -1, `bit ${shared} of ${target} is another`);
    const prefix = prefixOf(distance(targetKey, keyOfA));
    if (keys.distancePrefix(target, a) !== prefix)
      fail('key-metric', -1, `the distance of ${target} and ${a} begins otherwise`);
    if (
      prefix !== 0 &&
      shared < 53 &&
      Math.sign(prefix - prefixOf(distance(targetKey, keyOfB))) * order < 0
    )
      fail('key-metric', -1, `the distances of ${a} and ${b} begin in another order`);
  }

  /** A key that is in use. */
  held(handle: KeyHandle): void {
    const { fail, keys } = this.#world;
    if (keys.references(handle) === 0) fail('key-held', -1, `handle ${handle} is free`);
    else if (keys.find(keys.key(handle)) !== handle)
      fail('key-held', -1, `handle ${handle} is not found under its key`);
  }

  /** The keys of requests and lookups that are running. */
  inUse(): void {
    const { engine, fail, keys } = this.#world;
    const { requests, lookups, operations } = engine();
    const users = new Map<KeyHandle, number>();
    const use = (key: KeyHandle): void => void users.set(key, (users.get(key) ?? 0) + 1);
    const { pool } = lookups;
    for (let lookup = 0; lookup < pool.length; lookup++)
      if (pool.serials[lookup]! >= 0) use(pool.targets[lookup]!);
    for (const operation of operations) {
      use(operation.target);
      operation.queue.forEach(use);
    }
    for (let slot = 0; slot < requests.slots; slot++)
      if (requests.serial(slot) >= 0 && requests.key(slot) >= 0) use(requests.key(slot));
    for (const [key, count] of users) {
      if (keys.references(key) < count)
        fail(
          'key-held',
          -1,
          `handle ${key} has ${count} users and ${keys.references(key)} references`,
        );
    }
  }

  /** Nothing is left to happen, so nobody needs a key but the nodes. */
  released(): void {
    const { attendance, engine, fail, invented, keys } = this.#world;
    const { values, providers } = engine();
    if (values.size + providers.size > 0)
      fail('record-expiry', -1, `${values.size + providers.size} records are left for good`);
    const expected = attendance.count + invented();
    if (keys.size !== expected)
      fail('keys-released', -1, `${keys.size} keys are held, not ${expected}`);
  }
}

/** The first 53 bits of a number in bytes; what is missing in a short one is zero. */
function prefixOf(bytes: Uint8Array): number {
  let prefix = 0;
  for (let i = 0; i < 6; i++) prefix = prefix * 256 + (bytes[i] ?? 0);
  return prefix * 32 + ((bytes[6] ?? 0) >>> 3);
}
