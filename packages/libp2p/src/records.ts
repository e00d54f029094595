// Records on a disk, where `@libp2p/kad-dht` has them, so that either can go on with what the other left:
//
//   <prefix>/record/<base32 of the key>                       a record, as Libp2pRecord
//   <prefix>/provider/<base32 of the multihash>/<peer id>     when it came, a varint of milliseconds
//
// and of our own:
//
//   <prefix>/peer/<peer id>        addresses of a provider, which live as long as its records
//   <prefix>/routing-table         the contacts of the routing table
import type { AbortOptions, Logger, PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { Libp2pRecord } from '@libp2p/record';
import { Key } from 'interface-datastore/key';
import type { Datastore } from 'interface-datastore';
import * as varint from 'uint8-varint';
import { fromString } from 'uint8arrays/from-string';
import { toString } from 'uint8arrays/to-string';
import type { AminoPeer } from '@kadscope/core/wire';
import { decodeAmino, encodeAmino, FrameReader, frame } from '@kadscope/core/wire';
import { WriteLanes } from './lanes.ts';
import { bytesOfPeerId } from './peers.ts';

/** Peers of one message in a snapshot: the most that are read back. */
const PEERS_PER_MESSAGE = 40;

/** A record as it lies on the disk. */
export interface SavedValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly storedAt: number;
}

/** A provider as it lies on the disk. */
export interface SavedProvider {
  readonly multihash: Uint8Array;
  readonly provider: PeerId;
  readonly storedAt: number;
}

/** Reads and writes what a node keeps. */
export class Records {
  readonly #datastore: Datastore;
  readonly #prefix: string;
  readonly #log: Logger;
  readonly #lanes = new WriteLanes();

  constructor(datastore: Datastore, prefix: string, log: Logger) {
    this.#datastore = datastore;
    this.#prefix = prefix;
    this.#log = log;
  }

  /** Writes that have not ended. */
  get writing(): number {
    return this.#lanes.size;
  }

  /** Resolves when everything is written. */
  async settled(): Promise<void> {
    await this.#lanes.settled();
  }

  async putValue(key: Uint8Array, value: Uint8Array, storedAt: number): Promise<void> {
    const record = new Libp2pRecord(key, value, new Date(storedAt)).serialize();
    await this.#put(this.#valueKey(key), asBytes(record));
  }

  async deleteValue(key: Uint8Array): Promise<void> {
    await this.#delete(this.#valueKey(key));
  }

  /** The record of a key; `null` when there is none, or it cannot be read. */
  async getValue(key: Uint8Array, options?: AbortOptions): Promise<SavedValue | null> {
    try {
      return readValue(await this.#datastore.get(this.#valueKey(key), options));
    } catch (error) {
      if ((error as Error).name !== 'NotFoundError') this.#log.error('%e', error);
      return null;
    }
  }

  async *values(): AsyncGenerator<SavedValue> {
    const prefix = `${this.#prefix}/record/`;
    for await (const { key, value } of this.#datastore.query({ prefix })) {
      const saved = readValue(value);
      if (saved === null) await this.#discard(key);
      else yield saved;
    }
  }

  async putProvider(multihash: Uint8Array, provider: PeerId, storedAt: number): Promise<void> {
    await this.#put(
      this.#providerKey(multihash, provider),
      varint.encode(Math.max(0, Math.floor(storedAt))),
    );
  }

  async deleteProvider(multihash: Uint8Array, provider: PeerId): Promise<void> {
    await this.#delete(this.#providerKey(multihash, provider));
  }

  async *providers(): AsyncGenerator<SavedProvider> {
    const prefix = `${this.#prefix}/provider/`;
    for await (const { key, value } of this.#datastore.query({ prefix })) {
      const saved = readProvider(key, value);
      if (saved === null) await this.#discard(key);
      else yield saved;
    }
  }

