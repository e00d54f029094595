// The network that the studio opens with.
import type { LinkScenario } from './url.ts';

/** One of the seeds whose first lookup shows all there is: it comes closer in three steps, and a node is dead. */
const SEED = 16;

/**
 * 200 nodes of the IPFS DHT, of which some cannot be reached: small enough to see each, large enough that
 * a lookup takes hops. Three requests at once instead of ten (the paper's alpha), so that each can be
 * followed; five new operations a second, so that a few lookups are always at work.
 */
export function studioScenario(link: LinkScenario = {}): unknown {
  const nodes = link.nodes ?? 200;
  return {
    name: 'Simulated network',
    seed: link.seed ?? SEED,
    nodes,
    profile: link.profile ?? 'amino',
    alpha: 3,
    unreachable: 0.06,
    silent: 0.005,
    workload: {
      operations: 100_000_000,
      intervalMs: Math.max(4, (200 * 200) / nodes),
      mix: {
        findNode: 26,
        findPeer: 10,
        putValue: 14,
        getValue: 18,
        provide: 14,
        findProviders: 16,
        ping: 2,
      },
    },
  };
}
