// Runs one seed of the swarm on one copy of the core, and says what went wrong, if anything.
import { pathToFileURL } from 'node:url';
import { streamOf, trialOf } from './swarm.mjs';

const MINUTE_MS = 60_000;

/** How long a network runs on after its workload when it never comes to rest. */
const PAUSE_MS = 5_000;

/** The core whose sources lie in a folder, and its profiles as they are without a trial. */
export async function loadCore(folder) {
  const from = (path) => import(pathToFileURL(`${folder}/${path}`).href);
  const [scenario, simulation, profile, message, context] = await Promise.all([
    from('sim/scenario.ts'),
    from('sim/simulation.ts'),
    from('kademlia/profile.ts'),
    from('kademlia/message.ts'),
    from('kademlia/context.ts'),
  ]);
  const originals = { paper: { ...profile.PAPER }, amino: { ...profile.AMINO } };
  return { ...scenario, ...simulation, ...profile, ...message, ...context, originals };
}

/** What a seed shows: `null` when everything is as it should be, else a name and a sentence. */
export function runTrial(core, seed) {
  const trial = trialOf(seed);
  const profile = core.PROFILES[trial.scenario.profile];
  Object.assign(profile, core.originals[trial.scenario.profile], trial.parameters);
  try {
    return run(core, trial);
  } catch (error) {
    const name =
      error.invariant ?? (/kadscope: broken/.test(error.message) ? 'assertion' : 'crash');
    return { name, detail: error.stack.split('\n').slice(0, 2).join(' ').trim() };
  } finally {
    Object.assign(profile, core.originals[trial.scenario.profile]);
  }
}

function run(core, trial) {
  const simulation = new core.Simulation(core.parseScenario(trial.scenario), null);
  const ended = [];
  const missed = [];
  simulation.onResult = ({ type, operation }) => {
    if (type !== 'finished') return;
    ended.push(operation);
    if (trial.isCalm && operation.kind === 'findNode') missed.push(missing(simulation, operation));
  };
  const { deeds } = trial;
  const draw = streamOf(trial.seed + 1_000_000);
  // Nobody can ask those who cannot be dialed.
  if (deeds.asksLate && !(trial.scenario.unreachable > 0)) askLate(core, simulation);
  if (deeds.forges) forge(core, simulation, { draw, mayLie: !trial.isCalm });
  simulation.run();
  const extra = startDeeds(simulation, trial, draw);
  const { maintenance, churn, workload } = trial.scenario;
  const goesOn = maintenance === true || churn !== undefined || workload.reprovideMs > 0;
  simulation.runUntil(simulation.now + (trial.isCalm ? MINUTE_MS : PAUSE_MS));
  search(simulation, extra, draw);
  if (deeds.restarts) restart(simulation, trial, draw);
  const verdict = trial.isCalm ? judge(simulation, trial, { ended, extra, missed }) : null;
  simulation.runUntil(simulation.now + (goesOn ? PAUSE_MS : 200 * MINUTE_MS));
  simulation.invariants.finish();
  return verdict;
}

/** Explores, sweeps and looks for what was swept. */
function startDeeds(simulation, { deeds, seed }, draw) {
  const started = { explore: -1, sweep: -1, askers: [], keys: [] };
  const online = simulation.nodeKeys
    .map((_, node) => node)
    .filter((node) => simulation.isOnline(node));
  const askers = online.filter(
    (node) => simulation.engine.isServer(node) && !simulation.isAdversary(node),
  );
  if (askers.length === 0) return started;
  const node = draw.pick(askers);
  started.askers = askers;
  if (deeds.pings) {
    for (const peer of [node, draw.pick(online)])
      simulation.startOperation({ kind: 'ping', node, peer });
    const neighbour = simulation.nodeKeys[draw.pick(online)].slice();
    neighbour[neighbour.length - 1] ^= 1;
    simulation.startOperation({ kind: 'findNode', node, key: neighbour });
  }
  if (deeds.explores) started.explore = simulation.startOperation({ kind: 'explore', node });
  if (deeds.sweeps > 0) {
    started.keys = Array.from({ length: deeds.sweeps }, (_, i) =>
      Uint8Array.of(i, seed & 255, seed >>> 8),
    );
    const others = [draw.pick(askers), draw.pick(askers)];
    for (const other of others)
      simulation.startOperation({ kind: 'provide', node: other, key: started.keys[0] });
    started.sweep = simulation.startOperation({ kind: 'provideMany', node, keys: started.keys });
  }
  return started;
}

