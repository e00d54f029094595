// What a node of either kind can be asked to do, so that one list of checks serves in both directions.

export interface Party {
  /** How the report calls it: `Kubo server`, `our client`. */
  readonly name: string;
  /** Its peer id as text. */
  readonly id: string;
  /** Where it listens, without its id. */
  readonly addresses: readonly string[];
  /** Whether it answers requests of the DHT. */
  readonly serves: boolean;
  /** Adds a file, announces nothing, and answers with its CID. */
  add(file: Uint8Array): Promise<string>;
  provide(cid: string): Promise<void>;
  /** Ids of the providers. */
  findProviders(cid: string): Promise<string[]>;
  /** A whole file, from whoever has it. */
  fetch(cid: string): Promise<Uint8Array>;
  /** Addresses of a peer, without its id. */
  findPeer(id: string): Promise<string[]>;
  /** Ids of the nodes closest to an id. */
  query(id: string): Promise<string[]>;
  /** Asks another node for a sign of life. Rejects without one. */
  ping(other: Party): Promise<void>;
  /** Stores a record under `/ipns/NAME`; and reads the best one. */
  put(name: string, record: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array>;
  /** Makes a key, if it has none called so, publishes a CID under it, and answers with the name that this has. */
  publish(key: string, cid: string): Promise<string>;
  /** The path that a name stands for, by what others know of it now. */
  resolve(name: string): Promise<string>;
  /** Ends its connections with another node, if there are any. */
  disconnect(id: string): Promise<void>;
  stop(): Promise<void>;
}

/** Nodes that can find each other. */
export interface Network {
  /** Who answers requests of the DHT. */
  readonly servers: readonly Party[];
  stop(): Promise<void>;
}
