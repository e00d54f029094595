// Source anchors: every step of the trace leads to the one place in the source that reports it.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STEP_IDS } from '@kadscope/core/trace';
import { readSources, stepIds } from './anchors-plugin.ts';
import { readStringList, resolveAnchors } from './anchors.ts';
import { highlight } from './highlight.ts';

const LOOKUPS = `// A file.
export class Lookups {
  readonly #trace: TraceSink | null = null;

  /**
   * A node answered.
   * It may know closer ones.
   */
  answered(lookup: number, now: number): void {
    if (this.#trace !== null) {
      this.#trace.step('lookup.answered', now, {
        node: lookup,
      });
    }
    this.heard.forEach((contact) => this.#trace?.step('lookup.heard', now, { node: contact }));
  }
}

// Ends it.
export function finish(trace: TraceSink, now: number): void {
  const event = trace.step('lookup.finished', now, { node: 1 });
  simulation.step();
}
`;

const file = { path: 'kademlia/lookup.ts', text: LOOKUPS };

describe('finding the call of a step', () => {
  const { anchors, problems } = resolveAnchors(
    [file],
    ['lookup.answered', 'lookup.heard', 'lookup.finished'],
  );

  it('names file, line, statement, method and its comment', () => {
    expect(problems).toEqual([]);
    expect(anchors.get('lookup.answered')).toEqual({
      id: 'lookup.answered',
      file: 'kademlia/lookup.ts',
      line: 11,
      statement: { from: 11, to: 13 },
      name: 'Lookups.answered',
      range: { from: 9, to: 16 },
      comment: 'A node answered.\nIt may know closer ones.',
    });
  });

  it('shows a callback within its method', () => {
    expect(anchors.get('lookup.heard')).toMatchObject({ name: 'Lookups.answered', line: 15 });
  });

  it('finds functions outside of classes, and passes over calls that only share the name', () => {
    expect(anchors.get('lookup.finished')).toMatchObject({
      name: 'finish',
      statement: { from: 21, to: 21 },
      range: { from: 20, to: 23 },
      comment: 'Ends it.',
    });
  });

  it('refuses ids that are not literals or not in the table, ids without a call, and ids with two', () => {
    const text =
      "sink.step(id, now, {});\nsink.step('b', now, {});\nstep('a', now, {});\nstep('a', now, {});\n";
    const found = resolveAnchors([{ path: 'x.ts', text }], ['a', 'c']);
    expect(found.missing).toEqual(['c']);
    expect(found.problems).toEqual([
      'x.ts:1: the id of a step must be a literal',
      "x.ts:2: 'b' is not a step",
      "the step 'a' is reported at 2 places (x.ts:3, x.ts:4); give each its own id",
    ]);
  });

  it('says where a file cannot be read', () => {
    expect(() =>
      resolveAnchors([{ path: 'x.ts', text: 'const a = 1;\nconst = 2;\n' }], []),
    ).toThrow(/^x\.ts:2: /);
  });
});

describe('colours', () => {
  it('are exact, and lose no character', () => {
    const lines = highlight(file);
    expect(lines.map((line) => line.map(([, text]) => text).join('')).join('\n')).toBe(LOOKUPS);
    expect(lines[10]).toEqual([
      ['', '      '],
      ['k', 'this'],
      ['', '.#trace.'],
      ['f', 'step'],
      ['', '('],
      ['s', "'lookup.answered'"],
      ['', ', now, {'],
    ]);
  });
});

describe('the source of this repository', () => {
  const files = readSources(fileURLToPath(new URL('../../../packages/core/src', import.meta.url)));

  it('lists the ids that the trace knows', () => {
    expect(stepIds(files)).toEqual([...STEP_IDS]);
    expect(() => readStringList(file, 'STEP_IDS')).toThrow(
      'declares no list of strings named STEP_IDS',
    );
  });

  it('reports every step at exactly one place', () => {
    const { problems, missing } = resolveAnchors(files, stepIds(files));
    expect({ problems, missing }).toEqual({ problems: [], missing: [] });
  });
});