/** Somebody looks for what several nodes provide: one of them, or all. */
function search(simulation, { askers, keys }, draw) {
  const node = draw.pick(askers);
  const [key] = keys;
  if (key === undefined || !simulation.isOnline(node)) return;
  const count = draw.pick([1, undefined]);
  simulation.startOperation({ kind: 'findProviders', node, key, ...(count && { count }) });
}

/** A node restarts with a snapshot of what it knew. */
function restart(simulation, { scenario }, draw) {
  const { engine } = simulation;
  const node = draw.between(0, simulation.nodeKeys.length - 1);
  if (!engine.isServer(node) || simulation.isAdversary(node)) return;
  const { contacts } = engine.snapshots.take(node);
  engine.leave(node, simulation.now, 'left');
  engine.forget(node);
  engine.enter(node, 'server', simulation.now);
  engine.snapshots.restore(node, { contacts }, simulation.now);
  if (scenario.maintenance === true) engine.startRefreshing(node, simulation.now);
  engine.start({ kind: 'findNode', node, target: simulation.nodeKeys[0] }, simulation.now);
}

/** From time to time an answer arrives that is not what it pretends to be. */
function forge(core, simulation, { draw, mayLie }) {
  const { engine, invariants } = simulation;
  for (let i = 0; i < 40; i++) {
    simulation.runUntil(simulation.now + draw.between(10, 300));
    const message =
      mayLie && draw.chance(0.3) ? lie(core, simulation, draw) : forged(core, simulation, draw);
    if (message === null) continue;
    const { now } = simulation;
    invariants.beforeMessage(message, now);
    engine.receive(message.to, message, now);
    invariants.after();
  }
}

/** Just before records expire, at that very moment, somebody asks for them. */
function askLate(core, simulation) {
  const { engine } = simulation;
  const ring = engine.timer.bind(engine);
  engine.timer = (kind, node, serial, now) => {
    if (engine.isActive(node) && engine.isServer(node) && !simulation.isAdversary(node)) {
      if (kind === core.VALUE_TIMER)
        askFor(core, simulation, { node, now, kind: core.GET_VALUE, store: engine.values });
      else if (kind === core.PROVIDER_TIMER)
        askFor(core, simulation, { node, now, kind: core.GET_PROVIDERS, store: engine.providers });
    }
    ring(kind, node, serial, now);
  };
}

function askFor(core, simulation, { node, now, kind, store }) {
  const { engine, invariants, keys, nodeKeys } = simulation;
  const from = (node + 1) % nodeKeys.length;
  const expired = [...store.snapshot(node)].find(({ expiresAt }) => expiresAt <= now);
  if (expired === undefined || !isReached(simulation, { to: node })) return;
  const message = Object.assign(new core.Message(), { kind, from, to: node, slot: 0, rpc: 0 });
  message.key = keys.intern(expired.point);
  invariants.beforeMessage(message, now);
  engine.receive(node, message, now);
  invariants.after();
  keys.release(message.key);
}

/** What a contact could answer to one of the requests in flight; `null` when there are none. */
function answerOf(core, { engine: { requests } }, draw) {
  const pending = [];
  for (let slot = 0; slot < requests.slots; slot++) {
    if (requests.serial(slot) >= 0) pending.push(slot);
  }
  if (pending.length === 0) return null;
  const slot = draw.pick(pending);
  const message = new core.Message();
  message.isResponse = true;
  message.kind = requests.kind(slot);
  message.slot = slot;
  message.rpc = requests.serial(slot);
  message.from = requests.contact(slot);
  message.to = requests.node(slot);
  message.key = requests.key(slot);
  message.fromServer = true;
  message.accepted = true;
  return message;
}

