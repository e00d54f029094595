// The whole run: three networks, and in each every pair of nodes through all checks.
import { execFileSync } from 'node:child_process';
import { CHECKS } from './checks.ts';
import type { Check, Pair } from './checks.ts';
import { PrivateNetwork } from './network.ts';
import type { Plan } from './network.ts';
import { Report } from './report.ts';

interface Scene extends Plan {
  /** Who asks for what whom has. */
  readonly pairs: (network: PrivateNetwork) => readonly Omit<Pair, 'network'>[];
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

async function play(scene: Scene, binary: string, report: Report): Promise<void> {
  let network: PrivateNetwork | undefined;
  await report.add({ network: scene.name, check: 'the nodes start and meet' }, async () => {
    network = await PrivateNetwork.start(binary, scene);
  });
  if (network === undefined) return;
  try {
    for (const { asks, has } of scene.pairs(network))
      for (const check of CHECKS) await tryOne({ asks, has, network }, check, scene, report);
  } finally {
    await network.stop();
  }
}

async function tryOne(pair: Pair, check: Check, scene: Scene, report: Report): Promise<void> {
  if (check.applies?.(pair) === false) return;
  const where = { asks: pair.asks.name, has: pair.has.name };
  await report.add({ network: scene.name, ...where, check: check.name }, async () =>
    check.run(pair),
  );
}

const [binary, ...args] = process.argv.slice(2);
const version = execFileSync(binary!, ['version', '--number'], { encoding: 'utf8' }).trim();
const report = new Report(version, args.includes('--json'));
// Daemons end with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
for (const scene of SCENES) await play(scene, binary!, report);
report.close();
// What a library leaves open must not keep the run from ending.
process.exit(report.failed > 0 ? 1 : 0);
