// The properties that rust-libp2p tests its `closest.rs` with, on networks of any shape and weather.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDistance, keyFromBits } from '../keyspace/key.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { OperationEvent } from './operation.ts';

const TARGET = '10110111';

const bits = (value: number): string => value.toString(2).padStart(8, '0');

const networks = fc.record({
  nodes: fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 40 }),
  /** Who knows whom, as positions in `nodes`. */
  edges: fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 300 }),
  dead: fc.array(fc.nat(39), { maxLength: 20 }),
  k: fc.integer({ min: 1, max: 8 }),
  alpha: fc.integer({ min: 1, max: 5 }),
  beta: fc.integer({ min: 1, max: 8 }),
  policy: fc.constantFrom('least-recently-seen' as const, 'seniority' as const),
  /** What happens next, again and again: a message arrives or is lost, or time passes. */
  weather: fc.array(fc.tuple(fc.nat(9), fc.nat(50)), { minLength: 1, maxLength: 40 }),
});

type Case = typeof networks extends fc.Arbitrary<infer T> ? T : never;

interface Run {
  readonly net: TinyNetwork;
  readonly events: readonly TraceEvent[];
  readonly results: readonly OperationEvent[];
}

/** Runs one lookup of node 0 to its end, in a random order of arrivals. */
function run({ nodes, edges, dead, weather, ...one }: Case): Run {
  const { k, alpha, beta, policy } = one;
  const names = nodes.map(bits);
  const net = new TinyNetwork(names, {
    k,
    alpha,
    beta,
    bucketPolicy: policy,
    requestAttempts: 2,
  });
  names.forEach((name, i) => {
    if (i === 0 || !dead.includes(i)) net.enter(name);
  });
  for (const [from, to] of edges) {
    if (from < names.length && to < names.length) net.know(names[from]!, names[to]!);
  }
  net.start({ kind: 'findNode', node: 0, target: keyFromBits(TARGET) });
  for (let step = 0; net.results.length === 0; step++) {
    expect(step).toBeLessThan(5_000);
    const [what, which] = weather[step % weather.length]!;
    const parcel = net.sent[which % Math.max(1, net.sent.length)];
    if (parcel === undefined || what === 0) net.wait(20);
    else if (what === 1) net.lose(parcel);
    else net.deliver(parcel);
  }
  const events = Array.from({ length: net.trace.length }, (_, index) => net.trace.event(index));
  return { net, events: events.filter(({ lookup }) => lookup === 0), results: net.results };
}

function check(name: string, holds: (one: Case, run: Run) => void): void {
  test(name, () => {
    fc.assert(
      fc.property(networks, (one) => holds(one, run(one))),
      { numRuns: 150 },
    );
  });
}

const queried = (events: readonly TraceEvent[]): number[] =>
  events.filter(({ step }) => step === 'lookup.queried').map(({ peer }) => peer);

check(
  'a lookup ends, and at most alpha requests are in flight while it converges',
  (one, { net, events }) => {
    const beta = Math.min(one.beta, one.k);
    let inFlight = 0;
    const heard = new Set<number>();
    const state = new Map<number, string>();
    for (const { step, peer } of events) {
      if (step === 'lookup.heard') heard.add(peer);
      if (step === 'lookup.queried') {
        inFlight++;
        const reachable = [...heard]
          .filter((contact) => state.get(contact) !== 'failed')
          .toSorted((a, b) => byDistance(net, a, b));
        const confirms = reachable
          .slice(0, beta)
          .every((contact) => state.get(contact) === 'answered');
        // Once the beta closest have answered, closer contacts may be heard of: the second phase goes on.
        if (!confirms && one.beta >= one.k) expect(inFlight).toBeLessThanOrEqual(one.alpha);
        expect(reachable.indexOf(peer)).toBeLessThan(one.k);
        state.set(peer, 'waiting');
      }
      if (step === 'lookup.answered' || step === 'lookup.failed') {
        inFlight--;
        state.set(peer, step.slice('lookup.'.length));
      }
    }
    expect(events.at(-1)!.type).toBe('lookupFinished');
  },
);

check('nobody is asked twice, nor the node that asks', (_, { events }) => {
  const asked = queried(events);
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked).not.toContain(0);
});

check('the result is sorted, and everybody in it has answered', (one, { net, events, results }) => {
  const { closest } = results[0]!.operation;
  const answered = events.filter(({ step }) => step === 'lookup.answered').map(({ peer }) => peer);
  expect(closest.length).toBeLessThanOrEqual(one.k);
  expect([...closest].toSorted((a, b) => byDistance(net, a, b))).toEqual(closest);
  for (const contact of closest) expect(answered).toContain(contact);
  for (const contact of one.dead) expect(contact === 0 || !closest.includes(contact)).toBe(true);
  expect(results[0]!.operation.outcome).toBe(closest.length > 0 ? 'found' : 'not-found');
});

check(
  'nobody who was heard of and is closer than the result is left out, but the dead',
  (one, run) => {
    const { closest } = run.results[0]!.operation;
    const failed = new Set(
      run.events.filter(({ step }) => step === 'lookup.failed').map(({ peer }) => peer),
    );
    const heard = run.events.filter(({ step }) => step === 'lookup.heard').map(({ peer }) => peer);
    const live = [...new Set(heard)]
      .filter((peer) => !failed.has(peer))
      .toSorted((a, b) => byDistance(run.net, a, b));
    expect(closest).toEqual(live.slice(0, one.k));
  },
);

check(
  'without a single answer, the contacts that it knew have all been tried',
  (one, { net, events, results }) => {
    const { operation } = results[0]!;
    if (operation.closest.length > 0) return;
    const known = events.filter(({ step }) => step === 'lookup.heard').map(({ peer }) => peer);
    expect(new Set(queried(events))).toEqual(new Set(known));
    expect(known.length).toBeLessThanOrEqual(one.k);
    expect(net.engine.tables.size(0)).toBeLessThanOrEqual(one.nodes.length);
  },
);

check('afterwards nothing is left: no request, no lookup, no key', (one, { net }) => {
  net.run();
  expect(net.engine.requests.inFlight).toBe(0);
  expect(net.engine.lookups.pool.running).toBe(0);
  expect(net.keys.size).toBe(one.nodes.length);
});

function byDistance(net: TinyNetwork, a: number, b: number): number {
  return compareDistance(keyFromBits(TARGET), net.keys.key(a), net.keys.key(b));
}
