// Between the engine's messages, which name handles, and those of the wire, which name peers.
import type { Kademlia, Message } from '@kadscope/core';
import { kindCode } from '@kadscope/core';
import type { KeyHandle } from '@kadscope/core/keyspace';
import type { AminoMessage, AminoPeer, AminoType } from '@kadscope/core/wire';
import { sameBytes } from './bytes.ts';
import type { KeyBook, Known } from './key-book.ts';
import type { AddressFilter } from './mappers.ts';

/** What a translator works with. */
export interface TranslatorParts {
  readonly book: KeyBook;
  readonly self: Known;
  readonly filter: AddressFilter;
  /** The addresses at which others can reach the node. */
  readonly ownAddresses: () => readonly Uint8Array[];
  readonly now: () => number;
}

const NOTHING = new Uint8Array(0);

/** Translates messages in both directions. */
export class Translator {
  readonly #parts: TranslatorParts;

  constructor(parts: TranslatorParts) {
    this.#parts = parts;
  }

  /** The node itself, as others are told of it. */
  ownPeer(): AminoPeer {
    const { self, filter, ownAddresses } = this.#parts;
    return { id: self.bytes, addresses: filter(self.bytes, ownAddresses()), connection: 0 };
  }

  /** What is hashed to the key of a message. */
  preimageOf({ record, key }: Message): Uint8Array {
    return record?.key ?? this.#parts.book.get(key)?.bytes ?? NOTHING;
  }

  /** A request of the engine, as it is sent. */
  request(type: AminoType, message: Message): AminoMessage {
    const { record } = message;
    return {
      type,
      key: type === 'ping' ? NOTHING : this.preimageOf(message),
      record: record === null || type !== 'put-value' ? null : { ...record, timeReceived: '' },
      closerPeers: [],
      providerPeers: type === 'add-provider' ? [this.ownPeer()] : [],
    };
  }

  /** The engine's answer to a request, as it is sent. */
  answer(request: AminoMessage, message: Message, engine: Kademlia): AminoMessage {
    if (request.type === 'put-value') return { ...request, closerPeers: [], providerPeers: [] };
    const { book, self } = this.#parts;
    const asker = book.get(message.to)?.bytes;
    const closerPeers: AminoPeer[] =
      request.type === 'find-node' ? this.#target(request.key, asker) : [];
    for (let i = 0; i < message.contactCount; i++) {
      const peer = book.get(message.contacts[i]!);
      const isNamed = peer === undefined || sameBytes(peer.bytes, request.key);
      if (!isNamed && peer.addresses.length > 0) closerPeers.push(peer.encoded);
    }
    const providerPeers: AminoPeer[] = [];
    for (let i = 0; i < message.providerCount; i++) {
      const provider = message.providers[i]!;
      if (provider === self.handle) providerPeers.push(this.ownPeer());
      else if (provider !== message.to) providerPeers.push(book.get(provider)!.encoded);
    }
    const record = this.#recordOf(message, engine);
    return { type: request.type, key: request.key, record, closerPeers, providerPeers };
  }

  /** Writes an answer that has come into the engine's form, and takes up the peers that it names. */
  read(message: Message, from: Known, wire: AminoMessage, key: KeyHandle): void {
    const { book, self, filter, now } = this.#parts;
    const at = now();
    this.clear(message, from, wire.type, key);
    for (const { id, addresses } of wire.closerPeers) {
      const usable = filter(id, addresses);
      // Whoever cannot be reached is of no use, unless we know better.
      if (usable.length === 0 && (book.find(id)?.addresses.length ?? 0) === 0) continue;
      const peer = book.hear(id, usable, at);
      if (peer === null || peer === self) continue;
      if (message.contactCount < message.contacts.length)
        message.contacts[message.contactCount++] = peer.handle;
    }
    for (const { id, addresses } of wire.providerPeers) {
      if (message.providerCount === message.providers.length) break;
      const peer = book.hear(id, filter(id, addresses), at);
      if (peer !== null) message.providers[message.providerCount++] = peer.handle;
    }
  }

  /** A message that says nothing but whom it is from. */
  clear(message: Message, from: Known, type: AminoType, key: KeyHandle): void {
    message.kind = kindCode(type);
    message.from = from.handle;
    message.to = this.#parts.self.handle;
    message.rpc = -1;
    message.slot = -1;
    message.key = key;
    message.contactCount = 0;
    message.providerCount = 0;
    message.record = null;
    message.accepted = false;
    message.traceEvent = -1;
  }

  /**
   * Whoever looks for a peer is told of it first, be it a client or the node itself, but nobody is told of
   * himself (go-libp2p-kad-dht, handlers.go).
   */
  #target(key: Uint8Array, asker: Uint8Array | undefined): AminoPeer[] {
    const { book, self } = this.#parts;
    if (asker !== undefined && sameBytes(key, asker)) return [];
    const peer = sameBytes(key, self.bytes) ? this.ownPeer() : book.find(key)?.encodedIfReachable;
    return peer === undefined || peer.addresses.length === 0 ? [] : [peer];
  }

  #recordOf({ record, key }: Message, engine: Kademlia): AminoMessage['record'] {
    if (record === null) return null;
    const { now } = this.#parts;
    const at = now();
    const storedAt = engine.values.get(0, key, at)?.storedAt ?? at;
    return { ...record, timeReceived: new Date(storedAt).toISOString() };
  }
}
