// What has been acknowledged is on the disk: whenever the process is killed, and when the disk is full.
import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rng } from '@kadscope/core/keyspace';
import { encodeAmino, frame, FrameReader, decodeAmino } from '@kadscope/core/wire';
import type { Libp2p, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { MemoryDatastore, MountDatastore, NamespaceDatastore } from 'datastore-core';
import { LevelDatastore } from 'datastore-level';
import { Key } from 'interface-datastore';
import { build } from 'vite';
import { afterEach, describe, expect, test } from 'vitest';
import { plainBytes } from './bytes.ts';
import { entryOf } from './testing/fleet.ts';
import { COUNTERS, numberOf, valueOf } from './testing/counters.ts';
import { connect, ours, TEST_PROTOCOL, until } from './testing/network.ts';
import { ask, bare, LogLines, messageOf, tell } from './testing/raw.ts';
import { text } from './testing/values.ts';

const CYCLES = 200;
const SEED = 4;

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const OUT = join(ROOT, 'node_modules/.cache/kadscope-child');
const CONDITIONS = ['@kadscope/source', 'module', 'node'];

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** The child in one file, which Node loads in a fifth of a second. */
async function bundleChild(): Promise<string> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['classic-level'], resolve: { conditions: CONDITIONS } },
    build: {
      ssr: fileURLToPath(new URL('testing/durable-child.ts', import.meta.url)),
      outDir: OUT,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  });
  return join(OUT, 'child.mjs');
}

/** A process that has loaded our service, and waits to be told of a folder. */
class Child {
  readonly #process: ChildProcess;
  readonly #loaded: Promise<unknown>;

  constructor(file: string) {
    this.#process = fork(file, { execArgv: [] });
    this.#loaded = once(this.#process, 'message');
  }

  /** Opens the store in a folder; returns the addresses of the node. */
  async open(folder: string): Promise<string[]> {
    await this.#loaded;
    const said = once(this.#process, 'message') as Promise<
      [{ addresses?: string[]; problem?: string }]
    >;
    this.#process.send(folder);
    const [{ addresses, problem }] = await said;
    if (addresses === undefined) throw new Error(`the store does not open: ${problem}`);
    return addresses;
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}

/** Puts and gets of numbers, one behind the other on one stream. */
class Client {
  readonly #stream: Stream;
  readonly #answers: ((value: number | null) => void)[] = [];

  constructor(stream: Stream) {
    this.#stream = stream;
    const reader = new FrameReader();
    stream.addEventListener('message', ({ data }) => {
      reader.push(plainBytes(data));
      for (let bytes = reader.next(); bytes !== null; bytes = reader.next()) {
        const { record } = decodeAmino(bytes, 'response');
        this.#answers.shift()?.(record === null ? null : numberOf(record.value));
      }
    });
  }

  /** Puts a number; `stored` is called when it is acknowledged. */
  put(key: Uint8Array, count: number, stored: () => void): void {
    const record = { key, value: valueOf(count), timeReceived: '' };
    this.#ask(encodeAmino(messageOf({ type: 'put-value', key, record })), stored);
  }

  /** The number of a key; `null` for none. */
  get(key: Uint8Array): Promise<number | null> {
    return new Promise((resolve) => {
      this.#ask(encodeAmino(messageOf({ type: 'get-value', key })), resolve);
    });
  }

  #ask(bytes: Uint8Array, answered: (value: number | null) => void): void {
    // What is killed does not read.
    if (this.#stream.writeStatus !== 'writable') return;
    this.#answers.push(answered);
    this.#stream.send(frame(bytes));
  }
}

const keyOf = (name: number): Uint8Array => text(`/n/${name}`);

async function clientOf(node: Libp2p, addresses: readonly string[]): Promise<Client> {
  const stream = await node.dialProtocol(
    addresses.map((one) => multiaddr(one)),
    TEST_PROTOCOL,
  );
  return new Client(stream);
}

/** Puts numbers under old and new keys until so many are acknowledged, with more of them on their way. */
async function putSome(
  client: Client,
  acknowledged: Map<number, number>,
  rng: Rng,
): Promise<ReadonlySet<number>> {
  const put = new Set<number>();
  const enough = rng.below(60) + 1;
  let count = 0;
  let fresh = acknowledged.size;
  await new Promise<void>((resolve) => {
    const next = (): void => {
      const isFresh = rng.below(6) === 0 && fresh < acknowledged.size + 40;
      const name = isFresh ? fresh++ : rng.below(fresh + 1);
      fresh = Math.max(fresh, name + 1);
      const number = ++numbers;
      client.put(keyOf(name), number, () => {
        put.add(name);
        acknowledged.set(name, Math.max(number, acknowledged.get(name) ?? 0));
        if (++count === enough) resolve();
        else if (count < enough + 8) next();
      });
    };
    for (let i = 0; i < 8; i++) next();
  });
  return put;
}

let numbers = 0;

/** What of these is not held, or older than what was acknowledged. */
async function lost(
  client: Client,
  acknowledged: ReadonlyMap<number, number>,
  names: Iterable<number> = acknowledged.keys(),
): Promise<string[]> {
  const missing = [...names].map(async (name) => {
    const least = acknowledged.get(name)!;
    const held = await client.get(keyOf(name));
    return held === null || held < least ? [`${name}: ${least} stored, ${held} held`] : [];
  });
  return (await Promise.all(missing)).flat();
}

test(`no acknowledged value is lost in ${CYCLES} cycles of kill -9 under writes, and the store always opens`, async () => {
  const file = await bundleChild();
  const folder = await mkdtemp(join(tmpdir(), 'kadscope-durable-'));
  ends.push(() => rm(folder, { recursive: true }));
  const node = await bare();
  ends.push(() => Promise.resolve(node.stop()));
  const rng = new Rng(SEED);
  const acknowledged = new Map<number, number>();
  let put: ReadonlySet<number> = new Set();
  let child = new Child(file);
  ends.push(() => child.kill());
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const addresses = await child.open(folder);
    // The next one loads while this one works.
    const next = new Child(file);
    ends.push(() => next.kill());
    const client = await clientOf(node, addresses);
    expect(await lost(client, acknowledged, put), `cycle ${cycle}`).toEqual([]);
    put = await putSome(client, acknowledged, rng);
    await child.kill();
    child = next;
  }
  const client = await clientOf(node, await child.open(folder));
  expect(await lost(client, acknowledged)).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(CYCLES);
}, 1_200_000);

describe('a full disk', () => {
  /** A datastore whose disk is full as long as somebody says so; what libp2p itself writes lies elsewhere. */
  class FullDatastore extends MemoryDatastore {
    isFull = false;

    override put(key: Key, value: Uint8Array): Key {
      if (this.isFull && key.toString().startsWith('/dht/'))
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
        });
      return super.put(key, value) as Key;
    }
  }

