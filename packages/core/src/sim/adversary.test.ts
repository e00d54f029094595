import { describe, expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import {
  ADD_PROVIDER,
  FIND_NODE,
  GET_PROVIDERS,
  GET_VALUE,
  Message,
  PING,
  PUT_VALUE,
} from '../kademlia/message.ts';
import { AMINO, PAPER } from '../kademlia/profile.ts';
import { Adversary, ignoreUnbound } from './adversary.ts';
import { InventedIds } from './invented-ids.ts';
import { createPopulation, Oracle } from './population.ts';
import type { AdversaryPlan } from './scenario-adversary.ts';

const NODES = 200;
const K = 20;
const keys = createPopulation(NODES, 256, new Rng(1));
const TARGET = keys.intern(new Rng(2).bytes(32));
const isAdversary = (node: number): boolean => node % 4 === 0;
const accomplices = new Oracle(keys, NODES, isAdversary);

const COLLUDE: AdversaryPlan = { kind: 'collude', share: 0.25, subnets: 1 };
const FORGE: AdversaryPlan = { kind: 'forge', share: 0.25, subnets: 1, idBinding: false };
const SYBIL: AdversaryPlan = {
  kind: 'sybil',
  subnets: 1,
  sybils: { count: 1, targets: 1, target: '', arrive: 'before' },
};

function adversary(plan: AdversaryPlan, profile = AMINO): Adversary {
  const invented = new InventedIds({
    keys,
    nodes: NODES,
    subnets: [[0, 4, 8, 12]],
    perTarget: 4 * K,
    eachKnown: () => {},
  });
  const forger = plan.kind === 'forge' ? invented : null;
  return new Adversary({ plan, profile, keys, accomplices, invented: forger });
}

function request(kind: number, to = 4): Message {
  return Object.assign(new Message(), { kind, from: 1, to, rpc: 7, slot: 3, key: TARGET });
}

function contactsOf(message: Message | null): number[] {
  return [...message!.contacts.subarray(0, message!.contactCount)];
}

describe('an answer', () => {
  test('belongs to its request, and comes from whoever was asked', () => {
    expect(adversary(COLLUDE).answer(4, request(FIND_NODE), 0)).toMatchObject({
      kind: FIND_NODE,
      isResponse: true,
      from: 4,
      fromServer: true,
      to: 1,
      rpc: 7,
      slot: 3,
      key: TARGET,
      record: null,
      providerCount: 0,
    });
    expect(adversary(FORGE).answer(4, request(FIND_NODE, 777), 0)!.from).toBe(777);
  });

  test('to a ping is honest', () => {
    for (const plan of [COLLUDE, FORGE, SYBIL]) {
      const reply = adversary(plan).answer(4, request(PING), 0);
      expect([reply!.accepted, reply!.contactCount]).toEqual([true, 0]);
    }
  });
});

describe('whoever is asked for contacts', () => {
  test.each([
    ['colludes', COLLUDE],
    ['is a Sybil', SYBIL],
  ])('and %s names the k closest accomplices besides itself', (_, plan) => {
    for (const kind of [FIND_NODE, GET_VALUE, GET_PROVIDERS]) {
      const named = contactsOf(adversary(plan).answer(4, request(kind), 0));
      expect(named).toEqual(accomplices.closest(TARGET, K, 4));
      expect(named.every(isAdversary)).toBe(true);
    }
  });

  test('does not name the one who asks', () => {
    const [closest] = accomplices.closest(TARGET, 1, 4);
    const message = Object.assign(request(FIND_NODE), { from: closest });
    expect(contactsOf(adversary(COLLUDE).answer(4, message, 0))).not.toContain(closest);
  });

  test('and forges names k contacts that do not exist, each forger others', () => {
    const forger = adversary(FORGE);
    const named = contactsOf(forger.answer(4, request(FIND_NODE), 0));
    expect(named).toHaveLength(K);
    expect(Math.min(...named)).toBeGreaterThanOrEqual(NODES);
    const others = contactsOf(forger.answer(4 + 2 * K, request(FIND_NODE), 0));
    expect(others.some((contact) => named.includes(contact))).toBe(false);
    const [asked] = named;
    expect(contactsOf(forger.answer(4, request(FIND_NODE, asked), 0))).not.toContain(asked);
  });
});

describe('records', () => {
  test('are refused by colluders and forgers', () => {
    for (const plan of [COLLUDE, FORGE]) {
      expect(adversary(plan).answer(4, request(PUT_VALUE), 0)!.accepted).toBe(false);
      expect(adversary(plan, PAPER).answer(4, request(ADD_PROVIDER), 0)!.accepted).toBe(false);
    }
  });

  test('are accepted by Sybils, and never come back', () => {
    const sybil = adversary(SYBIL, PAPER);
    expect(sybil.answer(4, request(PUT_VALUE), 0)!.accepted).toBe(true);
    expect(sybil.answer(4, request(ADD_PROVIDER), 0)!.accepted).toBe(true);
    expect(sybil.answer(4, request(GET_VALUE), 0)!.record).toBeNull();
    expect(sybil.answer(4, request(GET_PROVIDERS), 0)!.providerCount).toBe(0);
    expect(sybil.answers).toBe(4);
  });

  test('are not acknowledged where nobody does that', () => {
    expect(adversary(SYBIL).answer(4, request(ADD_PROVIDER), 0)).toBeNull();
  });
});

test('where ids are bound to addresses, contacts without a right to their id are ignored', () => {
  const message = new Message();
  message.contacts.set([5, 300, 6, 301]);
  message.contactCount = 4;
  ignoreUnbound(message, (contact) => contact < NODES);
  expect(contactsOf(message)).toEqual([5, 6]);
});
