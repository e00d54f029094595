// Invariants of what nodes answer (§2.3).
import type { KeyHandle } from '../keyspace/key-table.ts';
import { equalKeys } from '../keyspace/key.ts';
import {
  ADD_PROVIDER,
  GET_PROVIDERS,
  GET_VALUE,
  MESSAGE_PROVIDERS_MAX,
  PING,
  PUT_VALUE,
} from '../kademlia/message.ts';
import type { Message } from '../kademlia/message.ts';
import { REQUEST } from './invariants-world.ts';
import type { Turn, World } from './invariants-world.ts';

/** Checks the answers that the engine gives. */
export class AnswerChecks {
  readonly #world: World;
  /** Who announced itself, by the serial number of the key. */
  readonly #announced = new Map<number, Set<KeyHandle>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The engine answers in a turn. */
  answers(turn: Turn, reply: Message): void {
    const { engine, fail, isWatched } = this.#world;
    const node = reply.from;
    const request = turn.kind === REQUEST ? turn.message : null;
    if (!engine().isServer(node) || !reply.fromServer)
      fail('answer-server', node, 'it answers and is no server');
    if (
      request === null ||
      request.to !== node ||
      request.from !== reply.to ||
      request.rpc !== reply.rpc ||
      request.slot !== reply.slot ||
      request.kind !== reply.kind ||
      request.key !== reply.key
    )
      fail('answer-address', node, `it answers ${reply.to} what ${reply.to} has not asked`);
    if (!isWatched(node)) return;
    this.#contacts(reply);
    this.#value(reply, turn.now);
    this.#providers(reply, turn.now);
  }

  /** A server that a request has reached owes an answer; whoever is something else owes none. */
  owed(turn: Turn, wasDelivered: boolean): void {
    const { engine, fail, isHostile, profile } = this.#world;
    const { message } = turn;
    if (turn.kind !== REQUEST || message === null) return;
    const isAnnouncement = message.kind === ADD_PROVIDER && !profile.acknowledgesProviders;
    const owes = wasDelivered && !isHostile(message.to) && engine().isServer(message.to);
    const owed = owes && !isAnnouncement ? 1 : 0;
    if (turn.answers !== owed)
      fail('answer-owed', message.to, `it owes ${owed} answers and gives ${turn.answers}`);
  }

  #contacts(reply: Message): void {
    const { engine, fail, profile } = this.#world;
    const node = reply.from;
    const { contactCount: count, kind } = reply;
    const named = new Set(reply.contacts.subarray(0, count));
    if (count > profile.k || named.size < count || named.has(node) || named.has(reply.to))
      fail('answer-contacts', node, `it names ${reply.contacts.subarray(0, count).join()}`);
    if (kind === PING || kind === PUT_VALUE || kind === ADD_PROVIDER) {
      if (count > 0) fail('answer-contacts', node, 'it names contacts that nobody asked for');
      return;
    }
    const all = engine()
      .tables.contacts(node)
      .filter((contact) => contact !== reply.to);
    const others = all.filter((contact) => !named.has(contact));
    if (count !== Math.min(profile.k, all.length) || others.length + count !== all.length)
      fail('answer-closest', node, `it names ${count} of ${all.length} contacts`);
    this.#closest(reply, others);
  }

  #closest(reply: Message, others: readonly KeyHandle[]): void {
    const { fail, keys } = this.#world;
    let farthest = reply.contacts[0]!;
    for (let i = 1; i < reply.contactCount; i++) {
      if (keys.compareDistance(reply.key, reply.contacts[i]!, farthest) > 0)
        farthest = reply.contacts[i]!;
    }
    for (const contact of others) {
      if (keys.compareDistance(reply.key, contact, farthest) < 0) {
        fail('answer-closest', reply.from, `it names ${farthest} and not ${contact}`);
        return;
      }
    }
  }

  #value(reply: Message, now: number): void {
    const { engine, fail, keys } = this.#world;
    const node = reply.from;
    if (reply.kind !== GET_VALUE) {
      if (reply.record !== null)
        fail('answer-value', node, 'it sends a value that nobody asked for');
      return;
    }
    const point = keys.key(reply.key);
    let held: Uint8Array | null = null;
    for (const { point: at, record, expiresAt } of engine().values.snapshot(node))
      if (expiresAt > now && equalKeys(at, point)) held = record.value;
    if (held !== (reply.record?.value ?? null))
      fail(
        'answer-value',
        node,
        reply.record === null ? 'it keeps a value to itself' : 'a value that it has not',
      );
  }

  #providers(reply: Message, now: number): void {
    const { engine, fail, keys } = this.#world;
    const node = reply.from;
    if (reply.kind !== GET_PROVIDERS) {
      if (reply.providerCount > 0) fail('answer-providers', node, 'it names providers unasked');
      return;
    }
    const point = keys.key(reply.key);
    const live = new Set<KeyHandle>();
    for (const { point: at, provider, expiresAt } of engine().providers.snapshot(node))
      if (expiresAt > now && equalKeys(at, point)) live.add(keys.find(provider));
    const named = new Set(reply.providers.subarray(0, reply.providerCount));
    const expected = Math.min(live.size, MESSAGE_PROVIDERS_MAX);
    if (named.size !== expected || reply.providerCount !== expected)
      fail('answer-providers', node, `it names ${reply.providerCount} of ${live.size} providers`);
    for (const provider of named) {
      if (!live.has(provider)) fail('answer-providers', node, `it names ${provider}`);
      this.#known(node, reply.key, provider);
    }
  }

  /** A node announces itself. */
  announces(message: Message): void {
    const { isThorough, keys } = this.#world;
    if (!isThorough || message.kind !== ADD_PROVIDER) return;
    const serial = keys.serial(message.key);
    const announced = this.#announced.get(serial);
    if (announced === undefined) this.#announced.set(serial, new Set([message.from]));
    else announced.add(message.from);
  }

  #known(node: number, key: KeyHandle, provider: KeyHandle): void {
    const { fail, isThorough, keys } = this.#world;
    if (!isThorough || provider === node) return;
    if (this.#announced.get(keys.serial(key))?.has(provider) !== true)
      fail('provider-announced', node, `it names ${provider}, which has announced nothing`);
  }
}
