import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTraceText } from '@kadscope/core/trace';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { createIPNSRecord, marshalIPNSRecord } from 'ipns';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureIo } from '../../../../test/support/captured-io.ts';
import { runCli } from '../cli.ts';
import { kadscope, NETWORK_FLAGS, startAskedNetwork } from '../testing/asked-network.ts';
import type { AskedNetwork } from '../testing/asked-network.ts';

const NODES = 8;
const folder = mkdtempSync(join(tmpdir(), 'kadscope-routing-'));
let network: AskedNetwork;
let cid: string;

beforeAll(async () => {
  network = await startAskedNetwork(NODES);
  cid = await newCid('something');
  for (const index of [2, 3])
    for await (const _ of network.nodes[index]!.services.dht.provide(CID.parse(cid)));
});
afterAll(async () => {
  await network.stop();
  rmSync(folder, { recursive: true });
});

async function newCid(text: string): Promise<string> {
  return CID.createV1(raw.code, await sha256.digest(new TextEncoder().encode(text))).toString();
}

function sorted(text: string): string[] {
  return text.trimEnd().split('\n').toSorted();
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('each verb answers as that of Kubo does', () => {
  test('findprovs prints the ids of providers, as many as were wanted', async () => {
    const all = await network.ask('routing', 'findprovs', cid);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(sorted(all.stdout)).toEqual([network.id(2), network.id(3)].toSorted());
    const one = await network.ask('routing', 'findprovs', cid, '-n', '1');
    expect(sorted(one.stdout)).toHaveLength(1);
  });

  test('findpeer prints addresses without the id', async () => {
    const { code, stdout } = await network.ask('routing', 'findpeer', network.id(5));
    expect(code).toBe(0);
    const plain = network.address(5).replace(/\/p2p\/.*$/, '');
    expect(sorted(stdout)).toContain(plain);
    expect(stdout).not.toContain('/p2p/');
  });

  test('query prints the closest nodes, for a peer and for content', async () => {
    const ids = network.nodes.map(({ peerId }) => peerId.toString());
    for (const target of [network.id(4), cid]) {
      const { code, stdout } = await network.ask('routing', 'query', target);
      expect(code).toBe(0);
      expect(sorted(stdout)).toEqual(ids.toSorted());
    }
  });

  test('put stores a record, and get gives its bytes back', async () => {
    const key = await generateKeyPair('Ed25519');
    const record = marshalIPNSRecord(await createIPNSRecord(key, `/ipfs/${cid}`, 1, 3_600_000));
    const file = join(folder, 'record');
    writeFileSync(file, record);
    const name = `/ipns/${peerIdFromPrivateKey(key).toCID().toString()}`;
    const put = await network.ask('routing', 'put', name, file);
    expect(put).toMatchObject({ code: 0, stderr: '' });
    expect(sorted(put.stdout)).toHaveLength(NODES);
    const got = await network.ask('routing', 'get', name);
    expect(got.stdout).toBe(new TextDecoder('latin1').decode(record));
    const copy = join(folder, 'copy');
    expect(await network.ask('routing', 'get', name, '-o', copy)).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(new Uint8Array(readFileSync(copy))).toEqual(record);
  });

  test('provide announces content that others then find', async () => {
    const mine = await newCid('mine');
    const io = captureIo();
    const args = ['routing', 'provide', mine, '--stay', ...NETWORK_FLAGS];
    const provided = runCli([...args, '--connect', network.address(0)], io);
    let found = { code: 1, stdout: '' };
    while (found.code !== 0) found = await network.ask('routing', 'findprovs', mine);
    expect(sorted(found.stdout)).toHaveLength(1);
    expect(network.nodes.map(({ peerId }) => String(peerId))).not.toContain(found.stdout.trim());
    io.stop();
    expect(await provided).toBe(0);
    expect(io.stderr).toBe('');
  });

  test('ping counts its pongs', async () => {
    const { code, stdout } = await network.ask('routing', 'ping', network.id(6), '-n', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(Pong received: time=[\d.]+ ms\n){2}Average latency: [\d.]+ ms\n$/);
  });

  test('bootstrap says what it cost', async () => {
    const { code, stdout } = await network.ask('routing', 'bootstrap');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^kadscope-local: \d+ requests in [\d.]+ m?s\n$/);
  });
});

