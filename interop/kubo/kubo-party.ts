// Kubo as a party: every wish is a command of `ipfs`.
import { KuboDaemon } from './daemon.ts';
import type { KuboRouting } from './daemon.ts';
import type { Party } from './party.ts';

/** go-libp2p's `routing.FinalPeer`, among the types of query events. */
const FINAL_PEER = 2;

export class KuboParty implements Party {
  readonly daemon: KuboDaemon;
  readonly name: string;
  readonly serves: boolean;
  readonly #keys = new Set<string>();

  private constructor(daemon: KuboDaemon, routing: KuboRouting) {
    this.daemon = daemon;
    this.serves = routing === 'dhtserver';
    this.name = this.serves ? 'Kubo server' : 'Kubo client';
  }

  static async start(
    binary: string,
    routing: KuboRouting,
    swarmKey: Uint8Array,
  ): Promise<KuboParty> {
    return new KuboParty(await KuboDaemon.start(binary, routing, swarmKey), routing);
  }

  get id(): string {
    return this.daemon.id;
  }

  get addresses(): readonly string[] {
    return this.daemon.addresses.map((address) => address.replace(/\/p2p\/.*$/, ''));
  }

  async add(file: Uint8Array): Promise<string> {
    const silent = ['--pin=false', '--fast-provide-root=false'];
    return this.daemon.text(['add', '--quieter', '--cid-version=1', ...silent], file);
  }

  async provide(cid: string): Promise<void> {
    await this.daemon.run(['routing', 'provide', cid]);
  }

  async findProviders(cid: string): Promise<string[]> {
    return this.daemon.lines(['routing', 'findprovs', cid]);
  }

  /** The events of the same command, as it prints them for programs. */
  async findProvidersLog(cid: string): Promise<string> {
    return this.daemon.text(['routing', 'findprovs', '--enc=json', '-v', cid]);
  }

  /** The events of a query, which is the only command that is still under `ipfs dht`. */
  async queryLog(id: string): Promise<string> {
    return this.daemon.text(['dht', 'query', '--enc=json', '-v', id]);
  }

  async fetch(cid: string): Promise<Uint8Array> {
    return this.daemon.run(['cat', cid]);
  }

  async findPeer(id: string): Promise<string[]> {
    return this.daemon.lines(['routing', 'findpeer', id]);
  }

  async query(id: string): Promise<string[]> {
    const log = await this.queryLog(id);
    return log
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly Type: number; readonly ID: string })
      .filter(({ Type }) => Type === FINAL_PEER)
      .map(({ ID }) => ID);
  }

  async ping(other: Party): Promise<void> {
    await this.daemon.run(['ping', '--count=1', other.id]);
  }

  async put(name: string, record: Uint8Array): Promise<void> {
    await this.daemon.run(['routing', 'put', `/ipns/${name}`], record);
  }

  async get(name: string): Promise<Uint8Array> {
    return this.daemon.run(['routing', 'get', `/ipns/${name}`]);
  }

  async publish(key: string, cid: string): Promise<string> {
    if (!this.#keys.has(key)) await this.daemon.run(['key', 'gen', '--ipns-base=b58mh', key]);
    this.#keys.add(key);
    const options = ['--quieter', `--key=${key}`, '--ipns-base=b58mh', '--resolve=false'];
    return this.daemon.text(['name', 'publish', ...options, `/ipfs/${cid}`]);
  }

  async resolve(name: string): Promise<string> {
    return this.daemon.text(['name', 'resolve', '--nocache', `/ipns/${name}`]);
  }

  async disconnect(id: string): Promise<void> {
    const peers = await this.daemon.lines(['swarm', 'peers']);
    if (!peers.some((peer) => peer.endsWith(`/p2p/${id}`))) return;
    await this.daemon.run(['swarm', 'disconnect', `/p2p/${id}`]);
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
  }
}
