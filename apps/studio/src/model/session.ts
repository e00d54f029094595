// The one state that all views share: the trace, the play head, and what is selected. No DOM.
//
// Everything a view draws follows from these signals; everything a user does is a method here. A view
// never tells another view anything. `advance` is called once a frame by whoever owns the clock.
import { batch, computed, signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { Cursor, Trace } from '@kadscope/core/trace';
import type { LookupInfo, TraceState } from '@kadscope/core/trace';
import { advanceHead, nextSpeed, SPEED_MAX, SPEED_MIN } from './clock.ts';
import { FeaturedLookups } from './featured.ts';
import type { OperationRequest } from './protocol.ts';
import { findReference } from './reference.ts';
import type { ReferencePoint } from './reference.ts';
import {
  isSelectable,
  lookupOfSelection,
  nextReference,
  nodeOfSelection,
  sameSelection,
  toggled,
  toggledMark,
} from './selection.ts';
import type { PanelId, Reference, Selection, ViewId } from './selection.ts';
import { feed } from './source-feed.ts';
import type { StartedOperation, TraceSource } from './source.ts';
import { cursorAt, eventAt, neighbourLookup, stepAtNode, stepEvent, stepHop } from './stepping.ts';
import type { Direction } from './stepping.ts';
import { PINS_MAX, PREPARED_EVENTS, READ_MS } from './settings.ts';
import type { Notice, Theme, TimeRange } from './settings.ts';

export type { TimeRange } from './settings.ts';

/** How far the simulation runs ahead of the play head, in milliseconds of virtual time. */
export const AHEAD_MS = 2000;

const EMPTY = new Trace({ title: '', source: 'file', epochNs: 0n });

export class Session {
  /** The trace in view; replaced as a whole when a source is opened. */
  readonly trace: Signal<Trace> = signal(EMPTY);
  /** Grows whenever the trace does; read it to be told. */
  readonly revision: Signal<number> = signal(0);
  /** The time up to which the trace is complete. */
  readonly horizonMs: Signal<number> = signal(0);
  readonly source: Signal<TraceSource | null> = signal(null);

  /** How many events have been applied: the event "here" is `cursorIndex - 1`. */
  readonly cursorIndex: Signal<number> = signal(0);
  /** Continuous play time, from the event "here" up to the next one. */
  readonly timeMs: Signal<number> = signal(0);
  readonly playing: Signal<boolean> = signal(false);
  /** Virtual milliseconds per real millisecond, 1/1000 to 1000. */
  readonly speed: Signal<number> = signal(1 / 5);
  readonly direction: Signal<Direction> = signal(1);
  /** Play `range` (or the whole recording) again and again. */
  readonly loop: Signal<boolean> = signal(false);
  /** Equal spacing: one event after the other, whatever lies between them. */
  readonly eventTime: Signal<boolean> = signal(false);
  /** True while play waits for the simulation. */
  readonly isWaiting: Signal<boolean> = signal(false);
  /** The part that the timeline shows; `null` for all of it. */
  readonly range: Signal<TimeRange | null> = signal(null);
  readonly marks: Signal<readonly number[]> = signal([]);

  readonly selection: Signal<Selection | null> = signal(null);
  readonly hover: Signal<Selection | null> = signal(null);
  readonly pins: Signal<readonly Selection[]> = signal([]);
  /** The id of the lookup that was chosen; -1 lets the trace choose. */
  readonly lookupId: Signal<number> = signal(-1);
  /** Steps stay within the current lookup. */
  readonly follow: Signal<boolean> = signal(false);
  readonly reference: Signal<Reference> = signal('target');

  readonly view: Signal<ViewId> = signal('ruler');
  /** Shows the view as a table of the same facts. */
  readonly tableTwin: Signal<boolean> = signal(false);
  readonly panel: Signal<PanelId | null> = signal(null);
  readonly isInspectorOpen: Signal<boolean> = signal(true);
  readonly isCodeOpen: Signal<boolean> = signal(true);
  readonly theme: Signal<Theme> = signal('system');
  readonly singleKeys: Signal<boolean> = signal(true);
  readonly notice: Signal<Notice | null> = signal(null);

  /** The lookup in view: the chosen one, else the one that the trace features at the play head. */
  readonly currentLookup: ReadonlySignal<LookupInfo | null> = computed(() => {
    void this.revision.value;
    const chosen = this.lookupId.value;
    if (chosen >= 0) return this.trace.value.lookup(chosen) ?? null;
    return this.#featured.value.at(this.cursorIndex.value);
  });

  /** Where the ruler measures from; falls back to the target, then to the first node. */
  readonly referencePoint: ReadonlySignal<ReferencePoint | null> = computed(() => {
    void this.revision.value;
    const [lookup, selection] = [this.currentLookup.value, this.selection.value];
    return findReference(this.trace.value, this.reference.value, lookup, selection);
  });

  /** The head for what is read rather than watched: during play it moves five times a second. */
  readonly readCursor: Signal<number> = signal(0);
  /** The event "here", for reading. While a lookup is followed it is one of that lookup. */
  readonly eventHere: ReadonlySignal<number> = computed(() =>
    eventAt(this.readCursor.value, this.follow.value ? this.currentLookup.value : null),
  );

  readonly #featured = computed(() => new FeaturedLookups(this.trace.value));
  readonly #cursor = computed(() => new Cursor(this.trace.value));
  #fraction = 0;
  #unreadMs = 0;
  #letGo: () => void = () => {};

  /** The state of the network at the play head. Reading it inside an effect follows the head. */
  get state(): TraceState {
    const cursor = this.#cursor.value;
    cursor.seek(Math.min(this.cursorIndex.value, this.trace.value.length));
    return cursor.state;
  }

  /** Makes far seeks fast, a few milliseconds at a time; true when there is nothing left to do. */
  prepare(): boolean {
    return this.#cursor.peek().prepare(PREPARED_EVENTS);
  }

  // Sources

  /** Shows another source from its start; the old one is closed. */
  open(source: TraceSource): void {
    this.#letGo();
    this.#letGo = feed(this, source);
  }

  /** Runs an operation in the simulated network and moves the play head to its start. */
  async operate(request: OperationRequest): Promise<StartedOperation> {
    const network = this.source.peek()?.network ?? null;
    if (network === null)
      throw new Error('This trace is a recording: operations need a running simulation.');
    const started = await network.operate(request);
    batch(() => {
      this.letTraceChoose();
      this.seekTime(started.timeMs);
      this.play();
    });
    return started;
  }

  // Play

  play(direction: Direction = 1): void {
    batch(() => {
      this.direction.value = direction;
      if (!this.#canGo(direction))
        this.seekTime(direction === 1 ? this.#playRange().fromMs : this.#playRange().toMs);
      this.playing.value = true;
    });
  }

  pause(): void {
    this.playing.value = false;
    this.isWaiting.value = false;
    this.readCursor.value = this.cursorIndex.peek();
  }

  togglePlay(): void {
    if (this.playing.peek()) this.pause();
    else this.play(1);
  }

  /** Moves the play head by `elapsedMs` of real time, if it plays. */
  advance(elapsedMs: number): void {
    if (this.playing.peek()) this.#advanceHead(elapsedMs);
    this.#wantAhead();
  }

  setSpeed(speed: number): void {
    if (Number.isFinite(speed)) this.speed.value = Math.min(Math.max(speed, SPEED_MIN), SPEED_MAX);
  }

  changeSpeed(direction: Direction): void {
    this.setSpeed(nextSpeed(this.speed.peek(), direction));
  }

  toggleEventTime(): void {
    this.#fraction = 0;
    this.eventTime.value = !this.eventTime.peek();
  }

  // Steps and seeks. Each stops play: a step is for reading.

  stepEvent(direction: Direction): void {
    this.#stepTo(
      stepEvent(this.trace.peek(), this.cursorIndex.peek(), direction, this.#followed()),
    );
  }

  stepHop(direction: Direction): void {
    this.#stepTo(stepHop(this.trace.peek(), this.cursorIndex.peek(), direction, this.#followed()));
  }

  /** To the start of the next or previous lookup, which is then followed. */
  stepLookup(direction: Direction): void {
    const current = this.currentLookup.peek();
    const next = neighbourLookup(this.trace.peek(), this.cursorIndex.peek(), direction, current);
    if (next !== null) this.followLookup(next.id);
  }

  /** The next or previous event on the selected node, or on the origin of the current lookup. */
  stepOnNode(direction: Direction): void {
    const trace = this.trace.peek();
    const selection = this.selection.peek();
    const selected = selection === null ? -1 : nodeOfSelection(trace, selection);
    const node = selected >= 0 ? selected : (this.currentLookup.peek()?.node ?? -1);
    if (node >= 0) this.#stepTo(stepAtNode(trace, this.cursorIndex.peek(), direction, node));
  }

  /** Applies exactly the first `cursor` events. */
  seekIndex(cursor: number): void {
    const trace = this.trace.peek();
    const index = Math.min(Math.max(Math.trunc(cursor), 0), trace.length);
    batch(() => {
      this.#fraction = 0;
      this.cursorIndex.value = index;
      this.readCursor.value = index;
      this.timeMs.value = index === 0 ? 0 : trace.time(index - 1);
    });
  }

  /** Moves the head to a moment; the events at or before it are applied. */
  seekTime(timeMs: number): void {
    if (!Number.isFinite(timeMs)) return;
    const time = Math.min(Math.max(timeMs, 0), this.horizonMs.peek());
    batch(() => {
      this.#fraction = 0;
      this.timeMs.value = time;
      this.cursorIndex.value = cursorAt(this.trace.peek(), time);
      this.readCursor.value = this.cursorIndex.peek();
    });
  }

  // Attention

  select(selection: Selection | null): void {
    const trace = this.trace.peek();
    if (selection !== null && !isSelectable(trace, selection)) return;
    batch(() => {
      this.selection.value = selection;
      if (selection === null) return;
      const lookup = lookupOfSelection(trace, selection);
      if (lookup >= 0 && trace.lookup(lookup) !== undefined) this.lookupId.value = lookup;
    });
  }

  setHover(hover: Selection | null): void {
    if (!sameSelection(this.hover.peek(), hover)) this.hover.value = hover;
  }

  togglePin(): void {
    const selection = this.selection.peek();
    if (selection === null) return;
    this.pins.value = toggled(this.pins.peek(), selection, sameSelection, PINS_MAX);
  }

  toggleMark(): void {
    this.marks.value = toggledMark(this.marks.peek(), this.timeMs.peek());
  }

  /** Shows one lookup from its start and keeps steps within it. */
  followLookup(id: number): void {
    const lookup = this.trace.peek().lookup(id);
    if (lookup === undefined) return;
    batch(() => {
      this.pause();
      this.readLookup(id);
      this.selection.value = { kind: 'lookup', id };
      this.seekIndex(lookup.startEvent + 1);
    });
  }

  /** Keeps reading within a lookup from here on, without moving the head. */
  readLookup(id: number): void {
    if (this.trace.peek().lookup(id) === undefined) return;
    batch(() => {
      this.lookupId.value = id;
      this.follow.value = true;
    });
  }

  /** Gives up the lookup that was chosen. */
  letTraceChoose(): void {
    batch(() => {
      this.follow.value = false;
      this.lookupId.value = -1;
    });
  }

  toggleFollow(): void {
    const lookup = this.currentLookup.peek();
    batch(() => {
      this.follow.value = !this.follow.peek() && lookup !== null;
      this.lookupId.value = this.follow.peek() && lookup !== null ? lookup.id : -1;
    });
  }

  cycleReference(): void {
    this.reference.value = nextReference(this.reference.peek());
  }

  /** One step back out of what is open: the panel, then the notice, then the selection, then the lookup. */
  escape(): void {
    const open = [this.panel, this.notice, this.selection].find((one) => one.peek() !== null);
    if (open === undefined) this.letTraceChoose();
    else open.value = null;
  }

  notify(text: string, tone: Notice['tone'] = 'info'): void {
    this.notice.value = { tone, text };
  }

  // Inside

  #advanceHead(elapsedMs: number): void {
    const { fromMs, toMs } = this.#playRange();
    const play = {
      speed: this.speed.peek(),
      direction: this.direction.peek(),
      isEventTime: this.eventTime.peek(),
      startMs: fromMs,
      endMs: toMs,
    };
    const head = {
      cursor: this.cursorIndex.peek(),
      timeMs: this.timeMs.peek(),
      fraction: this.#fraction,
    };
    const next = advanceHead(this.trace.peek(), head, play, elapsedMs);
    batch(() => {
      this.#fraction = next.fraction;
      this.timeMs.value = next.timeMs;
      this.cursorIndex.value = next.cursor;
      this.#unreadMs += elapsedMs;
      if (this.#unreadMs >= READ_MS) {
        this.#unreadMs = 0;
        this.readCursor.value = next.cursor;
      }
      if (next.isAtEnd) this.#reachEnd(play.direction);
      else this.isWaiting.value = false;
    });
  }

  #reachEnd(direction: Direction): void {
    if (this.loop.peek()) {
      const { fromMs, toMs } = this.#playRange();
      this.seekTime(direction === 1 ? fromMs : toMs);
    } else if (direction === 1 && this.#isGrowing()) {
      this.isWaiting.value = true;
    } else {
      this.pause();
    }
  }

  #wantAhead(): void {
    const ahead = Math.max(AHEAD_MS, this.playing.peek() ? this.speed.peek() * 500 : 0);
    this.source.peek()?.want(this.timeMs.peek() + ahead);
  }

  #playRange(): TimeRange {
    const range = this.range.peek();
    const horizon = this.horizonMs.peek();
    if (range === null || !this.loop.peek()) return { fromMs: 0, toMs: horizon };
    return { fromMs: Math.max(0, range.fromMs), toMs: Math.min(horizon, range.toMs) };
  }

  #isGrowing(): boolean {
    return this.source.peek()?.isGrowing ?? false;
  }

  #canGo(direction: Direction): boolean {
    const { fromMs, toMs } = this.#playRange();
    if (direction === -1) return this.timeMs.peek() > fromMs;
    return this.timeMs.peek() < toMs || this.#isGrowing();
  }

  #followed(): LookupInfo | null {
    return this.follow.peek() ? this.currentLookup.peek() : null;
  }

  #stepTo(cursor: number): void {
    batch(() => {
      this.pause();
      this.seekIndex(cursor);
    });
  }
}

/** A session without a source. */
export function createSession(): Session {
  return new Session();
}