describe('events', () => {
  test('in the form of Kubo are what the import of its logs reads', async () => {
    const { stdout } = await network.ask('routing', 'findprovs', cid, '--enc=json');
    const events = jsonLines(stdout);
    for (const event of events)
      expect(Object.keys(event)).toEqual(['Extra', 'ID', 'Responses', 'Type']);
    const { trace, format } = readTraceText(stdout);
    expect(format).toBe('kubo');
    expect(trace.operations).toMatchObject([{ kind: 'findProviders', outcome: 'found' }]);
    const sent = events.filter(({ Type }) => Type === 0);
    expect(sent.length).toBeGreaterThan(0);
    const types = Array.from({ length: trace.length }, (_, index) => trace.event(index).type);
    expect(types.filter((type) => type === 'messageSent')).toHaveLength(sent.length);
    expect(trace.notes.filter((note) => note.includes('not known'))).toEqual([]);
  });

  test.each([
    ['findpeer', () => network.id(3), 'findPeer'],
    ['query', () => network.id(3), 'findNode'],
  ])('of %s in that form are told for what they are', async (verb, argument, kind) => {
    const { stdout } = await network.ask('routing', verb, argument(), '--enc=json');
    expect(readTraceText(stdout).trace.operations).toMatchObject([{ kind, outcome: 'found' }]);
  });

  test('of our own say what each answer was worth', async () => {
    const { stdout } = await network.ask('routing', 'findprovs', cid, '--json');
    const events = jsonLines(stdout);
    const answer = events.find(({ event }) => event === 'PEER_RESPONSE');
    expect(answer).toMatchObject({ network: 'kadscope-local', message: 'GET_PROVIDERS' });
    expect(answer!['commonPrefixLength']).toBeTypeOf('number');
    expect(events.filter(({ event }) => event === 'PROVIDER')).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ event: 'PATH_ENDED', reason: 'found' });
  });

  test('with --verbose are lines with a time, among the results', async () => {
    const { stdout } = await network.ask('routing', 'findprovs', cid, '-v');
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3}: \* asking 12D3/m);
    expect(stdout).toMatch(/, common prefix \d+, says use .*12D3/);
    expect(stdout.split('\n')).toContain(network.id(2));
  });

  test('are explained hop by hop', async () => {
    const { code, stdout } = await network.ask('routing', 'findprovs', cid, '--explain');
    expect(code).toBe(0);
    expect(stdout).toContain(`Looking for providers of ${cid}.`);
    expect(stdout).toMatch(/Hop 1: \d+ nodes? known before; \d+ answered\./);
    expect(stdout).toContain(`${network.id(2)} provides it`);
    expect(stdout).toMatch(/It ended after .*: what was looked for was found\./);
    expect(stdout).toMatch(/It cost \d+ requests? \(\d+ answered, 0 failed/);
  });
});

describe('what goes wrong is one sentence', () => {
  test.each([
    [['findprovs', 'nonsense'], 'nonsense: this is no CID'],
    [['findpeer', 'nonsense'], 'nonsense: this is no peer id'],
    [['query', 'nonsense'], 'nonsense: this is neither a peer id nor a CID'],
    [['get', 'nonsense'], 'nonsense: expected /ipns/ or /pk/'],
    [['bootstrap', '--timeout', 'soon'], 'It must be a duration such as 30s'],
    [['bootstrap', '--enc=json', '--explain'], '--enc=json and --explain are different outputs'],
    [['bootstrap', '--network', 'x'], 'name one with --connect or --bootstrap'],
    [['bootstrap', '--network', 'x', '--connect', 'here'], 'this is no multiaddr'],
    [['bootstrap', '--memory', '--data', 'x'], '--memory keeps nothing'],
  ])('routing %j is wrong usage', async (args, message) => {
    const { code, stderr, stdout } = await kadscope('routing', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  test('what nobody has, or knows, fails', async () => {
    const nothing = await newCid('nothing');
    const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();
    for (const [verb, argument, words] of [
      ['findprovs', nothing, 'nobody was found who provides'],
      ['findpeer', stranger, 'nobody knows where'],
      ['get', `/ipns/${stranger}`, 'nobody holds a value of'],
      ['ping', stranger, 'does not answer'],
    ] as const) {
      const { code, stdout, stderr } = await network.ask('routing', verb, argument);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^kadscope: [^\n]*\n$/);
      expect(stderr).toContain(words);
    }
    const json = await network.ask('routing', 'findprovs', nothing, '--json');
    expect(jsonLines(json.stdout).at(-1)).toMatchObject({ error: { code: 'not-found' } });
  });

  test('a value that does not fit its key is refused', async () => {
    const file = join(folder, 'nonsense');
    writeFileSync(file, 'nonsense');
    const { code, stderr } = await network.ask('routing', 'put', `/ipns/${network.id(0)}`, file);
    expect(code).toBe(1);
    expect(stderr).toContain('does not fit its key');
  });

  test('a file that is not there, and a node that is not there', async () => {
    const missing = await network.ask(
      'routing',
      'put',
      `/ipns/${network.id(0)}`,
      join(folder, 'no'),
    );
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('there is no such file');
    const nowhere = `/ip4/127.0.0.1/tcp/1/p2p/${network.id(0)}`;
    for (const flag of ['--connect', '--bootstrap']) {
      const { code, stderr } = await kadscope(
        'routing',
        'query',
        cid,
        '--network',
        'x',
        flag,
        nowhere,
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(/^kadscope: [^\n]*could (not )?be reached: [^\n]*\n$/);
    }
  });

  test('whoever serves another network is no way into this one', async () => {
    const { code, stderr } = await kadscope(
      'routing',
      'query',
      cid,
      '--network',
      'another',
      '--connect',
      network.address(0),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('none that serves /another/kad/1.0.0');
  });

  test('when the time is up, that is said', async () => {
    const { code, stderr } = await network.ask('routing', 'query', cid, '--timeout', '1ms');
    expect(code).toBe(1);
    expect(stderr).toMatch(/too long|took longer than 1 ms/);
  });
});
