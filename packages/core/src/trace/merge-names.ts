// Who and what the merged traces mention: nodes by id, keys by content.
import { equalKeys, keyToHex } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import { TraceFormatError } from './format-error.ts';
import { toJson } from './json-text.ts';
import type { Notes } from './notes.ts';
import type { NodeInfo, Trace } from './trace.ts';

/** The nodes and keys of several traces, each once. */
export class MergedNames {
  readonly nodes: NodeInfo[] = [];
  readonly keys: Key[] = [];
  /** For each trace the new number of each node and key. */
  readonly nodeOf: readonly Int32Array[];
  readonly keyOf: readonly Int32Array[];
  /** What to call the traces, different for each. */
  readonly titles: readonly string[];
  /** For each trace the descriptions of nodes that differ from the ones that are shown. */
  readonly otherNodes: readonly (readonly NodeInfo[])[];
  readonly #nodeByName = new Map<string, number>();
  readonly #firstTrace: number[] = [];
  readonly #notes: Notes;

  constructor(traces: readonly Trace[], notes: Notes) {
    this.#notes = notes;
    this.titles = titlesOf(traces);
    assertOneKeyspace(traces, this.titles);
    this.nodeOf = traces.map((trace, i) => this.#addNodes(trace, i));
    this.keyOf = this.#addKeys(traces);
    this.otherNodes = traces.map((trace, i) =>
      trace.nodes.filter((node, j) => !isSaidBy(node, this.nodes[this.nodeOf[i]![j]!]!)),
    );
  }

  #addNodes(trace: Trace, file: number): Int32Array {
    // A trace may have several nodes of one id: they stay as many.
    const seen = new Map<string, number>();
    return Int32Array.from(trace.nodes, (node) => {
      const count = (seen.get(node.id) ?? 0) + 1;
      seen.set(node.id, count);
      const name = `${count} ${node.id}`;
      const known = this.#nodeByName.get(name);
      if (known !== undefined) {
        this.#noteKeys(known, node, file);
        this.nodes[known] = { ...node, ...this.nodes[known]! };
        return known;
      }
      this.#nodeByName.set(name, this.nodes.length);
      this.#firstTrace.push(file);
      return this.nodes.push(node) - 1;
    });
  }

  #noteKeys(known: number, node: NodeInfo, file: number): void {
    const key = this.nodes[known]!.key;
    if (key === undefined || node.key === undefined || equalKeys(key, node.key)) return;
    const [first, second] = [this.titles[this.#firstTrace[known]!], this.titles[file]];
    this.#notes.addPlain(
      `Node “${node.id}” has one key in ${first} and another in ${second}; the first is shown.`,
    );
  }

  #addKeys(traces: readonly Trace[]): Int32Array[] {
    const known = new Map<string, number>();
    return traces.map((trace) =>
      Int32Array.from(trace.keys, (key) => {
        const name = keyToHex(key);
        let index = known.get(name);
        if (index === undefined) {
          index = this.keys.push(key) - 1;
          known.set(name, index);
        }
        return index;
      }),
    );
  }
}

/** Whether `shown` has everything that `node` says. */
function isSaidBy(node: NodeInfo, shown: NodeInfo): boolean {
  if (node === shown) return true;
  const isSameKey =
    node.key === undefined || (shown.key !== undefined && equalKeys(node.key, shown.key));
  const isSameLabel = node.label === undefined || node.label === shown.label;
  const isSameData = !Object.hasOwn(node, 'data') || toJson(node.data) === toJson(shown.data);
  return isSameKey && isSameLabel && isSameData;
}

function titlesOf(traces: readonly Trace[]): string[] {
  const used = new Set<string>();
  return traces.map(({ meta }, i) => {
    const title = meta.title === '' ? `trace ${i + 1}` : meta.title;
    let name = title;
    for (let n = 2; used.has(name); n++) name = `${title} (${n})`;
    used.add(name);
    return name;
  });
}

function assertOneKeyspace(traces: readonly Trace[], titles: readonly string[]): void {
  const lengths = traces.map((trace) => keyLength(trace));
  const first = lengths.findIndex((length) => length !== null);
  const other = lengths.findIndex((length) => length !== null && length !== lengths[first]);
  if (other < 0) return;
  throw new TraceFormatError(
    `${titles[first]} has keys of ${lengths[first]! * 8} bits and ${titles[other]} of ${lengths[other]! * 8}: they are of different keyspaces and cannot be merged`,
  );
}

function keyLength(trace: Trace): number | null {
  const key = trace.nodes.find((node) => node.key !== undefined)?.key ?? trace.keys[0];
  return key === undefined ? null : key.length;
}
