import { describe, expect, test } from 'vitest';
import { applyLook, applyPlace, isSourceOf, linkOf, settleLink } from './link.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import { FileSource } from './source.ts';
import { sampleTrace } from './testing/sample-trace.ts';
import { decodeLink, encodeLink } from './url.ts';

function opened(): Session {
  const session = createSession();
  session.open(
    new FileSource('sample', sampleTrace({ nodes: 60, lookups: 8 }), 'samples/sample.json'),
  );
  return session;
}

describe('the link of a session', () => {
  test('brings another session to exactly the same state', () => {
    const session = opened();
    session.followLookup(3);
    session.stepEvent(1);
    session.stepEvent(1);
    session.reference.value = 'origin';
    session.view.value = 'ring';
    session.tableTwin.value = true;
    session.range.value = { fromMs: 100, toMs: 900 };
    session.setSpeed(1 / 50);
    const hash = encodeLink(linkOf(session));

    const other = opened();
    const { link, problems } = decodeLink(hash);
    applyLook(other, link);
    expect([...problems, ...applyPlace(other, link)]).toEqual([]);
    expect(encodeLink(linkOf(other))).toBe(hash);
    expect(other.cursorIndex.value).toBe(session.cursorIndex.value);
    expect(other.currentLookup.value?.id).toBe(3);
    expect(other.follow.value).toBe(true);
  });

  test('names what the trace does not have, and shows the rest', () => {
    const session = opened();
    const { link } = decodeLink('#/replay?t=200&sel=node:999&lookup=77');
    expect(applyPlace(session, link)).toEqual([
      'This trace has no lookup 77.',
      'This trace has no node 999.',
    ]);
    expect(session.timeMs.value).toBe(200);
    expect(session.selection.value).toBeNull();
  });

  test('trusts the time more than an event count that belongs elsewhere', () => {
    const session = opened();
    const { link } = decodeLink('#/replay?t=200&i=3');
    applyPlace(session, link);
    expect(session.timeMs.value).toBe(200);
    expect(session.cursorIndex.value).toBeGreaterThan(3);
  });

  test('says that its time was not reached, and stands at the end', () => {
    const session = opened();
    const { link } = decodeLink('#/replay?t=500000');
    const [problem] = applyPlace(session, link);
    expect(problem).toMatch(/^The time of the link, 8:20\.000, was not reached/);
    expect(session.cursorIndex.value).toBe(session.trace.value.length);
  });

  test('without a recording shows the simulated network, and says so', () => {
    const { link, problems } = settleLink(decodeLink('#/replay?t=40&view=events'));
    expect(link).toEqual({ route: 'sim', view: 'events' });
    expect(problems).toEqual([expect.stringContaining('nothing to replay')]);
  });

  test('to a time that is too far goes to what is there at once', () => {
    const { link, problems } = settleLink(decodeLink('#/sim?n=200&t=99999999&i=7'));
    expect(link).toEqual({ route: 'sim', scenario: { nodes: 200 }, timeMs: 2000 });
    expect(problems).toEqual([expect.stringContaining('too far')]);
    const near = decodeLink('#/sim?t=300000&i=7');
    expect(settleLink(near)).toEqual(near);
  });

  test('knows whether the source that is open is its own', () => {
    const source = opened().source.value;
    const isOwn = (hash: string): boolean => isSourceOf(source, decodeLink(hash).link);
    expect(isOwn('#/replay?src=samples/sample.json&t=9')).toBe(true);
    expect(isOwn('#/replay?src=other.json')).toBe(false);
    expect(isOwn('#/sim')).toBe(false);
  });
});
