// Our DHT on libp2p against @libp2p/kad-dht 16.4.5, each in processes of its own, on this machine, now.
//
//   npm run bench -- libp2p [--json] [--quick] [--nodes=100] [--rounds=1] [--without-large]
//
// What takes the processor's time is measured in one process at a time, ours and theirs in turn. In a
// network of libp2p nodes nearly all of it goes into connections: a new one costs both ends some 10 to 25 ms.
import { ask } from './support/child.ts';
import type { NetworkFigures } from './support/libp2p-network.ts';
import type { Kind } from './support/libp2p-nodes.ts';
import type { ServeFigures } from './support/libp2p-serve.ts';
import type { SyntheticFigures } from './support/libp2p-synthetic.ts';
import type { WarmFigures } from './support/libp2p-warm.ts';
import { median } from './support/measure.ts';

/** What one network costs, ours and theirs. */
interface Pair<Figures> {
  readonly ours: Figures;
  readonly stock: Figures;
}

/** A figure of ours, the same of theirs, and how they should compare. */
interface Line {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly stock: number;
  /** Ours over theirs. */
  readonly ratio: number;
  /** What the ratio, or with `isAbsolute` our figure, is at most; `null` where nothing was promised. */
  readonly bar: number | null;
  readonly isAbsolute: boolean;
  readonly holds: boolean | null;
}

/** What is read off a network: the name, the unit, the figure, and what ours may be of theirs. */
const NETWORK: readonly [string, string, (figures: NetworkFigures) => number, number?][] = [
  ['bootstrap, CPU', 'ms', (one) => one.bootstrapCpuMs, 1 / 3],
  ['bootstrap, wall', 'ms', (one) => one.bootstrapWallMs],
  ['connections a node', '', (one) => one.connectionsPerNode],
  ['contacts a node', '', ({ tables }) => tables[1]],
  ['heap a node', 'kB', (one) => one.heapPerNodeKb, 1],
  ['getClosestPeers, RPCs', '', ({ lookup }) => lookup.rpcs, 1],
  ['getClosestPeers, recall', '', ({ lookup }) => lookup.recall],
  ['getClosestPeers, CPU', 'ms', ({ lookup }) => lookup.cpuMs, 1 / 2],
  ['the first of them, CPU', 'ms', ({ lookup }) => lookup.coldCpuMs],
  ['getClosestPeers, wall', 'ms', ({ lookup }) => lookup.wallMs],
  ['provide, RPCs', '', ({ provide }) => provide.rpcs],
  ['provide, CPU', 'ms', ({ provide }) => provide.cpuMs, 1 / 2],
  ['heap a node after that', 'kB', (one) => one.heapPerNodeAfterKb, 1],
];

const KINDS: readonly Kind[] = ['ours', 'stock'];
const isQuick = process.argv.includes('--quick');
const nodes = numberOption('nodes', isQuick ? 50 : 100);
const rounds = numberOption('rounds', 1);
const hasLarge = !isQuick && !process.argv.includes('--without-large');
const operations = isQuick ? 8 : 12;

const lines = [
  ...networkLines(await networks(nodes, operations)),
  ...(hasLarge ? largeLines(await largeNetworks(2 * nodes)) : []),
  ...(await serveLines(250)),
  ...(await serveLines(isQuick ? 500 : 1_280)),
  ...syntheticLines(await ask('./libp2p-synthetic.ts', { nodes: 10_000, lookups: 20 })),
  ...warmLines(await bothOf('./libp2p-warm.ts', { nodes: 12, starts: 3 })),
];
print(lines);

/** One network after the other, in alternating order: all rounds of both. */
async function networks(count: number, repeats: number): Promise<Pair<NetworkFigures>[]> {
  const pairs: Pair<NetworkFigures>[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = {} as Record<Kind, NetworkFigures>;
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      const order = { kind, nodes: count, seed: round, operations: repeats };
      figures[kind] = await ask('./libp2p-network.ts', order);
    }
    pairs.push(figures);
  }
  return pairs;
}

/** Both at the same time: only requests are counted. */
async function largeNetworks(count: number): Promise<Pair<NetworkFigures>> {
  const order = { nodes: count, seed: 0, operations: 4 };
  const [ours, stock] = await Promise.all(
    KINDS.map((kind) => ask<NetworkFigures>('./libp2p-network.ts', { kind, ...order })),
  );
  return { ours: ours!, stock: stock! };
}

