// What a host saves of a node, so that it starts warm: with its contacts it needs no bootstrap node, and with
// its records it serves what it served before.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ProviderSnapshot, ProviderStore } from '../store/provider-store.ts';
import type { ValueSnapshot, ValueStore } from '../store/value-store.ts';
import { checkContact } from './check-options.ts';
import type { Context } from './context.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { RoutingTables } from './routing-table.ts';

/** Contacts that a snapshot brings back at most: geth keeps 30 seeds, a full table of 20 buckets has 400. */
const CONTACTS_MAX = 2_000;

/** The state of a node. Records can be read in slices while the node goes on. */
export interface Snapshot {
  /** All of them have answered the node. */
  readonly contacts: readonly KeyHandle[];
  readonly values: Iterable<ValueSnapshot>;
  readonly providers: Iterable<ProviderSnapshot>;
}

/** Saves nodes and brings them back. */
export class Snapshots {
  readonly #parts: SnapshotParts;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /** The state of a node. */
  take(node: number): Snapshot {
    const { tables, values, providers } = this.#parts;
    return {
      contacts: tables.contacts(node),
      values: values.snapshot(node),
      providers: providers.snapshot(node),
    };
  }

  /**
   * Gives a node that starts what was saved. Contacts leave again if they do not answer. Records are
   * believed no more than those that come over the network: what is damaged, invalid or over stays away.
   * Throws a `RangeError` at a contact that the key table does not hold, before anything is restored.
   */
  restore(node: number, saved: Partial<Snapshot>, now: number): void {
    const { context, tables, keeper } = this.#parts;
    const { values, providers } = saved;
    const { keys, self } = context;
    self.check(node);
    const contacts = [...(saved.contacts ?? [])];
    for (const contact of contacts) checkContact('contact', contact, keys);
    const own = self.key(node);
    for (const contact of contacts.slice(0, CONTACTS_MAX))
      if (contact !== own && !tables.contains(node, contact)) tables.restore(node, contact, now);
    if (contacts.length > 0) this.report(node, now);
    keeper.restore(node, { values: values ?? [], providers: providers ?? [] }, now);
  }

  /** Reports the contacts that were put into the table of a node by `tables.restore`. */
  report(node: number, now: number): void {
    const { trace, self } = this.#parts.context;
    if (trace === null) return;
    const contacts = this.#parts.tables.contacts(node);
    trace.step('table.restored', now, {
      node: self.key(node),
      count: contacts.length,
      data: contacts,
    });
  }
}

/** The parts of an engine that are saved. */
export interface SnapshotParts {
  readonly context: Context;
  readonly tables: RoutingTables;
  readonly values: ValueStore;
  readonly providers: ProviderStore;
  readonly keeper: RecordKeeper;
}
