// Keeps what the engine keeps on a disk as well, and brings it back.
import type { Host } from '@kadscope/core';
import { hashKey, selectRecord } from '@kadscope/core';
import type { AminoPeer } from '@kadscope/core/wire';
import type { Logger } from '@libp2p/interface';
import { sameBytes } from './bytes.ts';
import type { DhtHost } from './host.ts';
import { NODE } from './key-book.ts';
import type { Known } from './key-book.ts';
import { bytesOfPeerId, isPeerIdBytes, peerIdFromBytes } from './peers.ts';
import type { Records, SavedValue } from './records.ts';
import type { ValidatorBridge } from './validators.ts';

type RecordChange = Parameters<NonNullable<Host['kept']>>[0];

/** Records that are brought back at a time, so that a large store does not hold up the node. */
const SLICE = 256;

/** Writes that have not ended, at most: a flood of records waits for the disk. */
const WRITES_MAX = 1_024;

/** What the keeper works with. */
export interface KeeperParts {
  readonly records: Records;
  readonly bridge: ValidatorBridge;
  readonly log: Logger;
}

/** The engine's records, on the disk. */
export class Keeper {
  readonly #parts: KeeperParts;
  #host: DhtHost | null = null;
  #isRestoring = false;
  /** The writes of the request that is being answered. */
  #own: Promise<void>[] = [];

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Keeper and host know each other; this closes the circle. */
  attach(host: DhtHost): void {
    this.#host = host;
  }

  /** Whether so much is being written that nothing more should come. */
  get isBusy(): boolean {
    return this.#parts.records.writing >= WRITES_MAX;
  }

