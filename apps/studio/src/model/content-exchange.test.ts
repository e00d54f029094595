import { describe, expect, it } from 'vitest';
import { createTrace, parseScenario, Simulation } from '@kadscope/core/sim';
import { equalBytes } from './bytes.ts';
import { ContentExchange } from './content-exchange.ts';

function network(): { exchange: ContentExchange; simulation: Simulation } {
  const scenario = parseScenario({ nodes: 60, seed: 7, workload: { operations: 0 } });
  const simulation = new Simulation(scenario, createTrace(scenario));
  return { simulation, exchange: new ContentExchange(simulation) };
}

const quiet = (): void => {};

describe('a file in a simulated network', () => {
  it('is provided by one node, found and fetched by another, and comes back equal', async () => {
    const { exchange } = network();
    const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 31) % 251);
    const added = await exchange.add({ name: 'a.bin', bytes, node: 3 }, quiet);
    expect(added.outcome).toBe('stored');
    expect(added.blocks).toHaveLength(4);
    expect(added.blocks.at(-1)!.cid).toBe(added.root);
    const fetched = await exchange.fetch({ cid: added.root, node: 41 }, quiet);
    expect(fetched.provider).toBe(3);
    expect(equalBytes(fetched.bytes, bytes)).toBe(true);
    expect(fetched.blocks.map(({ cid }) => cid).toSorted()).toEqual(
      added.blocks.map(({ cid }) => cid).toSorted(),
    );
    expect(fetched.startMs).toBeGreaterThanOrEqual(added.endMs);
    expect(fetched.endMs).toBeGreaterThan(fetched.foundMs);
  });

  it('that nobody announced is not found, and the error says what to do', async () => {
    const { exchange } = network();
    const cid = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku';
    await expect(exchange.fetch({ cid, node: 5 }, quiet)).rejects.toThrow(
      'announce the file first',
    );
  });
});
