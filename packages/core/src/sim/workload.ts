// What the nodes of a simulation are asked to do: operations drawn from a mix, on content of their own.
import type { KeyTable } from '../keyspace/key-table.ts';
import type { Rng } from '../keyspace/rng.ts';
import type { Command, Operation } from '../kademlia/operation.ts';
import { immutableKey, sha256Multihash } from '../store/validate.ts';
import { REMEMBERED_MAX } from './contents.ts';
import type { Content, Contents } from './contents.ts';
import { WORKLOAD_KINDS } from './scenario.ts';
import type { Workload, WorkloadKind } from './scenario.ts';

/** Bytes of a generated value: about the size of a small IPNS record. */
const VALUE_BYTES = 120;

/** Draws commands, and remembers what has been stored so that it can be looked for. */
export class WorkloadSource {
  readonly #workload: Workload;
  readonly #rng: Rng;
  readonly #keys: KeyTable;
  readonly #total: number;
  readonly #stored: Uint8Array[] = [];
  readonly #contents: Contents;
  #drawn = 0;
  readonly #content = new Map<number, Uint8Array>();

  constructor(workload: Workload, parts: { keys: KeyTable; contents: Contents; rng: Rng }) {
    this.#workload = workload;
    this.#keys = parts.keys;
    this.#contents = parts.contents;
    this.#rng = parts.rng;
    this.#total = WORKLOAD_KINDS.reduce((sum, kind) => sum + workload.mix[kind], 0);
  }

  /** The next command for `node`; `peer` is another live node, for those that need one. */
  draw(node: number, peer: number): Command {
    // A stream for each: what one command needs, because others ended sooner or later, shifts no other.
    const rng = this.#rng.fork(`workload ${this.#drawn++}`);
    const kind = this.#drawKind(rng);
    switch (kind) {
      case 'findNode':
        return { kind, node, target: rng.bytes(this.#keys.keyBytes) };
      case 'findPeer':
      case 'ping':
        return { kind, node, peer };
      case 'putValue': {
        const value = rng.bytes(VALUE_BYTES);
        return { kind, node, key: immutableKey(value), value };
      }
      case 'getValue':
        return { kind, node, key: pick(this.#stored, rng) };
      case 'provide':
        return { kind, node, key: sha256Multihash(rng.bytes(32)) };
      case 'findProviders':
        return { kind, node, key: this.#contents.pick(rng).key, count: 1 };
    }
  }

  /** A command was started as operation `id`. */
  started(id: number, command: Command): void {
    if (command.kind === 'putValue' || command.kind === 'provide')
      this.#content.set(id, command.key);
  }

  /** An operation ended: what it stored can be looked for from now on. Returns the content that it provided. */
  ended(operation: Operation): Content | null {
    const key = this.#content.get(operation.id);
    if (key === undefined) return null;
    this.#content.delete(operation.id);
    if (operation.outcome !== 'stored') return null;
    if (operation.kind === 'provide') return this.#contents.add(operation, key);
    this.#stored.push(key);
    if (this.#stored.length > REMEMBERED_MAX) this.#stored.shift();
    return null;
  }

  #drawKind(rng: Rng): WorkloadKind {
    let left = rng.fraction() * this.#total;
    let drawn: WorkloadKind = 'findNode';
    for (const kind of WORKLOAD_KINDS) {
      left -= this.#workload.mix[kind];
      if (left >= 0) continue;
      drawn = kind;
      break;
    }
    // Nothing to look for yet: store it first.
    if (drawn === 'getValue' && this.#stored.length === 0) return 'putValue';
    if (drawn === 'findProviders' && this.#contents.size === 0) return 'provide';
    return drawn;
  }
}

function pick(list: readonly Uint8Array[], rng: Rng): Uint8Array {
  return list[rng.below(list.length)]!;
}
