// Play, step, speed: the controls above the timeline, each a command of the registry.
import { useComputed } from '@preact/signals';
import type { VNode } from 'preact';
import { SPEEDS } from '../../model/clock.ts';
import { clockTime, speedLabel } from '../../model/format.ts';
import { HISTOGRAM_CLASSES } from '../../model/histogram.ts';
import type { HistogramClass } from '../../model/histogram.ts';
import { command, strokeLabel } from '../../model/keys.ts';
import type { CommandId } from '../../model/keys.ts';
import { goLive, isLive } from '../../model/live-edge.ts';
import { visibleRange } from '../../model/range.ts';
import type { Session } from '../../model/session.ts';
import { runCommand } from '../../ui/commands.ts';
import { ClassGlyph } from '../../ui/glyph.tsx';
import { Icon } from '../../ui/icons.tsx';
import type { IconName } from '../../ui/icons.tsx';
import { grouped } from '../../ui/words.ts';
import { messageTimes } from './scene.ts';

interface Props {
  readonly session: Session;
}

export function Transport({ session }: Props): VNode {
  const isPlaying = session.playing.value;
  return (
    <div class="transport">
      <div class="transport-group" role="group" aria-label="Steps">
        <CommandButton session={session} id="lookup-back" icon="lookup-back" />
        <CommandButton session={session} id="hop-back" icon="hop-back" />
        <CommandButton session={session} id="event-back" icon="event-back" />
        <button
          class="button is-primary play"
          onClick={() => session.togglePlay()}
          title={hint('play')}
        >
          <Icon name={isPlaying ? 'pause' : 'play'} />
          {isPlaying ? 'Pause' : 'Play'}
        </button>
        <CommandButton session={session} id="event-forward" icon="event-forward" />
        <CommandButton session={session} id="hop-forward" icon="hop-forward" />
        <CommandButton session={session} id="lookup-forward" icon="lookup-forward" />
      </div>
      {session.source.value?.kind === 'live' && <LiveButton session={session} />}
      <Readout session={session} />
      <Speed session={session} />
      <div class="transport-group ways" role="group" aria-label="Ways to play">
        <CommandButton
          session={session}
          id="reverse"
          icon="reverse"
          isOn={isPlaying && session.direction.value === -1}
          isWide
        />
        <CommandButton session={session} id="loop" icon="loop" isOn={session.loop.value} />
        <CommandButton
          session={session}
          id="event-time"
          icon="even"
          isOn={session.eventTime.value}
          isWide
        />
        <CommandButton
          session={session}
          id="follow"
          icon="follow"
          isOn={session.follow.value}
          label="Follow lookup"
          isDisabled={session.currentLookup.value === null}
        />
      </div>
      <Legend session={session} />
      <div class="transport-group only-wide" role="group" aria-label="Zoom">
        <CommandButton session={session} id="zoom-out" icon="zoomOut" />
        <CommandButton session={session} id="zoom-in" icon="zoomIn" />
      </div>
    </div>
  );
}

interface CommandButtonProps extends Props {
  readonly id: CommandId;
  readonly icon: IconName;
  /** Makes it a switch. */
  readonly isOn?: boolean;
  readonly label?: string;
  readonly isWide?: boolean;
  readonly isDisabled?: boolean;
}

function CommandButton({
  session,
  id,
  icon,
  isOn,
  label,
  isWide = false,
  isDisabled = false,
}: CommandButtonProps): VNode {
  return (
    <button
      class={`button is-quiet ${label === undefined ? 'is-icon' : ''} ${isWide ? 'only-wide' : ''}`}
      aria-label={label ?? command(id).help}
      {...(isOn === undefined ? {} : { 'aria-pressed': isOn })}
      title={hint(id)}
      disabled={isDisabled}
      onClick={() => runCommand(session, id)}
    >
      <Icon name={icon} />
      {label !== undefined && <span class="label">{label}</span>}
    </button>
  );
}

/** Says whether the present is shown, and leads there. */
function LiveButton({ session }: Props): VNode {
  const isNow = useComputed(() => isLive(session)).value;
  const isOver = !session.source.value!.isGrowing;
  return (
    <button
      class={`button live ${isNow ? 'is-on' : ''}`}
      aria-pressed={isNow}
      disabled={isOver}
      title={
        isOver ? 'The nodes have stopped' : isNow ? 'This is happening now' : 'Back to the present'
      }
      onClick={() => goLive(session)}
    >
      <span class="live-dot" aria-hidden="true" />
      Live
    </button>
  );
}

/** The tooltip of a command: what it does and its key. */
function hint(id: CommandId): string {
  const { help, keys } = command(id);
  return keys.length === 0 ? help : `${help}  (${strokeLabel(keys[0]!)})`;
}

function Readout({ session }: Props): VNode {
  const time = useComputed(() => clockTime(session.timeMs.value));
  const event = useComputed(() => grouped(session.cursorIndex.value));
  const count = useComputed(() => {
    void session.revision.value;
    return grouped(session.trace.value.length);
  });
  return (
    <div class="readout">
      <output class="readout-time" aria-label="Time">
        {time}
      </output>
      <span class="readout-event dim only-wide">
        event {event} of {count}
      </span>
      {session.isWaiting.value && session.source.value?.kind === 'simulation' && (
        <span class="dim">waiting for the simulation</span>
      )}
    </div>
  );
}

function Speed({ session }: Props): VNode {
  const speed = session.speed.value;
  const nearest = SPEEDS.reduce(
    (best, stop, i) => (ratio(stop, speed) < ratio(SPEEDS[best]!, speed) ? i : best),
    0,
  );
  return (
    <label class="speed" title={`Slower (${strokeLabel('-')}), faster (+)`}>
      <span class="visually-hidden">Speed</span>
      <input
        type="range"
        min={0}
        max={SPEEDS.length - 1}
        step={1}
        value={nearest}
        aria-valuetext={`${speedLabel(speed)} of real time`}
        onInput={(event) => session.setSpeed(SPEEDS[Number(event.currentTarget.value)]!)}
      />
      <output class="tabular">{speedLabel(speed)}</output>
    </label>
  );
}

function ratio(a: number, b: number): number {
  return Math.abs(Math.log(a / b));
}

/** The classes of a network that speaks Kademlia. */
const KADEMLIA: ReadonlySet<HistogramClass> = new Set<HistogramClass>([
  'find',
  'get',
  'announce',
  'put',
  'ping',
  'failed',
]);

/** The colours by name, with what they count in the visible time. */
function Legend({ session }: Props): VNode {
  void session.revision.value;
  const { fromMs, toMs } = visibleRange(session);
  const times = messageTimes(session.trace.value);
  const isRecording = session.source.value?.kind === 'file';
  const names = HISTOGRAM_CLASSES.filter(
    (name) => (!isRecording && KADEMLIA.has(name)) || times.total(name, 0, Infinity) > 0,
  );
  return (
    <ul class="legend" aria-label="Messages in the visible time">
      {names.map((name) => (
        <li key={name} title={`${grouped(times.total(name, fromMs, toMs))} in the visible time`}>
          <ClassGlyph of={name} />
          {name}
        </li>
      ))}
    </ul>
  );
}
