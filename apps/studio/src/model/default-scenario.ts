// The network that the studio opens with.
import type { LinkScenario } from './url.ts';

/**
 * 200 nodes of the IPFS DHT, of which a few never answer: small enough to see each, large enough that a
 * lookup takes hops. A new operation every 420 ms leaves most of the time one or two lookups at work.
 */
export function studioScenario(link: LinkScenario = {}): unknown {
  const nodes = link.nodes ?? 200;
  return {
    name: `${nodes.toLocaleString('en')} nodes, seed ${link.seed ?? 1}`,
    seed: link.seed ?? 1,
    nodes,
    profile: link.profile ?? 'amino',
    silent: 0.06,
    loss: 0.005,
    churn: { joinIntervalMs: 0, leaveIntervalMs: 0, crashIntervalMs: 0 },
    workload: {
      operations: 100_000_000,
      intervalMs: Math.max(4, (420 * 200) / nodes),
      mix: { findNode: 26, findPeer: 10, putValue: 14, getValue: 18, provide: 14, findProviders: 16, ping: 2 },
    },
  };
}