  async putPeer(peer: PeerId, addresses: readonly Uint8Array[]): Promise<void> {
    const entry = encodePeers([{ id: bytesOfPeerId(peer), addresses, connection: 0 }]);
    await this.#put(new Key(`${this.#prefix}/peer/${peer.toString()}`), entry);
  }

  async deletePeer(peer: PeerId): Promise<void> {
    await this.#delete(new Key(`${this.#prefix}/peer/${peer.toString()}`));
  }

  /** The peers whose addresses are kept beside their records. */
  async *peers(): AsyncGenerator<AminoPeer> {
    for await (const { value } of this.#datastore.query({ prefix: `${this.#prefix}/peer/` }))
      yield* decodePeers(value);
  }

  async putTable(peers: readonly AminoPeer[]): Promise<void> {
    await this.#put(new Key(`${this.#prefix}/routing-table`), encodePeers(peers));
  }

  async table(): Promise<AminoPeer[]> {
    try {
      return decodePeers(await this.#datastore.get(new Key(`${this.#prefix}/routing-table`)));
    } catch (error) {
      if ((error as Error).name !== 'NotFoundError') this.#log.error('%e', error);
      return [];
    }
  }

  /** What cannot be read is of no use to anybody, and would be read at every start. */
  async #discard(key: Key): Promise<void> {
    this.#log.error('%s cannot be read and is removed', key.toString());
    try {
      await this.#delete(key);
    } catch (error) {
      this.#log.error('it could not be removed: %e', error);
    }
  }

  async #put(key: Key, bytes: Uint8Array): Promise<void> {
    await this.#lanes.write(key.toString(), async () => {
      await this.#datastore.put(key, bytes);
    });
  }

  async #delete(key: Key): Promise<void> {
    await this.#lanes.write(key.toString(), async () => {
      await this.#datastore.delete(key);
    });
  }

  #valueKey(key: Uint8Array): Key {
    return new Key(`${this.#prefix}/record/${toString(key, 'base32')}`, false);
  }

  #providerKey(multihash: Uint8Array, provider: PeerId): Key {
    const name = toString(multihash, 'base32');
    return new Key(`${this.#prefix}/provider/${name}/${provider.toString()}`, false);
  }
}

function readValue(bytes: Uint8Array): SavedValue | null {
  try {
    const { key, value, timeReceived } = Libp2pRecord.deserialize(bytes);
    const storedAt = timeReceived.getTime();
    return Number.isFinite(storedAt) ? { key, value, storedAt } : null;
  } catch {
    return null;
  }
}

function readProvider(key: Key, value: Uint8Array): SavedProvider | null {
  try {
    const [name, peer] = key.toString().split('/').slice(-2);
    if (name === undefined || peer === undefined) return null;
    const storedAt = varint.decode(value);
    return { multihash: fromString(name, 'base32'), provider: peerIdFromString(peer), storedAt };
  } catch {
    return null;
  }
}

/** Peers as answers have them, which there is a codec for. */
function encodePeers(peers: readonly AminoPeer[]): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let i = 0; i < peers.length; i += PEERS_PER_MESSAGE) {
    const closerPeers = peers.slice(i, i + PEERS_PER_MESSAGE);
    const message = {
      type: 'ping',
      key: NOTHING,
      record: null,
      closerPeers,
      providerPeers: [],
    } as const;
    frames.push(frame(encodeAmino(message, 4_194_304)));
  }
  const all = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of frames) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

function decodePeers(bytes: Uint8Array): AminoPeer[] {
  const peers: AminoPeer[] = [];
  const reader = new FrameReader();
  try {
    reader.push(bytes);
    for (let one = reader.next(); one !== null; one = reader.next())
      peers.push(...decodeAmino(one, 'response').closerPeers);
  } catch {
    // A file that was cut off: what came before is good.
  }
  return peers;
}

const NOTHING = new Uint8Array(0);

function asBytes(record: Uint8Array | { subarray(): Uint8Array }): Uint8Array {
  return record instanceof Uint8Array ? record : record.subarray();
}
