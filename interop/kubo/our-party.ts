// A node of ours as a party: Helia for files, libp2p's routers for the rest, records by the package `ipns`.
import { unixfs } from '@helia/unixfs';
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import {
  createIPNSRecord,
  marshalIPNSRecord,
  multihashToIPNSRoutingKey,
  unmarshalIPNSRecord,
} from 'ipns';
import { ipnsValidator } from 'ipns/validator';
import { CID } from 'multiformats/cid';
import type { OurNode } from './our-node.ts';
import { startOurNode } from './our-node.ts';
import type { Party } from './party.ts';

/** Time decides no check; this ends what hangs. */
const PATIENCE_MS = 120_000;
const LIFETIME_MS = 3_600_000;

const patience = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(PATIENCE_MS) });

type Published = { readonly key: Ed25519PrivateKey; sequence: number };

export class OurParty implements Party {
  readonly node: OurNode;
  readonly name: string;
  readonly serves: boolean;
  readonly #published = new Map<string, Published>();

  private constructor(node: OurNode, serves: boolean) {
    this.node = node;
    this.serves = serves;
    this.name = serves ? 'our server' : 'our client';
  }

  static async start(role: 'server' | 'client', swarmKey?: Uint8Array): Promise<OurParty> {
    return new OurParty(await startOurNode(role === 'client', swarmKey), role === 'server');
  }

  get id(): string {
    return this.node.libp2p.peerId.toString();
  }

  get addresses(): readonly string[] {
    return this.node.libp2p.getMultiaddrs().map((one) => one.decapsulateCode(421).toString());
  }

  async add(file: Uint8Array): Promise<string> {
    return (await unixfs(this.node).addBytes(file)).toString();
  }

  async provide(cid: string): Promise<void> {
    await this.node.libp2p.contentRouting.provide(CID.parse(cid), patience());
  }

  async findProviders(cid: string): Promise<string[]> {
    const found = new Set<string>();
    const providers = this.node.libp2p.contentRouting.findProviders(CID.parse(cid), patience());
    for await (const { id } of providers) found.add(id.toString());
    return [...found];
  }

  async fetch(cid: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of unixfs(this.node).cat(CID.parse(cid), patience())) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async findPeer(id: string): Promise<string[]> {
    const options = { ...patience(), useCache: false };
    const found = await this.node.libp2p.peerRouting.findPeer(peerIdFromString(id), options);
    return found.multiaddrs.map(String);
  }

  async query(id: string): Promise<string[]> {
    const key = peerIdFromString(id).toMultihash().bytes;
    const found: string[] = [];
    for await (const peer of this.node.libp2p.peerRouting.getClosestPeers(key, patience()))
      found.push(peer.id.toString());
    return found;
  }

  /** The DHT's own PING where the other one answers it, and that of libp2p. */
  async ping(other: Party): Promise<void> {
    const { dht, ping } = this.node.libp2p.services;
    const id = peerIdFromString(other.id);
    await ping.ping(id, patience());
    if (!other.serves) return;
    let reason = 'nothing';
    for await (const event of dht.ping(id, patience()))
      if (event.name === 'PATH_ENDED') reason = event.reason;
    if (reason !== 'answered') throw new Error(`PING of the DHT ended with '${reason}'`);
  }

  async put(name: string, record: Uint8Array): Promise<void> {
    await this.node.libp2p.contentRouting.put(routingKey(name), record, patience());
  }

  async get(name: string): Promise<Uint8Array> {
    return this.node.libp2p.contentRouting.get(routingKey(name), patience());
  }

  async publish(label: string, cid: string): Promise<string> {
    const known = this.#published.get(label);
    const now = known ?? { key: await generateKeyPair('Ed25519'), sequence: 0 };
    this.#published.set(label, { ...now, sequence: now.sequence + 1 });
    const { name, record } = await makeRecord(now.key, `/ipfs/${cid}`, now.sequence);
    await this.put(name, record);
    return name;
  }

  async resolve(name: string): Promise<string> {
    const record = await this.get(name);
    await ipnsValidator(routingKey(name), record);
    return unmarshalIPNSRecord(record).value;
  }

  async disconnect(id: string): Promise<void> {
    await this.node.libp2p.hangUp(peerIdFromString(id), patience());
  }

  async stop(): Promise<void> {
    await this.node.stop();
  }
}

/** A record by the package `ipns`, and the name that it belongs to. */
export async function makeRecord(
  key: Ed25519PrivateKey,
  value: string,
  sequence: number,
): Promise<{ name: string; record: Uint8Array }> {
  const record = await createIPNSRecord(key, value, sequence, LIFETIME_MS);
  return { name: peerIdFromPrivateKey(key).toString(), record: marshalIPNSRecord(record) };
}

/** The key of a name's record: `/ipns/` and the bytes of the id. */
function routingKey(name: string): Uint8Array {
  return multihashToIPNSRoutingKey(peerIdFromString(name).toMultihash());
}
