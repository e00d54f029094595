import { expect, test } from 'vitest';
import { immutableKey } from '@kadscope/core';
import type { Trace } from '@kadscope/core/trace';
import { keepBusy } from './activity.ts';
import { startLocalNetwork } from './local-network.ts';

const NODES = 8;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function outcomeOf(trace: Trace, id: number): string | null {
  return trace.operation(id)?.outcome ?? null;
}

test('real nodes form a network, and each of the seven operations can be run and watched', async () => {
  const seen: number[] = [];
  const network = await startLocalNetwork({
    nodes: NODES,
    title: 'eight nodes',
    onNode: (count) => seen.push(count),
  });
  try {
    const { live, operate } = network.feed;
    const { trace } = live;
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await until(() =>
      network.nodes.every((node) => node.services.dht.routingTable.size === NODES - 1),
    );
    expect(trace.nodes).toHaveLength(NODES);
    const value = new TextEncoder().encode('a value');
    const key = immutableKey(value);
    const content = new TextEncoder().encode('some content');
    const commands = [
      { kind: 'ping', node: 0, peer: 3 },
      { kind: 'findPeer', node: 1, peer: 4 },
      { kind: 'provide', node: 2, key: content },
      { kind: 'findProviders', node: 5, key: content },
      { kind: 'putValue', node: 6, key, value },
      { kind: 'getValue', node: 7, key },
      { kind: 'bootstrap', node: 3 },
      { kind: 'findNode', node: 4, key: content },
    ] as const;
    const outcomes: (string | null)[] = [];
    for (const command of commands) {
      const id = await operate!(command);
      await until(() => outcomeOf(trace, id) !== null);
      outcomes.push(outcomeOf(trace, id));
    }
    expect(outcomes).toEqual([
      'answered',
      'found',
      'stored',
      'found',
      'stored',
      'found',
      'refreshed',
      'found',
    ]);
    await expect(operate!({ kind: 'ping', node: 99, peer: 0 })).rejects.toThrow('not one of those');
    await expect(operate!({ kind: 'provide', node: 0 })).rejects.toThrow('needs a key');
    const before = trace.operations.length;
    const rest = keepBusy(network.nodes);
    await until(() => trace.operations.length > before);
    rest();
  } finally {
    await network.stop();
  }
});
