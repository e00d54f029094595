// A routing table as the paper draws it: plain arrays of plain keys. Slow, obvious, and the measure of
// `RoutingTables`.
import { commonPrefixLength, compareDistance, equalKeys } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { BucketPolicy } from '../kademlia/profile.ts';

export class RoutingModel {
  readonly own: Key;
  readonly k: number;
  readonly policy: BucketPolicy;
  /** Contacts by bucket, oldest sign of life first. */
  buckets: Key[][] = [[]];

  constructor(own: Key, k: number, policy: BucketPolicy) {
    this.own = own;
    this.k = k;
    this.policy = policy;
  }

  /** The bucket of a key: by its common prefix, the last one holding all that share more. */
  bucketOf(key: Key): Key[] {
    return this.buckets[Math.min(commonPrefixLength(this.own, key), this.buckets.length - 1)]!;
  }

  observe(key: Key): 'added' | 'seen' | 'full' {
    if (equalKeys(key, this.own)) return 'seen';
    const bucket = this.bucketOf(key);
    const at = bucket.findIndex((other) => equalKeys(other, key));
    if (at >= 0) {
      if (this.policy === 'least-recently-seen') bucket.push(...bucket.splice(at, 1));
      return 'seen';
    }
    if (bucket.length < this.k) {
      bucket.push(key);
      return 'added';
    }
    if (bucket !== this.buckets.at(-1)) return 'full';
    this.split();
    return this.observe(key);
  }

  remove(key: Key): boolean {
    const bucket = this.bucketOf(key);
    const at = bucket.findIndex((other) => equalKeys(other, key));
    if (at >= 0) bucket.splice(at, 1);
    return at >= 0;
  }

  clear(): void {
    this.buckets = [[]];
  }

  /** All contacts by distance to a target. */
  closest(target: Key): Key[] {
    return this.buckets.flat().toSorted((a, b) => compareDistance(target, a, b));
  }

  split(): void {
    const index = this.buckets.length - 1;
    const shares = (key: Key): boolean => commonPrefixLength(this.own, key) > index;
    const last = this.buckets[index]!;
    this.buckets[index] = last.filter((key) => !shares(key));
    this.buckets.push(last.filter(shares));
  }
}
