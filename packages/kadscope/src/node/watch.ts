// What is worth a line while a node runs: its addresses, whether it serves others, and how many it knows.
import type { KadscopeNode } from './create.ts';

/** Something that has changed. */
export type NodeChange =
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  | { readonly type: 'mode'; readonly network: string; readonly mode: 'client' | 'server' }
  | { readonly type: 'table'; readonly network: string; readonly contacts: number };

/** Milliseconds between two looks. */
const INTERVAL_MS = 1_000;

/** Tells of changes until it is stopped. */
export class NodeWatch {
  readonly #node: KadscopeNode;
  readonly #tell: (change: NodeChange) => void;
  readonly #modes = new Map<string, string>();
  /** How many contacts each network had when that was told. */
  readonly #tables = new Map<string, number>();
  #addresses: string;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(node: KadscopeNode, tell: (change: NodeChange) => void) {
    this.#node = node;
    this.#tell = tell;
    this.#addresses = addressesOf(node).join(' ');
    this.#timer = setInterval(() => this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Compares what is with what was told. */
  look(): void {
    const addresses = addressesOf(this.#node);
    if (addresses.join(' ') !== this.#addresses) this.#tell({ type: 'addresses', addresses });
    this.#addresses = addresses.join(' ');
    for (const { name, dht } of this.#node.dhts) {
      const mode = dht.getMode();
      if (this.#modes.get(name) !== mode) this.#tell({ type: 'mode', network: name, mode });
      this.#modes.set(name, mode);
      const contacts = dht.routingTable.size;
      if (!isNoteworthy(this.#tables.get(name) ?? 0, contacts)) continue;
      this.#tables.set(name, contacts);
      this.#tell({ type: 'table', network: name, contacts });
    }
  }
}

/** The addresses of a node, each with its id. */
export function addressesOf({ libp2p }: KadscopeNode): string[] {
  return libp2p.getMultiaddrs().map(String);
}

/** The first and the last contact are, and twice or half as many. */
function isNoteworthy(before: number, now: number): boolean {
  if (before === 0 || now === 0) return before !== now;
  return now >= before * 2 || now <= before / 2;
}
