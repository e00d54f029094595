// The engine in the simulator, tracing off, a timer for every request: messages a second of CPU time,
// bytes a node, and how long a network takes to come up. The peer was measured apart, with k = 20,
// alpha = 3: PeerSim 1.0.5 with its classic Kademlia, 45,000 events/s and 22 KB a node at 100,000 nodes.
import { parseScenario, Simulation } from '@kadscope/core/sim';
import { cpuSeconds, median, print } from './support/measure.ts';

const PEERSIM_MESSAGES_PER_SECOND = 45_000;
const PEERSIM_BYTES_PER_NODE = 22_000;
const ROUNDS = 3;

const speeds = { 10_000: speed(10_000), 100_000: speed(100_000) };
const bytesPerNode = memory(100_000);

print({
  bench: 'engine',
  peer: 'PeerSim 1.0.5 + Kademlia, measured apart',
  messagesPerSecondAt10000: speeds[10_000].messagesPerSecond,
  messagesPerSecondAt100000: speeds[100_000].messagesPerSecond,
  ratioToPeerAt100000: round(speeds[100_000].messagesPerSecond / PEERSIM_MESSAGES_PER_SECOND),
  lookupsPerSecondAt100000: speeds[100_000].lookupsPerSecond,
  upMsAt10000: speeds[10_000].upMs,
  upMsAt100000: speeds[100_000].upMs,
  bytesPerNodeAt100000: bytesPerNode,
  ratioToPeerBytes: round(bytesPerNode / PEERSIM_BYTES_PER_NODE),
});

function speed(nodes: number): {
  messagesPerSecond: number;
  lookupsPerSecond: number;
  upMs: number;
} {
  const messages: number[] = [];
  const lookups: number[] = [];
  const ups: number[] = [];
  for (let seed = 0; seed <= ROUNDS; seed++) {
    let simulation: Simulation | null = null;
    const up = cpuSeconds(() => (simulation = create(nodes, seed, 20_000)));
    const run = simulation!;
    const seconds = cpuSeconds(() => run.run());
    if (seed === 0) continue;
    ups.push(up * 1000);
    messages.push(run.messages / seconds);
    lookups.push(20_000 / seconds);
  }
  return {
    messagesPerSecond: Math.round(median(messages)),
    lookupsPerSecond: Math.round(median(lookups)),
    upMs: Math.round(median(ups)),
  };
}

/** Growth of everything the process holds when a network comes up and has worked a little. */
function memory(nodes: number): number {
  collect();
  const before = held();
  const simulation = create(nodes, 1, 500);
  simulation.run();
  collect();
  const bytes = (held() - before) / nodes;
  if (simulation.messages === 0) throw new Error('the network did not work');
  return Math.round(bytes);
}

function create(nodes: number, seed: number, operations: number): Simulation {
  const workload = { operations, intervalMs: 50, scoreEvery: 16, mix: { findNode: 1 } };
  return new Simulation(parseScenario({ nodes, seed, checks: 'off', workload }), null);
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function collect(): void {
  for (let i = 0; i < 3; i++) globalThis.gc!();
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
