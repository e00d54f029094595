// Networks in which planted bugs have to show: every seed draws its own size, parameters, faults and workload.
//
// A third of the seeds are calm: nothing gets lost and nobody leaves, so that everything has to succeed.

const MINUTE_MS = 60_000;

/** A stream of numbers, the same for the same seed (mulberry32). */
export function streamOf(seed) {
  let state = (seed * 0x9e3779b1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    /** A whole number from `low` to `high`. */
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
    chance: (share) => next() < share,
  };
}

/** What a seed stands for: a scenario, parameters of its profile that scenarios do not have, and what is done by hand. */
export function trialOf(seed) {
  const draw = streamOf(seed);
  const isCalm = draw.chance(1 / 3);
  const nodes = draw.between(8, 64);
  const profile = draw.pick(['paper', 'amino']);
  const k = draw.between(2, 8);
  const scenario = {
    seed,
    nodes,
    profile,
    k,
    alpha: draw.between(1, 6),
    beta: draw.between(1, k),
    paths: draw.pick([1, 1, 1, 2, 3]),
    region: draw.chance(0.2),
    diversity: draw.chance(0.1),
    start: draw.pick(['sampled', 'sampled', 'joined']),
    joinGapMs: draw.between(20, 400),
    latency: isCalm ? { model: 'uniform', minRttMs: 20, maxRttMs: 150 } : latency(draw),
    clients: draw.pick([0, 0, 0.2]),
    checks: 'all',
    workload: workload(draw, isCalm),
    ...(isCalm ? {} : faults(draw)),
  };
  return {
    seed,
    isCalm,
    scenario,
    parameters: parameters(draw, isCalm, profile),
    deeds: deeds(draw),
  };
}

function latency(draw) {
  return draw.pick([
    { model: 'lognormal', medianRttMs: 135, sigma: 0.6 },
    { model: 'constant', rttMs: draw.between(1, 300) },
    { model: 'uniform', minRttMs: 1, maxRttMs: 1_500 },
  ]);
}

function workload(draw, isCalm) {
  const kinds = [
    'findNode',
    'findPeer',
    'putValue',
    'getValue',
    'provide',
    'findProviders',
    'ping',
  ];
  const mix = Object.fromEntries(
    kinds.map((kind) => [kind, draw.chance(0.7) ? draw.between(1, 9) : 0]),
  );
  mix.findNode += 1;
  return {
    operations: draw.between(8, 40),
    intervalMs: draw.pick([5, 50, 300, ...(isCalm ? [20_000] : [])]),
    mix,
    reprovideMs: draw.pick([0, 0, 3_000]),
  };
}

/** Each fault is there in one seed of two or three. */
function faults(draw) {
  const gap = () => (draw.chance(0.5) ? draw.between(500, 5_000) : 0);
  const isChurning = draw.chance(0.5);
  return {
    loss: draw.pick([0, 0, 0.05, 0.2, 0.4]),
    duplicate: draw.pick([0, 0, 0.2, 0.5]),
    jitterMs: draw.pick([0, 0, 100, 2_000]),
    silent: draw.pick([0, 0, 0.1, 0.2]),
    unreachable: draw.pick([0, 0, 0.1, 0.3]),
    maintenance: draw.chance(0.5),
    refreshMs: draw.between(4_000, 20_000),
    ...(isChurning && {
      churn: { joinIntervalMs: gap(), leaveIntervalMs: gap(), crashIntervalMs: gap() },
    }),
    ...(draw.chance(0.2) && { partitions: [{ fromMs: 500, toMs: 4_000, share: 0.5 }] }),
    ...(draw.chance(0.2) && hostility(draw)),
  };
}

/** Explorations among invented ids take thousands of messages, which would be all that a seed does. */
function hostility(draw) {
  const kind = draw.pick(['collude', 'forge']);
  return { adversary: { kind, share: 0.2 }, region: false, maintenance: false };
}

/** Lifetimes and limits so short that they matter within minutes. */
function parameters(draw, isCalm, profile) {
  const isPaper = profile === 'paper';
  return {
    keyBits: draw.pick([256, 160, 16, 32, 64]),
    valueLifetimeMs: isCalm ? 60 * MINUTE_MS : draw.between(2_000, 30_000),
    providerLifetimeMs: isCalm ? 50 * MINUTE_MS : draw.between(2_000, 30_000),
    ...(!isCalm && limits(draw)),
    initialAlpha: draw.between(1, 5),
    requestAttempts: draw.between(1, 3),
    probeEveryRefreshes: draw.pick([0, 1, 3]),
    ...(isPaper && {
      replacementCacheMax: draw.between(1, 4),
      questionableAfterMs: draw.pick([0, 1_000, 60_000]),
    }),
    optimisticProvide: draw.chance(0.2),
  };
}

/** Limits of what a node holds that are soon reached, in every other seed. */
function limits(draw) {
  const few = () => draw.pick([1, 2, 4, 8]);
  const perGroup = draw.pick([3, Number.POSITIVE_INFINITY]);
  const valueLimits = {
    perNode: few(),
    perKey: 1,
    perSource: few(),
    perGroup: Number.POSITIVE_INFINITY,
  };
  const providerLimits = { perNode: few(), perKey: few(), perSource: few(), perGroup };
  return draw.chance(0.5) ? { valueLimits, providerLimits } : {};
}

/** What is done besides the workload. */
function deeds(draw) {
  return {
    explores: draw.chance(0.3),
    sweeps: draw.chance(0.3) ? draw.between(1, 30) : 0,
    forges: draw.chance(0.4),
    restarts: draw.chance(0.2),
    pings: draw.chance(0.3),
    asksLate: draw.chance(0.5),
  };
}
