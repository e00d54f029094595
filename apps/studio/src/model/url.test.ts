import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PANELS, REFERENCES, SELECTION_KINDS, VIEWS } from './selection.ts';
import { decodeLink, encodeLink, PROFILES } from './url.ts';
import type { Link } from './url.ts';

const index = fc.nat({ max: 1_000_000 });
const timeMs = fc
  .double({ min: 0, max: 1e9, noNaN: true })
  .map((value) => Math.abs(Math.round(value * 1e6) / 1e6));

/** Any link, with any of its parts absent. */
const links: fc.Arbitrary<Link> = fc
  .record(
    {
      route: fc.constantFrom('sim' as const, 'replay' as const),
      scenario: fc.record(
        {
          seed: index,
          nodes: fc.integer({ min: 2, max: 100_000 }),
          profile: fc.constantFrom(...PROFILES),
        },
        { requiredKeys: ['seed'] },
      ),
      src: fc.constantFrom('trace.json', 'traces/lotr.netvis', 'a-b_c.ndjson'),
      timeMs,
      cursor: index,
      selection: fc.record({ kind: fc.constantFrom(...SELECTION_KINDS), id: index }),
      lookup: index,
      follow: fc.boolean(),
      reference: fc.constantFrom(...REFERENCES),
      view: fc.constantFrom(...VIEWS),
      table: fc.boolean(),
      panel: fc.constantFrom(...PANELS),
      speed: fc.constantFrom(0.001, 0.2, 1, 1000),
      eventTime: fc.boolean(),
      range: fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1001, max: 100_000 })),
    },
    { requiredKeys: ['route'] },
  )
  .map(({ scenario, src, ...rest }) =>
    rest.route === 'sim'
      ? { ...rest, ...(scenario && { scenario }) }
      : { ...rest, ...(src && { src }) },
  );

describe('a link', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(links, (link) => {
        expect(decodeLink(encodeLink(link))).toEqual({ link, problems: [] });
      }),
    );
  });

  test('can be any text: what is wrong is left out and named, and nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `#/sim?t=${text}&sel=${text}&${text}`),
        ),
        (text) => {
          const { link, problems } = decodeLink(text);
          expect(['sim', 'replay']).toContain(link.route);
          // What was understood can be written and read again.
          expect(decodeLink(encodeLink(link)).link).toEqual(link);
          for (const problem of problems) expect(problem).toMatch(/\.$/);
        },
      ),
    );
  });

  test.each([
    ['#/sim?t=soon', "'t' must be a number from 0 to 3200000000000, not 'soon'."],
    ['#/sim?t=-1', "'t' must be a number from 0 to 3200000000000, not '-1'."],
    ['#/sim?n=1', "'n' must be a whole number from 2 to 100000, not '1'."],
    ['#/sim?n=1000000000', "'n' must be a whole number from 2 to 100000, not '1000000000'."],
    ['#/sim?sel=node', "'sel' must be a kind and a number like node:7, not 'node'."],
    ['#/sim?view=map', "'view' must be one of ruler, ring, events, not 'map'."],
    ['#/sim?r=9~3', "'r' must be two times in milliseconds like 0~5000, not '9~3'."],
    ['#/sim?colour=red', "The link has a part 'colour' that means nothing here."],
    ['#/sim?seed=%E0%A4%A', "'seed' is not written as a link writes it."],
    ['#/nowhere', "There is no page '/nowhere'; this is the simulation."],
  ])('%s says what is wrong', (hash, problem) => {
    expect(decodeLink(hash).problems).toEqual([problem]);
  });

  test.each([
    'https://elsewhere.example/x.json',
    '//elsewhere.example/x',
    '../secret.json',
    '/etc/passwd',
    'javascript:1',
  ])('does not load %s', (src) => {
    const { link, problems } = decodeLink(`#/replay?src=${encodeURIComponent(src)}`);
    expect(link.src).toBeUndefined();
    expect(problems).toHaveLength(1);
  });
});
