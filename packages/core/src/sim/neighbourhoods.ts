// Whom long-lived nodes know: everybody, or, where keys are besieged, the Sybils of the key next to them.
import type { KeyTable } from '../keyspace/key-table.ts';
import { hashKey } from '../kademlia/hash-key.ts';
import type { Attendance } from './attendance.ts';
import type { Scenario } from './scenario.ts';
import { besiegedKeys } from './sybils.ts';

/** Some nodes, and those among whom their contacts are drawn. */
export interface Neighbourhood {
  readonly nodes: readonly number[];
  /** Servers, ascending. */
  readonly present: Int32Array;
}

/**
 * The first nodes in parts. Without Sybils there is one. Otherwise there is one for each besieged key, with
 * the Sybils of this key only: fifty sieges in one run are a way to fifty results, and should not
 * fill the tables of the whole network as one siege alone never would.
 */
export function* neighbourhoods(
  scenario: Scenario,
  attendance: Attendance,
): Generator<Neighbourhood> {
  const { first, keys } = attendance;
  const servers = first.filter((node) => attendance.modeOf(node) === 'server');
  const { adversary, seed } = scenario;
  if (adversary?.kind !== 'sybil') {
    yield { nodes: first, present: Int32Array.from(servers) };
    return;
  }
  const besieged = besiegedKeys(adversary.sybils, seed);
  const nearest = nearestOf(keys, attendance.count, besieged);
  for (let siege = 0; siege < besieged.length; siege++) {
    yield {
      nodes: first.filter((node) => nearest[node] === siege),
      present: Int32Array.from(
        servers.filter((node) => !attendance.isAdversary(node) || nearest[node] === siege),
      ),
    };
  }
}

/** For each of the first `nodes` keys of a table, which of some content keys is nearest. */
function nearestOf(keys: KeyTable, nodes: number, contents: readonly Uint8Array[]): Int32Array {
  const targets = contents.map((content) => keys.intern(hashKey(content, keys.keyBytes)));
  const nearest = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    let best = 0;
    for (let i = 1; i < targets.length; i++) {
      if (keys.compareDistance(node, targets[i]!, targets[best]!) < 0) best = i;
    }
    nearest[node] = best;
  }
  for (const target of targets) keys.release(target);
  return nearest;
}
