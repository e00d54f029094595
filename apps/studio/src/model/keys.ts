// The one registry of commands and their keys: the dispatcher, the help dialog, the command palette and
// the tests are made from it, so none of them can know a key that the others do not.

/** A command that a key, the palette or a button can run. */
export interface Command {
  readonly id: string;
  /** Strokes like `Space`, `Shift+ArrowLeft`, `Ctrl+K`; see `strokeOf`. */
  readonly keys: readonly string[];
  /** What it does, as a sentence without a full stop. */
  readonly help: string;
  readonly group: CommandGroup;
}

export const COMMAND_GROUPS = [
  'Play',
  'Step',
  'Time',
  'View',
  'Select',
  'Network',
  'Studio',
] as const;

export type CommandGroup = (typeof COMMAND_GROUPS)[number];

/** All commands, in the order in which help shows them. */
export const COMMANDS = [
  { id: 'play', keys: ['Space'], group: 'Play', help: 'Play or pause' },
  { id: 'reverse', keys: ['Shift+Space'], group: 'Play', help: 'Play backwards' },
  { id: 'slower', keys: ['-'], group: 'Play', help: 'Slower' },
  { id: 'faster', keys: ['+', '='], group: 'Play', help: 'Faster' },
  { id: 'loop', keys: ['O'], group: 'Play', help: 'Loop: play the visible time again and again' },
  {
    id: 'event-time',
    keys: ['E'],
    group: 'Play',
    help: 'Event time: every event takes equally long',
  },
  { id: 'event-back', keys: ['ArrowLeft'], group: 'Step', help: 'To the previous event' },
  { id: 'event-forward', keys: ['ArrowRight'], group: 'Step', help: 'To the next event' },
  {
    id: 'hop-back',
    keys: ['Shift+ArrowLeft'],
    group: 'Step',
    help: 'To the previous answer or failure',
  },
  {
    id: 'hop-forward',
    keys: ['Shift+ArrowRight'],
    group: 'Step',
    help: 'To the next answer or failure',
  },
  { id: 'lookup-back', keys: ['['], group: 'Step', help: 'To the previous lookup' },
  { id: 'lookup-forward', keys: [']'], group: 'Step', help: 'To the next lookup' },
  {
    id: 'node-back',
    keys: [','],
    group: 'Step',
    help: 'To the previous event on the selected node',
  },
  {
    id: 'node-forward',
    keys: ['.'],
    group: 'Step',
    help: 'To the next event on the selected node',
  },
  { id: 'start', keys: ['Home'], group: 'Time', help: 'To the start' },
  { id: 'end', keys: ['End'], group: 'Time', help: 'To the end of what is known' },
  { id: 'zoom-in', keys: ['W'], group: 'Time', help: 'Zoom the timeline in' },
  { id: 'zoom-out', keys: ['S'], group: 'Time', help: 'Zoom the timeline out' },
  { id: 'pan-back', keys: ['A'], group: 'Time', help: 'Move the timeline to earlier' },
  { id: 'pan-forward', keys: ['D'], group: 'Time', help: 'Move the timeline to later' },
  {
    id: 'fit',
    keys: ['F'],
    group: 'Time',
    help: 'Fit the timeline to the selection, or to everything',
  },
  { id: 'mark', keys: ['M'], group: 'Time', help: 'Mark this moment, or take the mark away' },
  { id: 'view-ruler', keys: ['1'], group: 'View', help: 'Show the XOR ruler' },
  { id: 'view-ring', keys: ['2'], group: 'View', help: 'Show the ring' },
  { id: 'view-events', keys: ['3'], group: 'View', help: 'Show the event table' },
  { id: 'table', keys: ['T'], group: 'View', help: 'Show the view as a table, or as a picture' },
  {
    id: 'reference',
    keys: ['R'],
    group: 'View',
    help: 'Measure from the next reference: target, origin, selected',
  },
  { id: 'code', keys: ['C'], group: 'View', help: 'Show or hide the source of this step' },
  { id: 'inspector', keys: ['I'], group: 'View', help: 'Show or hide the inspector' },
  { id: 'follow', keys: ['L'], group: 'Select', help: 'Follow the lookup: steps stay within it' },
  { id: 'lookups', keys: ['K'], group: 'Select', help: 'Choose a lookup' },
  { id: 'pin', keys: ['P'], group: 'Select', help: 'Pin the selection, or unpin it' },
  {
    id: 'select-here',
    keys: ['Enter'],
    group: 'Select',
    help: 'Select the event at the play head',
  },
  {
    id: 'escape',
    keys: ['Escape'],
    group: 'Select',
    help: 'Close what is open, then clear the selection',
  },
  { id: 'operations', keys: ['G'], group: 'Network', help: 'Run an operation' },
  { id: 'add-file', keys: ['N'], group: 'Network', help: 'Add a file to the network' },
  { id: 'open-file', keys: ['Ctrl+O'], group: 'Network', help: 'Open a trace file' },
  {
    id: 'commands',
    keys: ['Ctrl+K', '/'],
    group: 'Studio',
    help: 'Find a command, a node or a lookup',
  },
  { id: 'copy-link', keys: ['Y'], group: 'Studio', help: 'Copy a link to exactly this' },
  { id: 'theme', keys: ['Shift+D'], group: 'Studio', help: 'Dark or light' },
  { id: 'help', keys: ['?'], group: 'Studio', help: 'Show the keys' },
] as const satisfies readonly Command[];

