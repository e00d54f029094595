// The part of a scenario that is about adversaries: who they are and what they do.
import {
  booleanAt,
  integerAt,
  numberAt,
  objectAt,
  oneOf,
  rejectUnknown,
  ScenarioError,
  textAt,
} from './scenario-fields.ts';
import type { Fields } from './scenario-fields.ts';

/** Nodes that want lookups to fail. They know each other and their whole network, and they never go offline. */
export type AdversaryPlan =
  /** Nodes with honest, random ids that answer with each other only, and keep and return no records. */
  | { readonly kind: 'collude'; readonly share: number; readonly subnets: number }
  /** Nodes that answer with contacts whose ids they invent next to what is looked for. */
  | {
      readonly kind: 'forge';
      readonly share: number;
      readonly subnets: number;
      /** Whether an id can be checked against its address (BEP 42): honest nodes then ignore invented contacts. */
      readonly idBinding: boolean;
    }
  /** Nodes whose ids are ground so that they are the closest to certain keys, whose content they censor. */
  | { readonly kind: 'sybil'; readonly subnets: number; readonly sybils: SybilPlan };

/** Which keys are besieged, and by how many. */
export interface SybilPlan {
  /** Sybils at each key. */
  readonly count: number;
  /** How many keys; each has content that an honest node provides. */
  readonly targets: number;
  /** The content key, as text, when there is just one and it matters which; empty for random ones. */
  readonly target: string;
  /** Whether the Sybils are there when the content is provided, or join afterwards. */
  readonly arrive: 'before' | 'after';
}

/** Sybils at one key at most: with 160, an attacker outnumbers k eight times (arXiv 2505.01139 goes to 45). */
const SYBILS_PER_KEY_MAX = 1_000;

/** Keys besieged at most, and Sybils in all: memory, and the time to grind and place them. */
const TARGETS_MAX = 1_000;
const SYBILS_MAX = 200_000;

/** Subnets of an attacker at most: a /8 has so many /24s. */
const SUBNETS_MAX = 65_536;

/** What the plans have in common with nothing said: a botnet in sixteen rented /24s. */
const DEFAULT_SUBNETS = 16;

/** Checks `adversary`. */
export function adversaryAt(value: unknown): { readonly adversary?: AdversaryPlan } {
  if (value === undefined) return {};
  const fields = objectAt('adversary', value);
  const kind = oneOf('adversary.kind', fields['kind'], null, ['collude', 'forge', 'sybil']);
  const subnets = integerAt('adversary.subnets', fields['subnets'], DEFAULT_SUBNETS, [
    1,
    SUBNETS_MAX,
  ]);
  const share = (): number => numberAt('adversary.share', fields['share'], 0.2, [0, 0.95]);
  switch (kind) {
    case 'collude':
      rejectUnknown('adversary', fields, ['kind', 'share', 'subnets']);
      return { adversary: { kind, share: share(), subnets } };
    case 'forge': {
      rejectUnknown('adversary', fields, ['kind', 'share', 'subnets', 'idBinding']);
      const idBinding = booleanAt('adversary.idBinding', fields['idBinding'], false);
      return { adversary: { kind, share: share(), subnets, idBinding } };
    }
    case 'sybil':
      rejectUnknown('adversary', fields, ['kind', 'subnets', 'sybils']);
      return { adversary: { kind, subnets, sybils: sybilsAt(fields['sybils']) } };
  }
}

function sybilsAt(value: unknown): SybilPlan {
  const at = 'adversary.sybils';
  const fields: Fields = value === undefined ? {} : objectAt(at, value);
  rejectUnknown(at, fields, ['count', 'targets', 'target', 'arrive']);
  const count = integerAt(`${at}.count`, fields['count'], 20, [1, SYBILS_PER_KEY_MAX]);
  const targets = integerAt(`${at}.targets`, fields['targets'], 1, [1, TARGETS_MAX]);
  const target = textAt(`${at}.target`, fields['target'], '');
  if (target !== '' && targets > 1)
    throw new ScenarioError(`${at}.target`, 'names one key; leave it out for several targets');
  if (count * targets > SYBILS_MAX) {
    throw new ScenarioError(
      `${at}.count`,
      `${count} Sybils at each of ${targets} keys are more than ${SYBILS_MAX}`,
    );
  }
  const arrive = oneOf(`${at}.arrive`, fields['arrive'], 'before', ['before', 'after']);
  return { count, targets, target, arrive };
}
