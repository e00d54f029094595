// Adversaries: nodes that answer with what suits them. The engine of honest nodes knows nothing of them.
//
// To the network an adversary is a node like any other: it has an id and an address, it is in the routing
// tables of others, it bootstraps when it joins. Only the requests that reach it are answered here, and
// not by the engine. Adversaries work together: each knows all of them.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import {
  ADD_PROVIDER,
  MESSAGE_CONTACTS_MAX,
  Message,
  PING,
  PUT_VALUE,
} from '../kademlia/message.ts';
import type { Profile } from '../kademlia/profile.ts';
import type { InventedIds } from './invented-ids.ts';
import type { Oracle } from './population.ts';
import type { AdversaryPlan } from './scenario-adversary.ts';

/** What adversaries work with. */
export interface AdversaryParts {
  readonly plan: AdversaryPlan;
  readonly profile: Profile;
  readonly keys: KeyTable;
  /** Knows all adversaries that are online, and nobody else. */
  readonly accomplices: Oracle;
  /** For those who forge. */
  readonly invented: InventedIds | null;
}

/** Answers the requests that reach adversaries. */
export class Adversary {
  /** Requests answered so far. */
  answers = 0;
  readonly #parts: AdversaryParts;
  readonly #reply = new Message();

  constructor(parts: AdversaryParts) {
    this.#parts = parts;
  }

  /** The response to a request that reached the adversary `node`; `null` when there is none. Valid until the next call. */
  answer(node: number, request: Message, now: number): Message | null {
    const { plan, profile } = this.#parts;
    const reply = this.#reply;
    reply.contactCount = 0;
    // Sybils take every record and never give it back; the others refuse to keep one.
    reply.accepted = plan.kind === 'sybil';
    switch (request.kind) {
      case PING:
        reply.accepted = true;
        break;
      case PUT_VALUE:
        break;
      case ADD_PROVIDER:
        if (!profile.acknowledgesProviders) return null;
        break;
      default:
        reply.accepted = true;
        this.#mislead(node, request, now);
    }
    reply.kind = request.kind;
    reply.isResponse = true;
    reply.from = request.to;
    reply.fromServer = true;
    reply.to = request.from;
    reply.rpc = request.rpc;
    reply.slot = request.slot;
    reply.key = request.key;
    this.answers++;
    return reply;
  }

  /** Names k contacts: invented ones next to the target, or the closest accomplices. */
  #mislead(node: number, request: Message, now: number): void {
    const { invented, profile } = this.#parts;
    const reply = this.#reply;
    const wanted = Math.min(profile.k, MESSAGE_CONTACTS_MAX);
    const ids = invented?.near(request.key, now);
    if (ids !== undefined && ids.length > 0) {
      // Each adversary begins elsewhere, so that the paths of a lookup that share no contact all find some.
      const names = Math.min(wanted, ids.length);
      for (let i = 0; i < names; i++) {
        const id = ids[(node + i) % ids.length]!;
        if (id !== request.to) reply.contacts[reply.contactCount++] = id;
      }
      return;
    }
    for (const contact of this.#parts.accomplices.closest(request.key, wanted + 1, node)) {
      if (contact !== request.from && reply.contactCount < wanted)
        reply.contacts[reply.contactCount++] = contact;
    }
  }
}

/** Takes out of a message the contacts whose id is not bound to their address, as a BEP 42 node does on arrival. */
export function ignoreUnbound(message: Message, isBound: (contact: KeyHandle) => boolean): void {
  let kept = 0;
  for (let i = 0; i < message.contactCount; i++) {
    const contact = message.contacts[i]!;
    if (isBound(contact)) message.contacts[kept++] = contact;
  }
  message.contactCount = kept;
}
