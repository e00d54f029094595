declare module 'k-bucket' {
  interface Contact {
    readonly id: Uint8Array;
  }

  /** The part of k-bucket's interface that the benchmark uses. */
  export default class KBucket {
    constructor(options: { localNodeId: Uint8Array; numberOfNodesPerKBucket: number });
    add(contact: Contact): void;
    closest(id: Uint8Array, count: number): Contact[];
    count(): number;
  }
}