  test('refuses a value, says so in the log, and loses nothing', async () => {
    const datastore = new FullDatastore();
    const logger = new LogLines();
    const node = await ours(COUNTERS, { datastore, logger });
    ends.push(() => Promise.resolve(node.stop()));
    const asker = await bare();
    ends.push(() => Promise.resolve(asker.stop()));
    const put = (name: number, count: number): Promise<unknown> => {
      const key = keyOf(name);
      return ask(asker, node, {
        type: 'put-value',
        key,
        record: { key, value: valueOf(count), timeReceived: '' },
      });
    };
    const held = async (of: Libp2p, name: number): Promise<number | null> => {
      const { record } = await ask(asker, of, { type: 'get-value', key: keyOf(name) });
      return record === null ? null : numberOf(record.value);
    };
    await put(1, 1);
    datastore.isFull = true;
    await expect(put(2, 2)).rejects.toThrow('closed');
    await expect(put(1, 3)).rejects.toThrow('closed');
    expect(logger.lines.join('\n')).toContain('ENOSPC');
    expect(await held(node, 1)).toBeGreaterThanOrEqual(1);
    expect((await ask(asker, node, { type: 'find-node', key: text('x') })).type).toBe('find-node');
    // Announcements have no answer, and the service goes on.
    await tell(asker, node, {
      type: 'add-provider',
      key: text('x'),
      providerPeers: [entryOf(asker)],
    });
    // Its own user hears of it.
    await expect(node.services.dht.node.records.putValue(text('x'), text('y'), 0)).rejects.toThrow(
      'ENOSPC',
    );
    datastore.isFull = false;
    await put(2, 2);
    expect(await held(node, 2)).toBe(2);
    await node.stop();
    const again = await ours(COUNTERS, { datastore });
    ends.push(() => Promise.resolve(again.stop()));
    expect(await held(again, 1)).toBeGreaterThanOrEqual(1);
    expect(await held(again, 2)).toBe(2);
  });

  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

