// The whole run: four networks, and in each several pairs of nodes through all checks.
import { execFileSync } from 'node:child_process';
import { CHECKS } from './checks.ts';
import type { Check, Pair } from './checks.ts';
import { DelegatedNetwork } from './delegated.ts';
import { PrivateNetwork } from './network.ts';
import type { Plan } from './network.ts';
import type { Network } from './party.ts';
import { Report } from './report.ts';

type Two = Pick<Pair, 'asks' | 'has'>;

interface Scene extends Plan {
  /** Who asks for what whom has. */
  readonly pairs: (network: PrivateNetwork) => readonly Two[];
}

/** Where only one kind of node serves, everything that is found was found through that kind. */
const SCENES: readonly Scene[] = [
  {
    name: 'ours serve',
    kubo: ['client', 'client'],
    ours: ['server', 'server', 'server'],
    pairs: ({ kubo: [one, two], ours: [our] }) => [
      { asks: one!, has: two! },
      { asks: two!, has: our! },
      { asks: our!, has: one! },
    ],
  },
  {
    name: 'Kubo serves',
    kubo: ['server', 'server'],
    ours: ['client', 'client', 'client'],
    pairs: ({ kubo: [kubo], ours: [one, two, three] }) => [
      { asks: one!, has: two! },
      { asks: kubo!, has: three! },
      { asks: two!, has: kubo! },
    ],
  },
  {
    name: 'both serve',
    kubo: ['server', 'client'],
    ours: ['server', 'server', 'client'],
    pairs: ({ kubo: [server, client], ours: [ourServer, , ourClient] }) => [
      { asks: server!, has: ourServer! },
      { asks: ourServer!, has: server! },
      { asks: client!, has: ourClient! },
      { asks: ourClient!, has: client! },
    ],
  },
];

/** A network, from its start to its end. */
async function play<N extends Network>(
  name: string,
  start: () => Promise<N>,
  pairs: (network: N) => readonly Omit<Pair, 'network'>[],
): Promise<void> {
  let network: N | undefined;
  await report.add({ network: name, check: 'the nodes start and meet' }, async () => {
    network = await start();
  });
  if (network === undefined) return;
  try {
    for (const pair of pairs(network))
      for (const check of CHECKS) await tryOne({ ...pair, network }, check, name);
  } finally {
    await network.stop();
  }
}

async function tryOne(pair: Pair, check: Check, network: string): Promise<void> {
  if (check.applies?.(pair) === false) return;
  const place = { network, asks: pair.asks.name, has: pair.has.name, check: check.name };
  await report.add(place, async () => check.run(pair));
}

const [binary, ...args] = process.argv.slice(2);
const version = execFileSync(binary!, ['version', '--number'], { encoding: 'utf8' }).trim();
const report = new Report(version, args.includes('--json'));
// Daemons end with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
for (const scene of SCENES) {
  const pairs = (network: PrivateNetwork): Omit<Pair, 'network'>[] =>
    scene.pairs(network).map((two) => ({ ...two, by: 'dht' }));
  await play(scene.name, async () => PrivateNetwork.start(binary!, scene), pairs);
}
await play(
  'over HTTP',
  async () => DelegatedNetwork.start(binary!),
  ({ kubo, our }) => [
    { asks: kubo, has: our, by: 'http' },
    { asks: our, has: kubo, by: 'http' },
  ],
);
report.close();
// What a library leaves open must not keep the run from ending.
process.exit(report.failed > 0 ? 1 : 0);
