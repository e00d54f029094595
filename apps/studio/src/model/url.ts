// The session as a link: `#/sim?seed=1&n=200&t=1203.5&sel=node:7&view=ruler`, and back.
//
// The hash works from a file, from a sub-path and from an IPFS gateway. Decoding is total: a bad value
// is left out and named in `problems`, so a mistyped link still opens.
import { SPEED_MAX, SPEED_MIN } from './clock.ts';
import { PANELS, REFERENCES, SELECTION_KINDS, VIEWS } from './selection.ts';
import type { PanelId, Reference, Selection, ViewId } from './selection.ts';

/** The profiles that a link can ask for. */
export const PROFILES = ['paper', 'amino'] as const;

/** The simulation of a link; what is absent takes the scenario's default. */
export interface LinkScenario {
  readonly seed?: number;
  readonly nodes?: number;
  readonly profile?: (typeof PROFILES)[number];
}

/** Everything a link can hold. Absent means the default. */
export interface Link {
  readonly route: 'sim' | 'replay' | 'live';
  /** For `live`: what the node that is watched printed. */
  readonly token?: string;
  readonly scenario?: LinkScenario;
  /** A recording to load, relative to the page. */
  readonly src?: string;
  readonly timeMs?: number;
  /** Exactly how many events are applied, where the time alone does not say (several at one moment). */
  readonly cursor?: number;
  readonly selection?: Selection;
  readonly lookup?: number;
  readonly follow?: boolean;
  readonly reference?: Reference;
  readonly view?: ViewId;
  readonly table?: boolean;
  readonly panel?: PanelId;
  readonly speed?: number;
  readonly eventTime?: boolean;
  readonly range?: readonly [number, number];
}

export interface DecodedLink {
  readonly link: Link;
  /** One sentence for each value that was left out. */
  readonly problems: readonly string[];
}

/** The largest simulation that a link may start without being asked. */
const LINK_NODES_MAX = 100_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Reader {
  readonly parameters: URLParameters;
  readonly problems: string[];
}

/** The little of `URLSearchParams` that both directions need; the model has no DOM. */
type URLParameters = ReadonlyMap<string, string>;

/** Reads a hash, with or without its `#`. */
export function decodeLink(hash: string): DecodedLink {
  const problems: string[] = [];
  const text = hash.replace(/^#/, '');
  const split = text.indexOf('?');
  const path = split < 0 ? text : text.slice(0, split);
  const reader: Reader = {
    parameters: parseParameters(split < 0 ? '' : text.slice(split + 1), problems),
    problems,
  };
  const route = ROUTES.find((one) => path === `/${one}`) ?? 'sim';
  if (path !== '' && path !== '/' && path !== `/${route}`)
    problems.push(`There is no page '${path}'; this is the simulation.`);
  const link: Mutable<Link> = { route };
  if (route === 'sim') readScenario(reader, link);
  else if (route === 'replay') readSource(reader, link);
  else readToken(reader, link);
  readPlace(reader, link);
  readLook(reader, link);
  return { link, problems };
}

/** The hash of a link, with its `#`. Defaults are left out by leaving their field out. */
export function encodeLink(link: Link): string {
  const pairs: [string, string | number | undefined][] = [
    ['src', link.route === 'replay' ? link.src : undefined],
    ['token', link.route === 'live' ? link.token : undefined],
    ['seed', link.route === 'sim' ? link.scenario?.seed : undefined],
    ['n', link.route === 'sim' ? link.scenario?.nodes : undefined],
    ['profile', link.route === 'sim' ? link.scenario?.profile : undefined],
    ['t', link.timeMs],
    ['i', link.cursor],
    [
      'sel',
      link.selection === undefined ? undefined : `${link.selection.kind}:${link.selection.id}`,
    ],
    ['lookup', link.lookup],
    ['follow', flag(link.follow)],
    ['ref', link.reference],
    ['view', link.view],
    ['table', flag(link.table)],
    ['panel', link.panel],
    ['speed', link.speed],
    ['even', flag(link.eventTime)],
    ['r', link.range?.join('~')],
  ];
  const query = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeValue(String(value))}`],
  );
  return `#/${link.route}${query.length === 0 ? '' : '?'}${query.join('&')}`;
}

function readScenario(reader: Reader, link: Mutable<Link>): void {
  const scenario: Mutable<LinkScenario> = {};
  assign(scenario, 'seed', readWhole(reader, 'seed', [0, Number.MAX_SAFE_INTEGER]));
  assign(scenario, 'nodes', readWhole(reader, 'n', [2, LINK_NODES_MAX]));
  assign(scenario, 'profile', readWord(reader, 'profile', PROFILES));
  if (Object.keys(scenario).length > 0) link.scenario = scenario;
}

