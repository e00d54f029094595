// All adversaries of one simulation: who they are, what they say, and how far they got.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Kademlia } from '../kademlia/kademlia.ts';
import type { Message } from '../kademlia/message.ts';
import type { Profile } from '../kademlia/profile.ts';
import { Adversary, ignoreUnbound } from './adversary.ts';
import type { Addresses } from './addresses.ts';
import type { Attendance } from './attendance.ts';
import { InventedIds } from './invented-ids.ts';
import { Oracle } from './population.ts';
import type { AdversaryPlan } from './scenario-adversary.ts';

/** Ids invented for each target, as a multiple of k: enough for four disjoint paths to end among them. */
const INVENTED_PER_K = 4;

/** How far adversaries got. */
export interface AdversaryReport {
  /** Adversaries that are online. */
  readonly nodes: number;
  /** Their share of the contacts in the routing tables of honest nodes that are online, invented ones included. */
  readonly tableShare: number;
  /** Requests that they answered. */
  readonly answers: number;
  /** Ids that they invented. */
  readonly invented: number;
}

/** What adversaries are made of. */
export interface AdversariesParts {
  readonly plan: AdversaryPlan;
  readonly profile: Profile;
  readonly attendance: Attendance;
  readonly addresses: Addresses;
  /** The engine, which is made after them. */
  readonly engine: () => Kademlia;
}

/** The adversaries of a simulation. */
export class Adversaries {
  /** Ids that they invented; `null` where they do not. */
  readonly invented: InventedIds | null;
  readonly #parts: AdversariesParts;
  readonly #adversary: Adversary;

  constructor(parts: AdversariesParts) {
    const { plan, profile, attendance } = parts;
    const { keys } = attendance;
    this.#parts = parts;
    this.invented = plan.kind === 'forge' ? this.#inventedIds() : null;
    this.#adversary = new Adversary({
      plan,
      profile,
      keys,
      accomplices: new Oracle(
        keys,
        attendance.count,
        (node) => attendance.isAdversary(node) && attendance.isOnline(node),
      ),
      invented: this.invented,
    });
  }

  /** The node at which messages to a contact arrive. */
  nodeBehind(contact: KeyHandle): number {
    return this.invented === null ? contact : this.invented.nodeBehind(contact);
  }

  /** Whether an adversary answers under this id. */
  isAdversary(contact: KeyHandle): boolean {
    return this.#parts.attendance.isAdversary(this.nodeBehind(contact));
  }

  /** What a request gets for an answer that has reached an adversary; `null` for none. */
  answer(request: Message, now: number): Message | null {
    return this.#adversary.answer(this.nodeBehind(request.to), request, now);
  }

  /** Lets an honest node ignore what it can see to be forged, before its engine reads the message. */
  screen(message: Message): void {
    const { plan } = this.#parts;
    if (plan.kind !== 'forge' || !plan.idBinding) return;
    ignoreUnbound(message, (contact) => !this.invented!.has(contact));
  }

  /** How far they got. Looks at every routing table. */
  report(): AdversaryReport {
    const { attendance } = this.#parts;
    let nodes = 0;
    let contacts = 0;
    let hostile = 0;
    for (let node = 0; node < attendance.count; node++) {
      if (attendance.isAdversary(node)) {
        if (attendance.isOnline(node)) nodes++;
      } else if (attendance.isOnline(node)) {
        this.#eachContact(node, (contact) => {
          contacts++;
          if (this.isAdversary(contact)) hostile++;
        });
      }
    }
    return {
      nodes,
      tableShare: contacts === 0 ? 0 : hostile / contacts,
      answers: this.#adversary.answers,
      invented: this.invented?.total ?? 0,
    };
  }

  #inventedIds(): InventedIds {
    const { attendance, profile } = this.#parts;
    return new InventedIds({
      keys: attendance.keys,
      nodes: attendance.count,
      subnets: this.#bySubnet(),
      perTarget: INVENTED_PER_K * profile.k,
      eachKnown: (known) => {
        for (let node = 0; node < attendance.count; node++) this.#eachContact(node, known, true);
      },
    });
  }

  #bySubnet(): number[][] {
    const { attendance, addresses } = this.#parts;
    const subnets = new Map<number, number[]>();
    for (let node = 0; node < attendance.count; node++) {
      if (!attendance.isAdversary(node)) continue;
      const subnet = addresses.subnetOf(node);
      const others = subnets.get(subnet);
      if (others === undefined) subnets.set(subnet, [node]);
      else others.push(node);
    }
    return [...subnets.values()];
  }

  /** Calls `use` for each contact of a node; with `waiting`, also for those in replacement caches. */
  #eachContact(node: number, use: (contact: KeyHandle) => void, waiting = false): void {
    const { tables } = this.#parts.engine();
    for (let i = 0; i < tables.bucketCount(node); i++) {
      const bucket = tables.bucket(node, i);
      for (let j = 0; j < tables.buckets.size(bucket); j++) use(tables.buckets.contact(bucket, j));
      if (waiting) tables.buckets.replacements(bucket).forEach(use);
    }
  }
}