  /** The engine keeps a record, or drops one. */
  kept(change: RecordChange): void {
    if (this.#isRestoring) return;
    const write = this.#write(change);
    if (write === null) return;
    this.#own.push(write);
    // Whoever waits for it hears of a failure; so do the others, from the log.
    write.catch((error: unknown) =>
      this.#parts.log.error('a record is not on the disk: %e', error),
    );
  }

  /** The writes since the last call: what has been acknowledged must be on the disk. */
  async written(): Promise<void> {
    const own = this.#own;
    this.#own = [];
    await Promise.all(own);
  }

  /** Forgets who waits for writes: nobody does. */
  release(): void {
    this.#own = [];
  }

  /** Brings everything back. */
  async restore(): Promise<void> {
    await this.#restorePeers();
    await this.#restoreValues();
    await this.#restoreProviders();
    await this.tidy();
  }

  /** A value on the disk that the engine lacks, or has a worse one for: others write there, too (@helia/ipns does). */
  async load(key: Uint8Array): Promise<void> {
    const saved = await this.#parts.records.getValue(key);
    if (saved === null || !sameBytes(saved.key, key) || !this.#isBetter(saved)) return;
    await this.#restoreValue(saved);
  }

  /** Whether the engine holds nothing for a key, or something worse. */
  #isBetter({ key, value }: Pick<SavedValue, 'key' | 'value'>): boolean {
    const held = this.#host!.heldValue(key);
    if (held === null) return true;
    if (sameBytes(held, value)) return false;
    return selectRecord(this.#parts.bridge.engine, key, [value, held]) === 0;
  }

  /** Removes the addresses of providers that have no records any more. */
  async tidy(): Promise<void> {
    const { book, keys } = this.#host!;
    for await (const { id } of this.#parts.records.peers()) {
      const known = book.find(id);
      if (known !== undefined && keys.references(known.handle) > 1) continue;
      if (known !== undefined) known.saved = null;
      if (isPeerIdBytes(id))
        await this.#remove(this.#parts.records.deletePeer(peerIdFromBytes(id)));
    }
  }

  /** Saves the routing table. One that is empty is worth less than what was saved before. */
  async saveTable(): Promise<void> {
    const host = this.#host!;
    if (host.engine.tables.size(NODE) === 0) return;
    const peers = host.engine.tables
      .contacts(NODE)
      .map((contact) => host.book.get(contact)!.encoded);
    await this.#parts.records.putTable(peers);
  }

  #write(change: RecordChange): Promise<void> | null {
    const { records } = this.#parts;
    const { book } = this.#host!;
    const what = book.get(change.key)?.bytes;
    switch (change.type) {
      case 'value':
        return records.putValue(change.record.key, change.record.value, Date.now());
      case 'value-dropped': {
        const held = this.#host!.engine.values.get(NODE, change.key, Number.NEGATIVE_INFINITY);
        return held === null ? null : records.deleteValue(held.record.key);
      }
      case 'provider': {
        const provider = book.get(change.provider)!;
        if (what === undefined) return null;
        const record = records.putProvider(what, provider.peerId, Date.now());
        return allOf([record, this.#savePeer(provider)]);
      }
      case 'provider-dropped': {
        const provider = book.get(change.provider);
        if (what === undefined || provider === undefined || provider === this.#host!.self)
          return null;
        return records.deleteProvider(what, provider.peerId);
      }
    }
  }

  /** Where a provider is, unless that is on the disk already. */
  async #savePeer(provider: Known): Promise<void> {
    const { addresses } = provider;
    if (provider === this.#host!.self || provider.saved === addresses) return;
    provider.saved = addresses;
    try {
      await this.#parts.records.putPeer(provider.peerId, addresses);
    } catch (error) {
      provider.saved = null;
      throw error;
    }
  }

  async #restorePeers(): Promise<void> {
    const host = this.#host!;
    const { records } = this.#parts;
    const contacts: number[] = [];
    for await (const peer of records.peers()) this.#meet(peer);
    for (const peer of await records.table()) contacts.push(...this.#meet(peer));
    host.engine.snapshots.restore(NODE, { contacts }, host.now());
  }

  /** Takes up a peer of which the disk knows where it was: its handle, if it is any good. */
  #meet({ id, addresses }: AminoPeer): number[] {
    const host = this.#host!;
    if (!isPeerIdBytes(id)) return [];
    const known = host.book.meet(id, host.usable(id, addresses), host.now());
    return known.addresses.length === 0 ? [] : [known.handle];
  }

  async #restoreValues(): Promise<void> {
    for await (const saved of this.#parts.records.values()) await this.#restoreValue(saved);
  }

  async #restoreValue({ key, value, storedAt }: SavedValue): Promise<void> {
    const { bridge, records } = this.#parts;
    const { engine, keys, now } = this.#forRestore();
    const expiresAt = storedAt + this.#lifetimes.value;
    if (expiresAt <= now) {
      await this.#remove(records.deleteValue(key));
      return;
    }
    const record = { key: key.slice(), value: value.slice() };
    await bridge.judge(record.key, record.value);
    // Something better may have come while the disk was being read.
    if (!this.#isBetter(record)) return;
    const point = hashKey(key, keys.keyBytes);
    // Nobody knows any more who brought it: each is on an account of its own.
    const values = [{ record, storedAt, expiresAt, point, source: point }];
    this.#quietly(() => engine.snapshots.restore(NODE, { values }, now));
  }

  async #restoreProviders(): Promise<void> {
    const { book, keys } = this.#host!;
    let slice: { point: Uint8Array; provider: Uint8Array; expiresAt: number; group: number }[] = [];
    const flush = (): void => {
      const { engine, now } = this.#forRestore();
      this.#quietly(() => engine.snapshots.restore(NODE, { providers: slice }, now));
      slice = [];
    };
    for await (const { multihash, provider, storedAt } of this.#parts.records.providers()) {
      const id = bytesOfPeerId(provider);
      const { now } = this.#forRestore();
      const point = keys.key(book.know(multihash, now).handle);
      const known = book.know(id, now);
      const expiresAt = storedAt + this.#lifetimes.provider;
      // A provider that nobody can reach is of no use to those who ask.
      const isOwn = known === this.#host!.self;
      if (!isOwn && expiresAt <= now)
        await this.#remove(this.#parts.records.deleteProvider(multihash, provider));
      if (!isOwn && known.addresses.length === 0) continue;
      slice.push({ point, provider: keys.key(known.handle), expiresAt, group: known.group });
      if (slice.length === SLICE) flush();
    }
    flush();
  }

  /** What cannot be removed, because the disk is full, does no harm where it is. */
  async #remove(removal: Promise<void>): Promise<void> {
    try {
      await removal;
    } catch (error) {
      this.#parts.log.error('what is over is still on the disk: %e', error);
    }
  }

  get #lifetimes(): { value: number; provider: number } {
    return this.#host!.lifetimes;
  }

  #forRestore(): { engine: DhtHost['engine']; keys: DhtHost['keys']; now: number } {
    const { engine, keys } = this.#host!;
    return { engine, keys, now: this.#host!.now() };
  }

  /** What comes from the disk need not be written to it again. */
  #quietly(restore: () => void): void {
    this.#isRestoring = true;
    try {
      restore();
    } finally {
      this.#isRestoring = false;
    }
  }
}

async function allOf(writes: readonly Promise<void>[]): Promise<void> {
  await Promise.all(writes);
}
