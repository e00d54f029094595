import type { QueryEvent } from '@kadscope/libp2p';
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { beforeAll, expect, test } from 'vitest';
import type { Told } from './ask.ts';
import { explain } from './explain.ts';

let peers: PeerId[];
const options = { title: 'providers of x', self: 'me' };

beforeAll(async () => {
  peers = await Promise.all(
    Array.from({ length: 4 }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))),
  );
});

function told(atMs: number, event: object, network = 'wan'): Told {
  return { network, atMs, event: event as QueryEvent };
}

const messageName = 'GET_PROVIDERS';
const sent = (atMs: number, to: number): Told =>
  told(atMs, { name: 'SEND_QUERY', to: peers[to], messageName });
const dialed = (atMs: number, peer: number): Told =>
  told(atMs, { name: 'DIAL_PEER', peer: peers[peer] });
const failed = (atMs: number, from: number, message: string): Told =>
  told(atMs, { name: 'QUERY_ERROR', from: peers[from], error: new Error(message) });
const ended = (atMs: number, reason: string): Told => told(atMs, { name: 'PATH_ENDED', reason });

function answered(atMs: number, from: number, commonPrefixLength: number, closer: number[]): Told {
  return told(atMs, {
    name: 'PEER_RESPONSE',
    from: peers[from],
    messageName,
    commonPrefixLength,
    closer: closer.map((one) => ({ id: peers[one], multiaddrs: [] })),
    providers: [],
  });
}

function tail(peer: number): string {
  return `…${peers[peer]!.toString().slice(-8)}`;
}

test('each hop says who was asked, and how much nearer it came', () => {
  const story = explain(
    [
      sent(0, 0),
      answered(10, 0, 3, [1, 2]),
      dialed(10, 1),
      dialed(10, 2),
      sent(20, 1),
      failed(30, 2, 'connect ECONNREFUSED'),
      answered(40, 1, 8, [0, 3]),
      sent(40, 3),
      answered(60, 3, 7, []),
      ended(61, 'not-found'),
    ],
    options,
  );
  expect(story.split('\n')).toEqual([
    'Looking for providers of x.',
    '',
    'Hop 1: 1 node known before; 1 answered. The nearest shares 3 bits with the target.',
    `  ${tail(0)} answered in 10 ms: 3 bits, named 2 nodes, 2 of them new.`,
    '',
    'Hop 2: 2 nodes named by those of hop 1; 1 answered. The nearest shares 8 bits with the target: 5 bits nearer than before.',
    `  ${tail(1)} answered in 20 ms: 8 bits, named 2 nodes, 1 of them new.`,
    `  ${tail(2)} failed after 20 ms: nobody listens there.`,
    '',
    'Hop 3: 1 node named on hop 2; 1 answered. The nearest shares 7 bits with the target: no nearer than those before.',
    `  ${tail(3)} answered in 20 ms: 7 bits, named 0 nodes, 0 of them new.`,
    '',
    'It ended after 61 ms: the closest nodes have all been asked, and none of them has it.',
    'It cost 3 requests (3 answered, 0 failed) and 2 dials. 1 node could not be reached at all.',
    '',
  ]);
});

test('what was found, and what was not waited for', () => {
  const providers = [{ id: peers[3], multiaddrs: [] }];
  const story = explain(
    [sent(0, 0), sent(0, 1), answered(5, 0, 1, []), told(5, { name: 'PROVIDER', providers })],
    options,
  );
  expect(story).toContain(`Found after 5 ms: ${peers[3]!.toString()} provides it, at 0 addresses.`);
  expect(story).toContain(`  ${tail(1)} had not answered when the lookup ended.`);
  expect(story).toContain('It ended after 5 ms, before it was complete');
  expect(story).toContain('2 requests (1 answered, 0 failed, 1 not waited for)');
});

test('a value that is stored is told as a second step', () => {
  const put = { messageName: 'PUT_VALUE' };
  const story = explain(
    [
      sent(0, 0),
      answered(5, 0, 1, []),
      told(6, { name: 'SEND_QUERY', to: peers[0], ...put }),
      told(6, { name: 'SEND_QUERY', to: peers[1], ...put }),
      told(9, { name: 'PEER_RESPONSE', from: peers[0], closer: [], providers: [], ...put }),
      failed(9, 1, 'stream reset'),
      ended(9, 'stored'),
    ],
    options,
  );
  expect(story).toContain('Then the value was sent to the 2 closest nodes; 1 took it.');
  expect(story).toContain(`  ${tail(1)} failed after 3 ms: stream reset.`);
  expect(story).toContain('It ended after 9 ms: the closest nodes have taken it.');
});

test('several networks are told one after the other, and nothing as nothing', () => {
  const lan = { ...ended(3, 'found'), network: 'lan' };
  const story = explain([sent(0, 0), lan, ended(4, 'found')], options);
  expect(story).toMatch(/^In the network wan, looking [^]*\nIn the network lan, looking /);
  expect(explain([], options)).toBe('Looking for providers of x: nobody was asked.\n');
});