export type CommandId = (typeof COMMANDS)[number]['id'];

/** The part of a keyboard event that a stroke is made of. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const COMMAND_OF_STROKE: ReadonlyMap<string, CommandId> = new Map(
  COMMANDS.flatMap((command) => command.keys.map((key): [string, CommandId] => [key, command.id])),
);

/** Keys that single-key shortcuts leave alone when they are switched off: no letter or sign is among them (WCAG 2.1.4). */
const ALWAYS = new Set(['Space', 'Shift+Space', 'Escape', 'Enter', 'Home', 'End']);

/**
 * The stroke of a key press: `Ctrl+` (or Command), `Alt+`, `Shift+`, then the key. Letters are upper
 * case; Shift is left out where it is what makes the sign (`?`, `+`).
 */
export function strokeOf(press: KeyPress): string {
  const key = press.key === ' ' ? 'Space' : press.key;
  const isLetter = /^[a-z]$/i.test(key);
  const name = isLetter ? key.toUpperCase() : key;
  const isSign = name.length === 1 && !isLetter;
  const control = press.ctrlKey || press.metaKey ? 'Ctrl+' : '';
  const alt = press.altKey ? 'Alt+' : '';
  return control + alt + (press.shiftKey && !isSign ? 'Shift+' : '') + name;
}

/** The command of a key press; `null` when there is none, or single keys are switched off. */
export function commandOf(press: KeyPress, singleKeys: boolean): CommandId | null {
  const stroke = strokeOf(press);
  if (!singleKeys && isSingleKey(stroke)) return null;
  return COMMAND_OF_STROKE.get(stroke) ?? null;
}

/** True for a stroke that a voice or a slip could produce: one letter, digit or sign, with or without Shift. */
export function isSingleKey(stroke: string): boolean {
  return !ALWAYS.has(stroke) && /^(?:Shift\+)?.$/u.test(stroke);
}

/** The command with an id. */
export function command(id: CommandId): Command {
  return COMMANDS.find((candidate) => candidate.id === id)!;
}

/** A stroke as people read it: `⇧ ←` for `Shift+ArrowLeft`. */
export function strokeLabel(stroke: string): string {
  return stroke
    .split(/\+(?=.)/u)
    .map((part) => LABELS[part] ?? part)
    .join(' ');
}

const LABELS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  Shift: '⇧',
  Escape: 'Esc',
  Enter: '↵',
  '-': '−',
};
