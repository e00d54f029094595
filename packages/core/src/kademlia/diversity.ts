// Diversity: no owner of an address range may fill routing tables or answers (go-libp2p-kbucket peerdiversity).
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import { MESSAGE_CONTACTS_MAX } from './message.ts';

/** Counts contacts by address group. Without groups it lets everybody pass, at no cost. */
export class Diversity {
  readonly #context: Context;
  readonly #groups: Int32Array = new Int32Array(MESSAGE_CONTACTS_MAX);

  constructor(context: Context) {
    this.#context = context;
  }

  /** Whether a newcomer may join these contacts of a bucket, and all contacts of its table. */
  admits(
    contact: KeyHandle,
    bucket: readonly KeyHandle[],
    table: () => readonly KeyHandle[],
  ): boolean {
    const { groups, profile } = this.#context;
    const group = groups === null ? -1 : groups(contact);
    if (group < 0) return true;
    return (
      this.#count(group, bucket) < profile.groupPerBucketMax &&
      this.#count(group, table()) < profile.groupPerTableMax
    );
  }

  /**
   * Takes the contacts of groups that are in an answer too often out of it, all of them: whoever sent so
   * many has something in mind. Moves the others to the front and returns how many they are.
   */
  filter(contacts: Int32Array, count: number): number {
    const { groups, profile } = this.#context;
    if (groups === null || profile.groupPerAnswerMax >= count) return count;
    for (let i = 0; i < count; i++) this.#groups[i] = groups(contacts[i]!);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const group = this.#groups[i]!;
      let same = 0;
      for (let j = 0; group >= 0 && j < count; j++) if (this.#groups[j] === group) same++;
      if (same <= profile.groupPerAnswerMax) contacts[kept++] = contacts[i]!;
    }
    return kept;
  }

  #count(group: number, contacts: readonly KeyHandle[]): number {
    let count = 0;
    for (const contact of contacts) if (this.#context.groups!(contact) === group) count++;
    return count;
  }
}
