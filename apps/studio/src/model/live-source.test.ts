import { encodeBatch, START_MARK, takeBatch } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { describe, expect, test } from 'vitest';
import { advanceLive, goLive, isLive } from './live-edge.ts';
import { LiveSource } from './live-source.ts';
import type { LivePort } from './live-source.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import { sampleTrace } from './testing/sample-trace.ts';

/** A node that can be watched, without a connection. */
class FakeNode implements LivePort {
  onmessage: LivePort['onmessage'] = null;
  onclose: LivePort['onclose'] = null;
  readonly sent: unknown[] = [];
  isClosed = false;
  readonly #trace: Trace = sampleTrace();

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  start(canOperate = true): void {
    const { epochNs, ...meta } = this.#trace.meta;
    this.say({ type: 'started', meta: { ...meta, epochNs: String(epochNs) }, canOperate });
    const bytes = encodeBatch(takeBatch(this.#trace, START_MARK));
    this.onmessage?.({ data: bytes.buffer });
  }

  get length(): number {
    return this.#trace.length;
  }
}

interface Watched {
  readonly node: FakeNode;
  readonly source: LiveSource;
  readonly session: Session;
  /** Lets real milliseconds pass. */
  readonly pass: (ms: number) => void;
}

function watch(canOperate = true): Watched {
  let now = 0;
  const node = new FakeNode();
  const source = new LiveSource(node, 'ab12', () => now);
  const session = createSession();
  session.open(source);
  node.start(canOperate);
  return { node, source, session, pass: (ms) => (now += ms) };
}

describe('a live trace', () => {
  test('comes as it is, and goes on a little behind the network', () => {
    const { node, source, session, pass } = watch();
    expect(session.trace.value.length).toBe(node.length);
    expect(source.origin).toEqual({ token: 'ab12' });
    node.say({ type: 'now', nowMs: 5_000, isFull: false });
    expect(source.horizonMs).toBe(4_750);
    pass(100);
    source.want();
    expect(session.horizonMs.value).toBe(4_850);
    pass(10_000);
    expect(source.horizonMs).toBe(5_000);
  });

  test('that is full, lost or not to be had says so', () => {
    const full = watch();
    full.node.say({ type: 'now', nowMs: 5_000, isFull: true });
    expect(full.session.notice.value?.text).toContain('reached its bound');
    const lost = watch();
    lost.node.onclose?.({ code: 1006, reason: '' });
    expect(lost.session.notice.value?.text).toContain('connection to the node is lost');
    expect(lost.source.isGrowing).toBe(false);
    const refused = new FakeNode();
    const session = createSession();
    session.open(new LiveSource(refused, 'ab', () => 0));
    refused.onclose?.({ code: 1006, reason: '' });
    expect(session.notice.value?.text).toContain('open the address that it printed last');
    const garbled = watch();
    garbled.node.onmessage?.({ data: new ArrayBuffer(3) });
    expect(garbled.session.notice.value?.text).toContain('a batch is cut off');
    expect(garbled.node.isClosed).toBe(true);
  });
});

describe('operations', () => {
  test('are run by the node, which says where they begin', async () => {
    const { node, source } = watch();
    const key = Uint8Array.of(1, 255);
    const started = source.network!.operate({ kind: 'provide', node: 2, key });
    expect(node.sent).toEqual([
      { type: 'operate', request: 1, operation: { kind: 'provide', node: 2, key: '01ff' } },
    ]);
    node.say({ type: 'operationStarted', request: 1, operation: 7, timeMs: 12 });
    expect(await started).toMatchObject({ operation: 7, timeMs: 12 });
    const failed = source.network!.operate({ kind: 'ping', node: 2, peer: 9 });
    node.say({ type: 'failed', request: 2, message: 'nobody there' });
    await expect(failed).rejects.toThrow('nobody there');
    const open = source.network!.operate({ kind: 'ping', node: 2, peer: 1 });
    source.close();
    await expect(open).rejects.toThrow('closed');
  });

  test('are not to be had where pages may only watch', () => {
    expect(watch(false).source.network).toBeNull();
  });
});

describe('the present', () => {
  test('is kept up with, until somebody looks back', () => {
    const { node, session } = watch();
    node.say({ type: 'now', nowMs: 5_000, isFull: false });
    goLive(session);
    expect([isLive(session), session.timeMs.value]).toEqual([true, 4_750]);
    // Frames that are too slow.
    for (let ms = 5_100; ms <= 9_000; ms += 100) {
      node.say({ type: 'now', nowMs: ms, isFull: false });
      advanceLive(session, 10);
    }
    expect(isLive(session)).toBe(true);
    expect(session.horizonMs.value - session.timeMs.value).toBeLessThan(800);
    // One frame that takes a second, or a page that was hidden.
    node.say({ type: 'now', nowMs: 70_000, isFull: false });
    advanceLive(session, 100);
    expect([isLive(session), session.timeMs.value]).toEqual([true, 69_750]);
    // A short way back is soon made up for: an operation begins where it was started.
    session.seekTime(69_400);
    advanceLive(session, 10);
    expect([isLive(session), session.timeMs.value]).toEqual([true, 69_410]);
    session.seekTime(2_000);
    advanceLive(session, 10);
    expect([isLive(session), session.timeMs.value]).toEqual([false, 2_010]);
    goLive(session);
    session.pause();
    expect(isLive(session)).toBe(false);
    advanceLive(session, 10);
    session.play();
    expect(isLive(session)).toBe(false);
  });
});
