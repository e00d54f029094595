// What a node does unasked: it learns contacts, probes them, and refreshes idle buckets.
import { assert } from '../keyspace/assert.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { REFRESH_TIMER } from './context.ts';
import type { Context } from './context.ts';
import { FIND_NODE, PING } from './message.ts';
import type { Operations } from './operations.ts';
import { OWNER_CHECK, OWNER_NOBODY, OWNER_PROBE } from './requests.ts';
import type { Requests } from './requests.ts';
import type { RoutingTables } from './routing-table.ts';

/** Newcomers of the whole population that are being checked at once, at most. */
const CHECKS_MAX = 100_000;

/** A newcomer that did not answer is asked again after so long at first, and at last; each pause is twice the one before. */
const PAUSE_MS = 10_000;
const PAUSE_MAX_MS = 640_000;

/** Nodes hold at most 2^26 keys, so a node and a contact fit one exact double. */
const CONTACTS_MAX = 67_108_864;

/** Keeps the routing tables of a population alive. */
export class Maintenance {
  readonly #context: Context;
  readonly #tables: RoutingTables;
  readonly #requests: Requests;
  readonly #operations: Operations;
  readonly #checks = new Set<number>();
  /** Newcomers that did not answer: two that cannot hear each other would check each other for ever. */
  readonly #failedChecks = new Map<number, { readonly pauseMs: number; readonly until: number }>();
  readonly #refreshSerials = new Map<number, number>();

  constructor(parts: {
    context: Context;
    tables: RoutingTables;
    requests: Requests;
    operations: Operations;
  }) {
    this.#context = parts.context;
    this.#tables = parts.tables;
    this.#requests = parts.requests;
    this.#operations = parts.operations;
  }

  /** Newcomers that are being checked now, of the whole population. */
  get checking(): number {
    return this.#checks.size;
  }

