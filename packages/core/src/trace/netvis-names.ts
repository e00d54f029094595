// Who is who in a NetVis file: nodes are whatever records mention, by text, number or anything else.
import { isRecord } from './netvis-record.ts';
import type { NetVisRecord } from './netvis-record.ts';
import type { Notes } from './notes.ts';
import type { Trace } from './trace.ts';

/** Fields in which a record mentions a node. */
const ID_FIELDS = ['destinationNode', 'sourceNode', 'connectingNode', 'dialedNode'] as const;

/** The text by which a value names a node; `null` for values that name nobody. */
export function idOf(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The nodes of a trace by name. */
export class NetVisNames {
  readonly #trace: Trace;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #index = new Map<string, number>();

  /** `aliases` maps a second name to the id. */
  constructor(trace: Trace, aliases: ReadonlyMap<string, string>) {
    this.#trace = trace;
    this.#aliases = aliases;
    this.#labels = new Map(Array.from(aliases, ([name, id]) => [id, name]));
    trace.nodes.forEach((node, index) => {
      if (!this.#index.has(node.id)) this.#index.set(node.id, index);
    });
  }

  /** The node of that name, or -1. */
  find(name: unknown): number {
    const id = idOf(name);
    return id === null ? -1 : (this.#index.get(this.#aliases.get(id) ?? id) ?? -1);
  }

  /** The node of that name, made when the trace does not have it; -1 for values that name nobody. */
  intern(name: unknown): number {
    const found = this.find(name);
    if (found >= 0) return found;
    const said = idOf(name);
    if (said === null) return -1;
    const id = this.#aliases.get(said) ?? said;
    const label = this.#labels.get(id);
    const index = this.#trace.addNode(label === undefined ? { id } : { id, label });
    this.#index.set(id, index);
    return index;
  }
}

/**
 * Finds names that mean a logger: when "nodeEntered" gives the logger Qm… the name Earth, and everybody
 * else says Qm…, Earth is its label and not a second node. It is not when somebody uses the name as an
 * id as well, or when one logger reports the entry of several nodes: then it is only an observer.
 */
export function findAliases(
  records: readonly unknown[],
  notes: Notes,
): ReadonlyMap<string, string> {
  const usedAsId = new Set<string>();
  const namesOf = new Map<string, Set<string>>();
  const loggersOf = new Map<string, Set<string>>();
  for (const record of records) {
    if (!isRecord(record)) continue;
    const logger = idOf(record['loggerID']);
    for (const field of ID_FIELDS) {
      const id = idOf(record[field]);
      if (id !== null) usedAsId.add(id);
    }
    if (record['event'] !== 'nodeEntered') {
      if (logger !== null) usedAsId.add(logger);
    } else collectName(record, namesOf, loggersOf);
  }
  const aliases = new Map<string, string>();
  for (const [logger, names] of namesOf) {
    const [name] = names;
    if (names.size !== 1 || name === undefined || name === logger) continue;
    if (usedAsId.has(name) || !usedAsId.has(logger) || loggersOf.get(name)!.size !== 1) continue;
    if (namesOf.has(name) || loggersOf.has(logger)) continue;
    aliases.set(name, logger);
    notes.addPlain(
      `“${name}” is taken as the name of ${logger}, because that is how its own records call it.`,
    );
  }
  return aliases;
}

function collectName(
  record: NetVisRecord,
  namesOf: Map<string, Set<string>>,
  loggersOf: Map<string, Set<string>>,
): void {
  const logger = idOf(record['loggerID']);
  const name = idOf(record['name']);
  if (logger === null || name === null) return;
  addTo(namesOf, logger, name);
  addTo(loggersOf, name, logger);
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}