async function bothOf<Figures>(program: string, order: object): Promise<Pair<Figures>> {
  const ours = await ask<Figures>(program, { kind: 'ours', ...order });
  return { ours, stock: await ask<Figures>(program, { kind: 'stock', ...order }) };
}

function networkLines(pairs: readonly Pair<NetworkFigures>[]): Line[] {
  return NETWORK.map(([name, unit, value, bar]) => {
    const ours = median(pairs.map((pair) => value(pair.ours)));
    const stock = median(pairs.map((pair) => value(pair.stock)));
    return line(`${nodes} nodes: ${name}`, unit, { ours, stock }, bar);
  });
}

function largeLines({ ours, stock }: Pair<NetworkFigures>): Line[] {
  const of = (value: (figures: NetworkFigures) => number): Pair<number> => ({
    ours: value(ours),
    stock: value(stock),
  });
  const name = `${2 * nodes} nodes`;
  return [
    line(
      `${name}: getClosestPeers, RPCs`,
      '',
      of(({ lookup }) => lookup.rpcs),
      1 / 2,
    ),
    line(
      `${name}: getClosestPeers, recall`,
      '',
      of(({ lookup }) => lookup.recall),
    ),
  ];
}

async function serveLines(contacts: number): Promise<Line[]> {
  const requests = isQuick ? 300 : 600;
  const { ours, stock } = await bothOf<ServeFigures>('./libp2p-serve.ts', { contacts, requests });
  const of = (value: (figures: ServeFigures) => number): Pair<number> => ({
    ours: value(ours),
    stock: value(stock),
  });
  const name = `FIND_NODE, ${contacts} contacts`;
  return [
    line(
      `${name}: handler, CPU`,
      'ms',
      of((one) => one.handlerMs),
      1 / 5,
    ),
    // Each with the client of its kind: ours keeps a stream to a peer, theirs opens one for each request.
    line(
      `${name}: whole path, CPU`,
      'ms',
      { ours: ours.keptStreamMs, stock: stock.freshStreamsMs },
      1 / 2,
    ),
    line(
      `${name}: both over one stream`,
      'ms',
      of((one) => one.keptStreamMs),
    ),
    line(
      `${name}: both over new streams`,
      'ms',
      of((one) => one.freshStreamsMs),
    ),
  ];
}

function syntheticLines(figures: SyntheticFigures): Line[] {
  const { rpcs, rpcsPeer, recall, recallPeer } = figures;
  return [
    line('10,000 tables: lookup, RPCs', '', { ours: rpcs, stock: rpcsPeer }, 1 / 5),
    line('10,000 tables: lookup, recall', '', { ours: recall, stock: recallPeer }),
  ];
}

function warmLines({ ours, stock }: Pair<WarmFigures>): Line[] {
  const times = { ours: ours.firstLookupMs, stock: stock.firstLookupMs };
  const first = line('first lookup after a warm start', 'ms', times);
  return [{ ...first, bar: 200, isAbsolute: true, holds: first.ours <= 200 }];
}

function line(name: string, unit: string, { ours, stock }: Pair<number>, bar?: number): Line {
  const ratio = ours / stock;
  const promise = { bar: bar ?? null, isAbsolute: false };
  const holds = bar === undefined ? null : ratio <= bar;
  return {
    name,
    unit,
    ours: round(ours),
    stock: round(stock),
    ratio: round(ratio),
    ...promise,
    holds,
  };
}

function print(all: readonly Line[]): void {
  if (process.argv.includes('--json')) {
    const peer = '@libp2p/kad-dht 16.4.5';
    console.log(JSON.stringify({ bench: 'libp2p', peer, nodes, rounds, lines: all }));
    return;
  }
  const row = (cells: readonly string[]): string =>
    cells[0]!.padEnd(46) +
    cells
      .slice(1)
      .map((cell) => cell.padStart(12))
      .join('');
  console.log(row(['', 'ours', 'stock', 'ratio', 'at most', '']));
  for (const { name, unit, ours, stock, ratio, bar, isAbsolute, holds } of all) {
    const limit = bar === null ? '' : isAbsolute ? `${bar} ${unit}` : bar.toFixed(2);
    const verdict = holds === null ? '' : holds ? 'holds' : 'MISSED';
    const figures = [ours, stock].map((value) => `${value.toLocaleString('en')} ${unit}`.trim());
    console.log(row([name, ...figures, ratio.toFixed(2), limit, verdict]));
  }
}

function numberOption(name: string, fallback: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  if (given === undefined) return fallback;
  const value = Number(given.slice(name.length + 3));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} is a whole number above 0`);
  return value;
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000;
}