  /** Names the newcomers that are being checked. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    for (const check of this.#checks) visit(check % CONTACTS_MAX);
  }

  /** A contact proved to be alive by answering, or by asking where the profile trusts that. */
  learn(node: number, contact: KeyHandle, now: number): void {
    if (this.#tables.observe(node, contact, now) !== 'full') return;
    if (this.#context.profile.bucketPolicy === 'least-recently-seen')
      this.#probeOldest(node, contact, now);
  }

  /** An unknown node asked something: it may be useful, but it has proved nothing yet (go-libp2p's lookup check). */
  meet(node: number, contact: KeyHandle, now: number): void {
    if (this.#context.profile.trustsRequests) {
      this.learn(node, contact, now);
      return;
    }
    if (!this.#tables.hasRoom(node, contact) || this.#tables.contains(node, contact)) return;
    const check = node * CONTACTS_MAX + contact;
    if (this.#checks.has(check) || this.#checks.size >= CHECKS_MAX) return;
    if ((this.#failedChecks.get(check)?.until ?? now) > now) return;
    assert(contact < CONTACTS_MAX, 'a process holds at most 2^26 keys');
    this.#checks.add(check);
    const self = this.#context.self.key(node);
    this.#send(node, contact, now, {
      kind: FIND_NODE,
      key: self,
      ownerType: OWNER_CHECK,
      detail: 'newcomer',
    });
  }

  /** A newcomer did not answer: it is left alone for a while, and longer each time. */
  checkFailed(node: number, contact: KeyHandle, now: number): void {
    const check = node * CONTACTS_MAX + contact;
    const before = this.#failedChecks.get(check);
    const pauseMs = Math.min(2 * (before?.pauseMs ?? PAUSE_MS / 2), PAUSE_MAX_MS);
    this.#failedChecks.delete(check);
    this.#failedChecks.set(check, { pauseMs, until: now + pauseMs });
    // The first are the oldest; what failed long ago counts as little as what never did.
    for (const [oldest, { until }] of this.#failedChecks) {
      if (until + PAUSE_MAX_MS > now && this.#failedChecks.size <= CHECKS_MAX) return;
      this.#failedChecks.delete(oldest);
    }
  }

  /** A request ended, one way or the other: a newcomer's check, the ping to the oldest contact of a bucket, or neither. */
  requestEnded(ownerType: number, node: number, contact: KeyHandle): void {
    if (ownerType === OWNER_CHECK) this.#checks.delete(node * CONTACTS_MAX + contact);
    else if (ownerType === OWNER_PROBE) {
      const bucket = this.#tables.bucket(node, this.#tables.bucketIndex(node, contact));
      this.#tables.buckets.setProbing(bucket, false);
    }
  }

  /** Starts periodic refreshes, the first at a random time within one interval. */
  startRefreshing(node: number, now: number): void {
    const serial = (this.#refreshSerials.get(node) ?? 0) + 1;
    this.#refreshSerials.set(node, serial);
    const { host, profile } = this.#context;
    const phase = Math.floor((host.random(node) / 4294967296) * profile.refreshIntervalMs);
    host.setTimer(now + phase, REFRESH_TIMER, node, serial);
  }

  /** Stops them: the timer that is still set will find another serial number. */
  stopRefreshing(node: number): void {
    this.#refreshSerials.set(node, (this.#refreshSerials.get(node) ?? 0) + 1);
  }

  /** The refresh timer rang: looks up a random key of each bucket that was idle for an interval (§2.3). */
  refresh(node: number, serial: number, now: number): void {
    if (this.#refreshSerials.get(node) !== serial) return;
    const { host, profile, trace, self } = this.#context;
    this.#probeContacts(node, now);
    const stale: number[] = [];
    for (let i = 0; i < this.#tables.bucketCount(node); i++) {
      const refreshedAt = this.#tables.buckets.refreshedAt(this.#tables.bucket(node, i));
      if (now - refreshedAt >= profile.refreshIntervalMs) stale.push(i);
    }
    if (stale.length > 0 || profile.refreshesSelf) {
      trace?.step('refresh.started', now, {
        node: self.key(node),
        count: stale.length,
        detail: 'refresh',
      });
      this.#operations.start({ kind: 'refresh', node, buckets: stale }, now);
    }
    host.setTimer(now + profile.refreshIntervalMs, REFRESH_TIMER, node, serial);
  }

  /** Pings a share of the contacts, so that each is pinged now and then: whoever does not answer leaves the table. */
  #probeContacts(node: number, now: number): void {
    const { refreshIntervalMs, probeEveryRefreshes } = this.#context.profile;
    if (probeEveryRefreshes === 0) return;
    const turn = Math.floor(now / refreshIntervalMs) % probeEveryRefreshes;
    this.#tables.contacts(node).forEach((contact, at) => {
      if (at % probeEveryRefreshes !== turn) return;
      const order = { kind: PING, key: -1, ownerType: OWNER_NOBODY, detail: 'liveness' };
      this.#send(node, contact, now, order);
    });
  }

  #probeOldest(node: number, newcomer: KeyHandle, now: number): void {
    const { buckets } = this.#tables;
    const bucket = this.#tables.bucket(node, this.#tables.bucketIndex(node, newcomer));
    buckets.cache(bucket, newcomer);
    if (buckets.isProbing(bucket)) return;
    if (buckets.silenceMs(bucket, now) < this.#context.profile.questionableAfterMs) return;
    buckets.setProbing(bucket, true);
    const oldest = buckets.contact(bucket, 0);
    this.#send(node, oldest, now, {
      kind: PING,
      key: -1,
      ownerType: OWNER_PROBE,
      detail: 'full-bucket',
    });
  }

  #send(
    node: number,
    contact: KeyHandle,
    now: number,
    order: { kind: number; key: KeyHandle; ownerType: number; detail: string },
  ): void {
    const { trace, self } = this.#context;
    trace?.step('table.probed', now, { node: self.key(node), peer: contact, detail: order.detail });
    this.#requests.send(
      {
        node,
        contact,
        kind: order.kind,
        key: order.key,
        record: null,
        ownerType: order.ownerType,
        owner: node,
        lookup: -1,
        operation: -1,
      },
      now,
    );
  }
}
