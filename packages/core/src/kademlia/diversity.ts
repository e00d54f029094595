// Diversity: no owner of an address range may fill routing tables or answers (go-libp2p-kbucket peerdiversity).
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ContactGroups, Context } from './context.ts';
import type { KBuckets } from './k-bucket.ts';
import { MESSAGE_CONTACTS_MAX } from './message.ts';
import type { Shortlists } from './shortlist.ts';

/** Counts contacts by address group. Without groups it lets everybody pass, at no cost. */
export class Diversity {
  readonly #context: Context;
  readonly #groups: Int32Array = new Int32Array(MESSAGE_CONTACTS_MAX);

  constructor(context: Context) {
    this.#context = context;
  }

  /** Whether there are groups: without them, nobody has to be asked. */
  get isOn(): boolean {
    return this.#context.groups !== null;
  }

  /** Whether a newcomer may join the first of these buckets, which all are its table. */
  admits(contact: KeyHandle, buckets: KBuckets, handles: readonly number[]): boolean {
    const { groups, profile } = this.#context;
    const group = groups === null ? -1 : groups(contact);
    if (group < 0) return true;
    const near = this.#count(group, buckets, handles[0]!);
    if (near >= profile.groupPerBucketMax) return false;
    let total = near;
    for (let i = 1; i < handles.length; i++) total += this.#count(group, buckets, handles[i]!);
    return total < profile.groupPerTableMax;
  }

  /**
   * Takes contacts out that a lookup is not to hear of. Moves the others to the front and returns how many
   * they are.
   */
  filter(lookup: number, lists: Shortlists, contacts: Int32Array, count: number): number {
    const { groups, profile } = this.#context;
    if (groups === null) return count;
    const kept = this.#withoutCrowds(groups, contacts, count);
    if (profile.groupPerLookupMax === Number.POSITIVE_INFINITY) return kept;
    return this.#withoutKnownGroups(groups, { lookup, lists }, contacts, kept);
  }

  /** All contacts of groups that are in an answer too often: whoever sent so many has something in mind. */
  #withoutCrowds(groups: ContactGroups, contacts: Int32Array, count: number): number {
    const { profile } = this.#context;
    if (profile.groupPerAnswerMax >= count) return count;
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

  /**
   * Contacts of groups of which a lookup knows enough already (libtorrent's `restrict_search_ips`): the first
   * ones stay, however far they are.
   */
  #withoutKnownGroups(
    groups: ContactGroups,
    { lookup, lists }: { readonly lookup: number; readonly lists: Shortlists },
    contacts: Int32Array,
    count: number,
  ): number {
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const group = groups(contacts[i]!);
      let same = 0;
      for (let j = 0; group >= 0 && j < lists.length(lookup); j++)
        if (groups(lists.contact(lookup, j)) === group) same++;
      for (let j = 0; group >= 0 && j < kept; j++) if (groups(contacts[j]!) === group) same++;
      if (same < this.#context.profile.groupPerLookupMax) contacts[kept++] = contacts[i]!;
    }
    return kept;
  }

  #count(group: number, buckets: KBuckets, bucket: number): number {
    const groups = this.#context.groups!;
    let count = 0;
    for (let i = 0; i < buckets.size(bucket); i++)
      if (groups(buckets.contact(bucket, i)) === group) count++;
    return count;
  }
}
