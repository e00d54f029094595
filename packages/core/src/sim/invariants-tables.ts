// Invariants of routing tables (§2.2, §2.4).
import type { KeyHandle } from '../keyspace/key-table.ts';
import { OWNER_PROBE } from '../kademlia/requests.ts';
import { REFUSED, REQUEST, RESPONSE } from './invariants-world.ts';
import type { Turn, World } from './invariants-world.ts';

/** Checks what routing tables hold, and what enters and leaves them. */
export class TableChecks {
  readonly #world: World;
  /** The contacts of the watched node before the event, and those that waited for room. */
  readonly #before: KeyHandle[] = [];
  readonly #waiting: KeyHandle[] = [];
  /** When the contacts of the watched node were seen, before the event. */
  readonly #seen = new Map<KeyHandle, number>();

  constructor(world: World) {
    this.#world = world;
  }

  get #keepsTimes(): boolean {
    return this.#world.profile.bucketPolicy === 'least-recently-seen';
  }

  /** Everything that holds of a table at any time. */
  table(node: number): void {
    const { engine, fail, keys } = this.#world;
    const { tables } = engine();
    const count = tables.bucketCount(node);
    if (count < 1 || count > keys.keyBits) fail('bucket-size', node, `${count} buckets`);
    for (let i = 0; i < count; i++) this.#bucket(node, i, i === count - 1);
  }

  #bucket(node: number, index: number, isLast: boolean): void {
    const { engine, fail, keys } = this.#world;
    const { tables } = engine();
    const { buckets } = tables;
    const bucket = tables.bucket(node, index);
    const size = buckets.size(bucket);
    if (size < 0 || size > buckets.k)
      fail('bucket-size', node, `${size} contacts in bucket ${index}`);
    if (tables.isMarkedFull(node, index) !== (size === buckets.k))
      fail('bucket-flags', node, `bucket ${index} of ${size} contacts`);
    for (let i = 0; i < size; i++) {
      const contact = buckets.contact(bucket, i);
      this.#contact(node, contact);
      const shared = keys.commonPrefixLength(node, contact);
      if (isLast ? shared < index : shared !== index)
        fail('bucket-range', node, `${contact} shares ${shared} bits and is in bucket ${index}`);
      if (buckets.indexOf(bucket, contact) !== i)
        fail('bucket-unique', node, `${contact} is in bucket ${index} twice`);
      if (i === 0) continue;
      const later = buckets.seenMinute(bucket, i) - buckets.seenMinute(bucket, i - 1);
      // Minutes are counted modulo 2^16, and the order of a bucket survives that.
      if ((later & 0xffff) > 0x8000)
        fail('bucket-order', node, `${contact} in bucket ${index} was seen before its predecessor`);
    }
    this.#cache(node, index);
  }

  #contact(node: number, contact: KeyHandle): void {
    const { attendance, fail, isHostile, keys } = this.#world;
    if (contact === node) fail('bucket-self', node, 'it is its own contact');
    if (keys.references(contact) === 0) fail('key-held', node, `contact ${contact} is no key`);
    const isServer =
      contact < attendance.count ? attendance.modeOf(contact) === 'server' : isHostile(contact);
    if (!isServer) fail('contact-server', node, `contact ${contact} is no server`);
  }

  #cache(node: number, index: number): void {
    const { engine, fail, isDiverse, profile } = this.#world;
    const { tables } = engine();
    const bucket = tables.bucket(node, index);
    const waiting = tables.buckets.replacements(bucket);
    if (waiting.length === 0) return;
    if (waiting.length > profile.replacementCacheMax)
      fail('replacement-cache', node, `${waiting.length} newcomers wait at bucket ${index}`);
    if (!tables.buckets.isFull(bucket) && !isDiverse)
      fail('replacement-cache', node, `newcomers wait at bucket ${index}, which has room`);
    for (const newcomer of waiting) {
      this.#contact(node, newcomer);
      const isElsewhere = tables.bucketIndex(node, newcomer) !== index;
      if (isElsewhere || tables.buckets.indexOf(bucket, newcomer) >= 0)
        fail('replacement-cache', node, `newcomer ${newcomer} is no newcomer of bucket ${index}`);
    }
    if (new Set(waiting).size < waiting.length)
      fail('replacement-cache', node, `a newcomer waits at bucket ${index} twice`);
  }

  /** No bucket is lost, none is shared, and a bucket that waits for a ping has one on its way. */
  buckets(): void {
    const { attendance, engine, fail } = this.#world;
    const { tables, requests } = engine();
    const owners = new Map<number, number>();
    const probing = new Set<number>();
    for (let slot = 0; slot < requests.slots; slot++) {
      if (requests.serial(slot) < 0 || requests.ownerType(slot) !== OWNER_PROBE) continue;
      const node = requests.node(slot);
      probing.add(tables.bucket(node, tables.bucketIndex(node, requests.contact(slot))));
    }
    for (let node = 0; node < attendance.count; node++) {
      for (let i = 0; i < tables.bucketCount(node); i++) {
        const bucket = tables.bucket(node, i);
        if (owners.has(bucket))
          fail('bucket-owner', node, `bucket ${bucket} belongs to node ${owners.get(bucket)}, too`);
        owners.set(bucket, node);
        if (tables.buckets.isProbing(bucket) && !probing.has(bucket))
          fail('bucket-probe', node, `bucket ${i} waits for no ping`);
      }
    }
    if (owners.size !== tables.buckets.inUse)
      fail('bucket-owner', -1, `${tables.buckets.inUse} buckets, of which ${owners.size} are used`);
  }

  /** Remembers the table of a node before an event. */
  remember(node: number): void {
    const { tables } = this.#world.engine();
    this.#before.length = 0;
    this.#seen.clear();
    this.#waiting.length = 0;
    for (let i = 0; i < tables.bucketCount(node); i++) {
      const bucket = tables.bucket(node, i);
      const start = tables.buckets.firstCell(bucket);
      const end = start + tables.buckets.size(bucket);
      for (let cell = start; cell < end; cell++) {
        this.#before.push(tables.buckets.cells[cell]!);
        if (this.#keepsTimes)
          this.#seen.set(
            tables.buckets.cells[cell]!,
            tables.buckets.seenMinute(bucket, cell - start),
          );
      }
      for (const newcomer of tables.buckets.replacements(bucket)) this.#waiting.push(newcomer);
    }
  }

  /** Compares the table of a node with what was remembered. */
  compare(turn: Turn): void {
    const { engine, fail } = this.#world;
    const { node, suspect } = turn;
    const now = engine().tables.contacts(node);
    this.#learned(turn, node);
    this.#failed(turn, now);
    if (this.#keepsTimes) this.#times(node, turn.message?.from ?? -1);
    if (
      now.length === this.#before.length &&
      now.every((contact, i) => contact === this.#before[i])
    )
      return;
    const known = new Set(this.#before);
    const kept = new Set(now);
    const lost = this.#before.filter((contact) => !kept.has(contact));
    for (const contact of lost) {
      if (contact !== suspect || !this.#hasFailed(turn))
        fail('contact-kept', node, `${contact} left without a reason`);
    }
    for (const contact of now) {
      if (known.has(contact) || this.#mayEnter(turn, contact, lost.length > 0)) continue;
      fail('contact-proved', node, `${contact} entered and has not proved to be alive`);
    }
  }

  /** Nobody but the one who spoke was seen now. */
  #times(node: number, speaker: KeyHandle): void {
    const { tables } = this.#world.engine();
    for (let i = 0; i < tables.bucketCount(node); i++) {
      const bucket = tables.bucket(node, i);
      for (let j = 0; j < tables.buckets.size(bucket); j++) {
        const contact = tables.buckets.contact(bucket, j);
        const before = contact === speaker ? undefined : this.#seen.get(contact);
        if (before !== undefined && before !== tables.buckets.seenMinute(bucket, j))
          this.#world.fail(
            'bucket-order',
            node,
            `${contact} is said to have been seen at another time`,
          );
      }
    }
  }

  /** Whoever has failed is gone, unless nothing at all has reached the node since it asked. */
  #failed(turn: Turn, contacts: readonly KeyHandle[]): void {
    const { engine, fail } = this.#world;
    const { node, slot, suspect, kind } = turn;
    if (suspect < 0 || !turn.isCurrent || turn.wasGivenUp || !this.#hasFailed(turn)) return;
    const { requests } = engine();
    const isOthers =
      kind === REFUSED || requests.roundTrips.hasHeardSince(node, requests.sentAt(slot));
    if (isOthers && contacts.includes(suspect))
      fail('contact-failed', node, `${suspect} has not answered and stays`);
  }

  /** Whether the request that the event was about has been given up, and not only repeated. */
  #hasFailed({ slot, serialBefore }: Turn): boolean {
    const { requests } = this.#world.engine();
    return requests.serial(slot) !== serialBefore || requests.isGivenUp(slot);
  }

  #mayEnter(turn: Turn, contact: KeyHandle, hasLost: boolean): boolean {
    if (hasLost && this.#waiting.includes(contact)) return true;
    const { message } = turn;
    if (message === null || message.from !== contact || !message.fromServer) return false;
    if (turn.kind === RESPONSE) return turn.isCurrent;
    return turn.kind === REQUEST && this.#world.profile.trustsRequests;
  }

  /** Whoever answered is a contact now, the one that was seen last, unless there is no room. */
  #learned(turn: Turn, node: number): void {
    const { engine, fail, profile } = this.#world;
    const { message } = turn;
    const isTrusted = turn.kind === REQUEST && profile.trustsRequests && engine().isServer(node);
    const speaks = turn.kind === RESPONSE ? turn.isCurrent : isTrusted;
    if (!speaks || message === null || !message.fromServer || message.from === node) return;
    const { tables } = engine();
    const bucket = tables.bucket(node, tables.bucketIndex(node, message.from));
    const position = tables.buckets.indexOf(bucket, message.from);
    if (position < 0) {
      if (!tables.buckets.isFull(bucket) && tables.hasRoom(node, message.from))
        fail('contact-learned', node, `${message.from} spoke and is no contact`);
    } else if (this.#keepsTimes && position < tables.buckets.size(bucket) - 1)
      fail('contact-learned', node, `${message.from} spoke and is not the one seen last`);
  }
}
