// The samples of other programs' logs, through the command line: what `trace` says of them, and that they can be
// converted and come back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { globSync } from 'tinyglobby';
import { afterAll, describe, expect, test } from 'vitest';
import { captureIo } from '../../../test/support/captured-io.ts';
import { LOG_SAMPLES, logSample, logSamplePath } from '../../../test/support/log-samples.ts';
import { runCli } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-logs-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function kadscope(...args: string[]): Promise<Record<string, unknown>> {
  const io = captureIo();
  const code = await runCli([...args, '--json'], io);
  return { code, ...(JSON.parse(io.stdout) as Record<string, unknown>) };
}

test('every sample among the examples is tried', () => {
  const names = globSync('examples/traces/*').map((path) => basename(path));
  expect(names.toSorted()).toEqual(LOG_SAMPLES.map(([name]) => name).toSorted());
});

describe.each(LOG_SAMPLES)('%s', (name, format) => {
  const path = logSamplePath(name);

  test('is described and checked', async () => {
    const facts = await kadscope('trace', 'info', path);
    expect(facts).toMatchObject({
      code: 0,
      format,
      isCompressed: false,
      title: name,
      source: 'node',
    });
    expect(facts['lookups']).toBeGreaterThan(0);
    const checked = await kadscope('trace', 'check', path);
    expect(checked).toMatchObject({ code: 0, format, ok: true, events: facts['events'] });
  });

  test.each(['copy.arrow', 'copy.netvis', 'copy.ndjson.gz'])(
    'becomes %s and back with the same hash',
    async (copy) => {
      const out = join(folder, `${name}.${copy}`);
      const { events } = await kadscope('trace', 'convert', path, out);
      const [from, to] = [
        await kadscope('trace', 'info', path),
        await kadscope('trace', 'info', out),
      ];
      expect(to).toMatchObject({ code: 0, events, hash: from['hash'], notes: from['notes'] });
    },
  );

  test('may be gzipped', async () => {
    const packed = join(folder, `${name}.gz`);
    writeFileSync(packed, gzipSync(logSample(name)));
    const { hash } = await kadscope('trace', 'info', path);
    expect(await kadscope('trace', 'info', packed)).toMatchObject({
      format,
      isCompressed: true,
      hash,
    });
  });
});

test('a log that is cut off is refused with line and column', async () => {
  const path = join(folder, 'cut.ndjson');
  const text = logSample('kubo-findprovs.ndjson').slice(0, 900);
  writeFileSync(path, text);
  const { code, error } = await kadscope('trace', 'check', path);
  const lines = text.split('\n');
  expect(code).toBe(1);
  expect(error).toMatchObject({
    code: 'ERR_TRACE_FORMAT',
    line: lines.length,
    column: lines.at(-1)!.length + 1,
  });
});

test('logs of several programs are read as one trace', async () => {
  const facts = await kadscope(
    'trace',
    'info',
    ...LOG_SAMPLES.map(([name]) => logSamplePath(name)),
  );
  expect(facts).toMatchObject({ code: 0, source: 'node' });
  expect(facts['parts']).toHaveLength(LOG_SAMPLES.length);
});
