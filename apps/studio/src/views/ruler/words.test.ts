import { createTrace, parseScenario, Simulation } from '@kadscope/core/sim';
import { expect, test } from 'vitest';
import { studioScenario } from '../../model/default-scenario.ts';
import { pictureLookup } from '../../model/lookup-picture.ts';
import { createSession } from '../../model/session.ts';
import { FileSource } from '../../model/source.ts';
import { finding } from './words.ts';

test('the finding says why a lookup ended, and claims no confirmation that there was not', () => {
  const scenario = parseScenario(studioScenario());
  const trace = createTrace(scenario);
  new Simulation(scenario, trace).runUntil(3000);
  const session = createSession();
  session.open(new FileSource('a run', trace));
  session.seekIndex(trace.length);
  const say = (id: number): string => finding(session, pictureLookup(trace, trace.lookup(id)!));
  const ends = trace.lookups.map(({ endEvent }) =>
    endEvent < 0 ? '' : trace.words[trace.get('detail', endEvent)],
  );
  const early = ends.flatMap((end, id) => (end === 'satisfied' ? [id] : []));
  expect(early.length).toBeGreaterThan(2);
  for (const id of early) {
    expect(say(id)).toMatch(
      /^Node \d+ (named a provider|named the peer|gave the value) after \d+ ms, so the lookup stopped/,
    );
    expect(say(id)).not.toMatch(/confirmed|asking all the others/);
  }
  expect(say(early[0]!)).toBe(
    'Node 97 named a provider after 148 ms, so the lookup stopped; 2 requests were still open.',
  );
  expect(say(ends.indexOf('closest-answered'))).toMatch(/^The closest node was known after/);
});