function readSource(reader: Reader, link: Mutable<Link>): void {
  const src = reader.parameters.get('src');
  if (src === undefined) return;
  // A link must not make the page load from elsewhere: no scheme, no host, no way up.
  if (/^[\w][\w./-]*$/.test(src) && !src.includes('..') && !src.includes('//')) link.src = src;
  else reader.problems.push(`'src' must be a path below this page, not '${src}'.`);
}

function readToken(reader: Reader, link: Mutable<Link>): void {
  const token = reader.parameters.get('token');
  if (token !== undefined && /^[0-9a-f]{1,64}$/.test(token)) link.token = token;
  else
    reader.problems.push(
      'A live link needs the token of the node: open the address that the node printed.',
    );
}

function readPlace(reader: Reader, link: Mutable<Link>): void {
  assign(link, 'timeMs', readNumber(reader, 't', [0, TIME_MAX_MS]));
  assign(link, 'cursor', readWhole(reader, 'i', [0, EVENT_MAX]));
  assign(link, 'lookup', readWhole(reader, 'lookup', [0, EVENT_MAX]));
  assign(link, 'follow', readFlag(reader, 'follow'));
  assign(link, 'selection', readSelection(reader));
  assign(link, 'range', readRange(reader));
}

function readLook(reader: Reader, link: Mutable<Link>): void {
  assign(link, 'reference', readWord(reader, 'ref', REFERENCES));
  assign(link, 'view', readWord(reader, 'view', VIEWS));
  assign(link, 'table', readFlag(reader, 'table'));
  assign(link, 'panel', readWord(reader, 'panel', PANELS));
  assign(link, 'speed', readNumber(reader, 'speed', [SPEED_MIN, SPEED_MAX]));
  assign(link, 'eventTime', readFlag(reader, 'even'));
}

type Bounds = readonly [least: number, most: number];

function readWhole(reader: Reader, name: string, bounds: Bounds): number | undefined {
  return readNumber(reader, name, bounds, true);
}

function readNumber(
  reader: Reader,
  name: string,
  [least, most]: Bounds,
  isWhole = false,
): number | undefined {
  const text = reader.parameters.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  const isNumber = /^\d+(?:\.\d+)?(?:e-?\d+)?$/.test(text) && value >= least && value <= most;
  if (isNumber && (!isWhole || Number.isSafeInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  reader.problems.push(`'${name}' must be ${kind} from ${least} to ${most}, not '${text}'.`);
  return undefined;
}

function readWord<T extends string>(
  reader: Reader,
  name: string,
  words: readonly T[],
): T | undefined {
  const text = reader.parameters.get(name);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined)
    reader.problems.push(`'${name}' must be one of ${words.join(', ')}, not '${text}'.`);
  return word;
}

function readFlag(reader: Reader, name: string): boolean | undefined {
  const word = readWord(reader, name, ['1', '0']);
  return word === undefined ? undefined : word === '1';
}

function readSelection(reader: Reader): Selection | undefined {
  const text = reader.parameters.get('sel');
  if (text === undefined) return undefined;
  const [kindText, idText, ...rest] = text.split(':');
  const kind = SELECTION_KINDS.find((candidate) => candidate === kindText);
  if (kind !== undefined && rest.length === 0 && /^\d{1,9}$/.test(idText ?? ''))
    return { kind, id: Number(idText) };
  reader.problems.push(`'sel' must be a kind and a number like node:7, not '${text}'.`);
  return undefined;
}

function readRange(reader: Reader): readonly [number, number] | undefined {
  const text = reader.parameters.get('r');
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)~(\d+(?:\.\d+)?)$/.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (from < to && to <= TIME_MAX_MS) return [from, to];
  reader.problems.push(`'r' must be two times in milliseconds like 0~5000, not '${text}'.`);
  return undefined;
}

function parseParameters(query: string, problems: string[]): URLParameters {
  const parameters = new Map<string, string>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = unescapeValue(equals < 0 ? '' : part.slice(equals + 1));
    if (!NAMES.has(name)) problems.push(`The link has a part '${name}' that means nothing here.`);
    else if (value === null) problems.push(`'${name}' is not written as a link writes it.`);
    else parameters.set(name, value);
  }
  return parameters;
}

/** Percent-encodes what would end a value or read badly; `:` `/` `~` stay as they are. */
function escapeValue(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%7E', '~');
}

function unescapeValue(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function assign<T, K extends keyof T>(target: T, name: K, value: T[K] | undefined): void {
  if (value !== undefined) target[name] = value;
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

const ROUTES = ['sim', 'replay', 'live'] as const;

const NAMES = new Set([
  'token',
  'src',
  'seed',
  'n',
  'profile',
  't',
  'i',
  'sel',
  'lookup',
  'follow',
  'ref',
  'view',
  'table',
  'panel',
  'speed',
  'even',
  'r',
]);

/** A hundred years: beyond it a time is a mistake. */
const TIME_MAX_MS = 3.2e12;

/** The most events that any trace can have: indices are 32-bit. */
const EVENT_MAX = 2 ** 31 - 1;
