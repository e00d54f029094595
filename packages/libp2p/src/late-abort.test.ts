import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { defaultLogger } from '@libp2p/logger';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { expect, test } from 'vitest';
import { withLateAbort } from './late-abort.ts';

const components = { logger: defaultLogger() };

/** An address that refuses. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `/ip4/127.0.0.1/tcp/${port}`;
}

test('dials that are aborted while they fail end nothing but themselves', async () => {
  const address = multiaddr(await closedPort());
  const transport = withLateAbort(tcp())(components);
  for (let round = 0; round < 40; round++) {
    const abort = new AbortController();
    const options = { signal: abort.signal, upgrader: {} as never };
    const dials = [1, 2, 3].map(() => transport.dial(address, options));
    // As libp2p does, which wants one of several addresses: the first to end ends the others.
    for (const dial of dials) dial.catch(() => abort.abort(new Error('another was first')));
    const ends = await Promise.allSettled(dials);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  }
});

test('a dial is aborted all the same, with its reason', async () => {
  const factory = (): never =>
    ({
      dial: (_: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          signal.throwIfAborted();
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    }) as never;
  const transport = withLateAbort(factory)({});
  const abort = new AbortController();
  const options = { signal: abort.signal, upgrader: {} as never };
  const dial = transport.dial(multiaddr('/ip4/127.0.0.1/tcp/1'), options);
  abort.abort(new Error('enough'));
  await expect(dial).rejects.toThrow('enough');
  await expect(transport.dial(multiaddr('/ip4/127.0.0.1/tcp/1'), options)).rejects.toThrow(
    'enough',
  );
});
