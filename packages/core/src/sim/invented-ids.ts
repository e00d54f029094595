// Ids that adversaries invent: keys without a node, behind which one of them answers.
//
// An engine knows contacts as integers, and the key table tells it their keys. So an invented id is a key
// of that table beyond those of the nodes, and this says at which node a message to it arrives. The
// table keeps such a key for as long as anybody may know it: while its target is being looked up, and
// beyond that while it is in a routing table.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { mix } from '../keyspace/rng.ts';
import type { Row, RowSink } from '../trace/sink.ts';

/** Targets at which ids are invented at the same time, at most: with 80 ids each, 20 MB. */
const TARGETS_MAX = 2_000;

/** Ids that stay in routing tables at most, after their targets are forgotten: the same again. */
const KEPT_MAX = 160_000;

/**
 * A target that no adversary was asked about for so long is looked up by nobody: a request ends within 10 s
 * (`Profile.requestTimeoutMs`), and a lookup asks the invented contacts first.
 */
const FORGOTTEN_AFTER_MS = 600_000;

/** Where the invented part of a key begins: bits 32 to 47 differ from the target, closer than any node of a million. */
const INVENTED_BYTE = 4;

/** What ids are invented with. */
export interface InventionPlan {
  readonly keys: KeyTable;
  /** How many nodes there are: handles from here on are no nodes. */
  readonly nodes: number;
  /** Adversaries, those of one /24 in each list; none is empty. */
  readonly subnets: readonly (readonly number[])[];
  /** Ids for each target. */
  readonly perTarget: number;
  /** Calls `known` for each contact that is in a routing table. */
  readonly eachKnown: (known: (contact: KeyHandle) => void) => void;
}

interface Invention {
  readonly ids: Int32Array;
  lastMs: number;
}

/** All invented ids of a simulation. */
export class InventedIds {
  readonly #plan: InventionPlan;
  /** By the serial number of the target, the least recently asked for first. */
  readonly #inventions = new Map<number, Invention>();
  readonly #nodes = new Map<KeyHandle, number>();
  #kept: KeyHandle[] = [];
  /** How many ids have been invented so far. */
  total = 0;

  constructor(plan: InventionPlan) {
    this.#plan = plan;
  }

  /** Ids that exist now. */
  get size(): number {
    return this.#nodes.size;
  }

  /** Whether a contact is invented. */
  has(contact: KeyHandle): boolean {
    return contact >= this.#plan.nodes && this.#nodes.has(contact);
  }

  /** The node at which messages to `contact` arrive. */
  nodeBehind(contact: KeyHandle): number {
    return contact < this.#plan.nodes ? contact : (this.#nodes.get(contact) ?? contact);
  }

  /** Ids next to `target`, nearest first; none when there are too many already. */
  near(target: KeyHandle, now: number): Int32Array {
    const serial = this.#plan.keys.serial(target);
    const known = this.#inventions.get(serial);
    if (known !== undefined) {
      known.lastMs = now;
      this.#inventions.delete(serial);
      this.#inventions.set(serial, known);
      return known.ids;
    }
    if (this.#inventions.size >= TARGETS_MAX) this.#reclaim(now);
    if (this.#inventions.size >= TARGETS_MAX || this.#kept.length >= KEPT_MAX) return NOTHING;
    const ids = this.#invent(target, serial);
    this.#inventions.set(serial, { ids, lastMs: now });
    return ids;
  }

  #invent(target: KeyHandle, serial: number): Int32Array {
    const { keys, nodes, subnets, perTarget } = this.#plan;
    const ids: number[] = [];
    const key = keys.key(target);
    const at = Math.min(INVENTED_BYTE, key.length - 2);
    for (let i = 0; i < perTarget; i++) {
      const id = key.slice();
      id[at] = key[at]! ^ ((i + 1) >>> 8);
      id[at + 1] = key[at + 1]! ^ ((i + 1) & 255);
      const handle = keys.intern(id);
      // In a tiny keyspace the id may belong to somebody, or be another's target.
      if (handle < nodes || this.#nodes.has(handle)) {
        keys.release(handle);
        continue;
      }
      // Neighbouring ids lie in different subnets, so that a limit for each subnet bites last.
      const subnet = subnets[(serial + i) % subnets.length]!;
      this.#nodes.set(handle, subnet[mix(serial, i, 0) % subnet.length]!);
      ids.push(handle);
    }
    this.total += ids.length;
    return Int32Array.from(ids);
  }

  /** Lets go of the ids that nobody can know any more. */
  #reclaim(now: number): void {
    const known = new Set<KeyHandle>();
    this.#plan.eachKnown((contact) => {
      if (this.has(contact)) known.add(contact);
    });
    const candidates = this.#kept;
    this.#kept = [];
    for (const [serial, { ids, lastMs }] of this.#inventions) {
      if (now - lastMs < FORGOTTEN_AFTER_MS) break;
      this.#inventions.delete(serial);
      candidates.push(...ids);
    }
    for (const id of candidates) {
      if (known.has(id)) {
        this.#kept.push(id);
        continue;
      }
      this.#nodes.delete(id);
      this.#plan.keys.release(id);
    }
  }
}

const NOTHING = new Int32Array(0);

/** Rows of a trace that knows nodes only: what is said of an invented contact is said of the node behind it. */
export class RowsOfNodes implements RowSink {
  readonly #rows: RowSink;
  readonly #invented: InventedIds;

  constructor(rows: RowSink, invented: InventedIds) {
    this.#rows = rows;
    this.#invented = invented;
  }

  append(row: Row): number {
    row.node = this.#invented.nodeBehind(row.node);
    row.peer = this.#invented.nodeBehind(row.peer);
    return this.#rows.append(row);
  }

  addKey(key: Key): number {
    return this.#rows.addKey(key);
  }
}
