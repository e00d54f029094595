import { describe, expect, it } from 'vitest';
import { MESSAGE_KINDS, simpleRow, Trace } from '@kadscope/core/trace';
import type { EventType } from '@kadscope/core/trace';
import { FilteredEvents, NO_FILTER } from './event-filter.ts';
import type { EventFilter } from './event-filter.ts';

function small(): Trace {
  const trace = new Trace({ title: '', source: 'file', epochNs: 0n });
  trace.addNode({ id: 'Gandalf' });
  trace.addNode({ id: 'f00d', label: 'Legolas' });
  const add = (type: EventType, node: number, rest: object = {}): number =>
    trace.append({ ...simpleRow(trace.length, type, node), ...rest });
  add('nodeEntered', 0);
  add('messageSent', 0, { peer: 1, kind: MESSAGE_KINDS.indexOf('find-node'), lookup: 4 });
  add('requestFailed', 0, {
    peer: 1,
    kind: MESSAGE_KINDS.indexOf('find-node'),
    detail: 'timeout',
    lookup: 4,
  });
  add('contactRemoved', 0, { peer: 1 });
  return trace;
}

function rows(trace: Trace, filter: Partial<EventFilter>): number[] {
  const events = new FilteredEvents(trace, { ...NO_FILTER, ...filter });
  return Array.from({ length: events.length }, (_, row) => events.at(row));
}

describe('the filter of the event table', () => {
  const trace = small();

  it('lets everything through when nothing is asked for', () => {
    expect(rows(trace, {})).toEqual([0, 1, 2, 3]);
  });

  it('finds words in types, kinds, reasons and names, whatever their case', () => {
    expect(rows(trace, { text: 'LEGOLAS' })).toEqual([1, 2, 3]);
    expect(rows(trace, { text: 'find-node' })).toEqual([1, 2]);
    expect(rows(trace, { text: 'find-node timeout' })).toEqual([2]);
    expect(rows(trace, { text: 'entered' })).toEqual([0]);
    expect(rows(trace, { text: 'nothing' })).toEqual([]);
    // In the sentence only, and together with a word of a column.
    expect(rows(trace, { text: 'routing table' })).toEqual([3]);
    expect(rows(trace, { text: 'legolas routing' })).toEqual([3]);
  });

  it('combines kinds of events, a node and a lookup', () => {
    expect(rows(trace, { group: 'tables' })).toEqual([3]);
    expect(rows(trace, { lookup: 4 })).toEqual([1, 2]);
    expect(rows(trace, { node: 1, group: 'messages' })).toEqual([1, 2]);
    expect(rows(trace, { node: 1, lookup: 4, text: 'timeout' })).toEqual([2]);
  });

  it('takes in what the trace gains, new names included, and knows the row of an event', () => {
    const growing = small();
    const events = new FilteredEvents(growing, { ...NO_FILTER, text: 'boromir' });
    expect(events.length).toBe(0);
    growing.addNode({ id: 'Boromir' });
    growing.append(simpleRow(9, 'nodeEntered', 2));
    events.update();
    expect([events.length, events.at(0)]).toEqual([1, 4]);
    expect([events.rowOf(3), events.rowOf(4)]).toEqual([-1, 0]);
  });
});