/** An answer that counts, from a contact that names whoever asks, itself, and somebody twice. */
function lie(core, simulation, draw) {
  const message = answerOf(core, simulation, draw);
  if (message === null || !simulation.engine.isServer(message.from)) return null;
  const others = [0, 1, 2].map(() => draw.between(0, simulation.nodeKeys.length - 1));
  const names = [message.to, others[0], message.from, others[0], others[1], message.to, others[2]];
  const servers = names.filter((node) => simulation.engine.isServer(node));
  servers.forEach((node, i) => (message.contacts[i] = node));
  message.contactCount = servers.length;
  return isReached(simulation, message) ? message : null;
}

function isReached(simulation, { to }) {
  return simulation.isOnline(to) && !simulation.isAdversary(to);
}

function forged(core, simulation, draw) {
  const message = answerOf(core, simulation, draw);
  if (message === null) return null;
  const count = simulation.nodeKeys.length;
  const [from, to] = [message.from, message.to];
  const forgery = draw.between(0, 2);
  if (forgery === 0) message.from = (message.from + 1 + draw.between(0, count - 2)) % count;
  else if (forgery === 1) message.rpc += draw.pick([-1, 1]);
  else message.to = (message.to + 1 + draw.between(0, count - 2)) % count;
  const isReal = message.from === from && message.to === to;
  if (forgery !== 1 && isReal) return null;
  return isReached(simulation, message) ? message : null;
}

/** In a calm network everything succeeds, and every lookup finds the true k closest nodes. */
function judge(simulation, trial, { ended, extra, missed }) {
  const { successRate, kinds } = simulation.report();
  const { engine } = simulation;
  const total = missed.reduce((sum, nodes) => sum + nodes.length, 0);
  const servers = simulation.nodeKeys
    .map((_, node) => node)
    .filter((node) => engine.isServer(node));
  const problem = judgeSizes(engine, servers, simulation.now);
  if (problem !== null) return problem;
  if (trial.scenario.start === 'joined')
    return judgeJoined(successRate, total / (missed.length * trial.scenario.k));
  if (total > 0) return { name: 'recall', detail: `lookups missed ${total} of the closest nodes` };
  if (successRate !== 1)
    return {
      name: 'success',
      detail: `of all operations ${successRate} succeeded: ${JSON.stringify(kinds)}`,
    };
  const explored = ended.find(({ id }) => id === extra.explore);
  if (explored !== undefined && trial.scenario.k >= 4) {
    const others = servers.filter((node) => node !== explored.node).length;
    if (explored.count < 0.9 * others)
      return { name: 'explored', detail: `${explored.count} of ${others} nodes` };
  }
  if (
    extra.sweep >= 0 &&
    ended.every(({ id, outcome }) => id !== extra.sweep || outcome !== 'stored')
  )
    return { name: 'swept', detail: 'a sweep has not ended well' };
  return null;
}

/** Nodes that joined one after the other may not know all of their neighbourhood. */
function judgeJoined(successRate, share) {
  if (successRate < 0.5)
    return { name: 'success', detail: `of all operations ${successRate} succeeded` };
  return share > 0.5 ? { name: 'recall', detail: `lookups missed ${share} of the closest` } : null;
}

/** The nodes that a lookup should have found and has not. */
function missing({ engine, keys, nodeKeys, profile }, { node: origin, target, closest }) {
  return nodeKeys
    .map((_, node) => node)
    .filter((node) => node !== origin && engine.isServer(node))
    .toSorted((a, b) => keys.compareDistance(target, a, b))
    .slice(0, profile.k)
    .filter((node) => !closest.includes(node));
}

function judgeSizes(engine, servers, now) {
  const ratios = servers
    .map((node) => engine.neighbourhoods.sizes.estimate(node, now))
    .filter((size) => size !== null && size.shape >= 20)
    .map(({ nodes }) => nodes / servers.length)
    .toSorted((a, b) => a - b);
  const median = ratios[ratios.length >>> 1];
  if (ratios.length < 3 || (median > 0.25 && median < 4)) return null;
  return { name: 'size', detail: `nodes take the network for ${median} times as large as it is` };
}