  // Only root may mount a disk that is small enough.
  test.skipIf(!isRoot)(
    'a real one loses nothing that was acknowledged, also over a restart',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kadscope-full-'));
      ends.push(() => rm(folder, { recursive: true }));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
      ends.push(() => Promise.resolve(execFileSync('umount', ['-l', folder])));
      const store = join(folder, 'store');
      const logger = new LogLines();
      const level = await levelAt(store);
      const node = await ours(COUNTERS, { datastore: mounted(level), logger });
      ends.push(() => Promise.resolve(node.stop()));
      const asker = await bare();
      ends.push(() => Promise.resolve(asker.stop()));
      await writeFile(join(folder, 'ballast'), new Uint8Array(1_900_000));
      const acknowledged = new Map<number, number>();
      let refused = 0;
      for (let count = 1; refused < 3 && count < 5_000; count++) {
        const key = keyOf(count % 50);
        const record = { key, value: valueOf(count), timeReceived: '' };
        const put = ask(asker, node, { type: 'put-value', key, record });
        await put.then(
          () => acknowledged.set(count % 50, count),
          () => refused++,
        );
      }
      expect(refused).toBe(3);
      expect(logger.lines.join('\n')).toMatch(/not on the disk.*No space left/);
      expect(
        await lost(await clientOf(asker, node.getMultiaddrs().map(String)), acknowledged),
      ).toEqual([]);
      await node.stop();
      await level.close();
      await rm(join(folder, 'ballast'));
      const again = await ours(COUNTERS, { datastore: mounted(await levelAt(store)) });
      ends.push(() => Promise.resolve(again.stop()));
      expect(
        await lost(await clientOf(asker, again.getMultiaddrs().map(String)), acknowledged),
      ).toEqual([]);
      expect(acknowledged.size).toBe(50);
    },
  );

  test('is told to the user who puts a value', async () => {
    const datastore = new FullDatastore();
    const node = await ours(COUNTERS, { datastore });
    ends.push(() => Promise.resolve(node.stop()));
    const other = await ours(COUNTERS);
    ends.push(() => Promise.resolve(other.stop()));
    await connect(node, other);
    await until(() => node.services.dht.routingTable.size > 0, 'a contact');
    datastore.isFull = true;
    const run = async (): Promise<void> => {
      for await (const _ of node.services.dht.put(keyOf(1), valueOf(1)));
    };
    await expect(run()).rejects.toThrow('ENOSPC');
    // The network has it all the same.
    expect(other.services.dht.node.host.engine.values.size).toBe(1);
  });
});

describe('a warm start', () => {
  test('needs nobody to dial: a node finds its way by the contacts that it saved', async () => {
    const datastore = new MemoryDatastore();
    const others = await Promise.all(Array.from({ length: 5 }, () => ours(COUNTERS)));
    for (const other of others) ends.push(() => Promise.resolve(other.stop()));
    const first = await ours(COUNTERS, { datastore });
    for (const other of others) await connect(first, other);
    await until(() => first.services.dht.routingTable.size === 5, 'it knows everybody');
    await others[0]!.contentRouting.put(keyOf(1), valueOf(7));
    await first.stop();
    // All that is left of the first life is what it saved about its contacts.
    for await (const { key } of datastore.query({}))
      if (!key.toString().includes('routing-table')) await datastore.delete(key);
    const again = await ours(COUNTERS, { datastore });
    ends.push(() => Promise.resolve(again.stop()));
    expect(again.getConnections()).toEqual([]);
    expect(numberOf(await again.contentRouting.get(keyOf(1)))).toBe(7);
  });

  test('survives a time without network: an empty table does not replace what was saved', async () => {
    const datastore = new MemoryDatastore();
    const other = await ours(COUNTERS);
    const first = await ours(COUNTERS, { datastore });
    await connect(first, other);
    await until(() => first.services.dht.routingTable.size === 1, 'a contact');
    await first.stop();
    const { multiaddrs } = { multiaddrs: other.getMultiaddrs() };
    await other.stop();
    const offline = await ours(COUNTERS, { datastore });
    await until(() => offline.services.dht.routingTable.size === 0, 'the contact is lost');
    await offline.stop();
    const saved = await first.services.dht.node.records.table();
    expect(saved).toHaveLength(1);
    expect(multiaddrs).toHaveLength(1);
  });
});

/** An open store in a folder. */
async function levelAt(folder: string): Promise<LevelDatastore> {
  const level = new LevelDatastore(folder);
  await level.open();
  ends.push(() => level.close());
  return level;
}

/** Our records in a store; what libp2p itself writes lies elsewhere: its peer store takes no streams when it cannot write. */
function mounted(level: LevelDatastore): MountDatastore {
  const prefix = new Key('/dht');
  return new MountDatastore([
    { prefix, datastore: new NamespaceDatastore(level, prefix) },
    { prefix: new Key('/'), datastore: new MemoryDatastore() },
  ]);
}
