// What a scenario says about the engine.
import { PROFILES } from '../kademlia/profile.ts';
import type { Profile } from '../kademlia/profile.ts';
import type { Scenario } from './scenario.ts';

/** The profile of a scenario, with its own parameters. */
export function profileOf(scenario: Scenario): Profile {
  const profile = PROFILES[scenario.profile];
  const k = scenario.k ?? profile.k;
  const beta = scenario.beta ?? (profile.beta === profile.k ? k : Math.min(profile.beta, k));
  return {
    ...profile,
    k,
    alpha: scenario.alpha ?? profile.alpha,
    beta,
    refreshIntervalMs: scenario.refreshMs ?? profile.refreshIntervalMs,
    paths: scenario.paths,
    regionStore: scenario.region,
  };
}

/** About log2(N / k) + 1, for the first allocation. */
export function bucketsPerNode(nodes: number, k: number): number {
  let buckets = 2;
  for (let known = k; known < nodes; known *= 2) buckets++;
  return buckets;
}
