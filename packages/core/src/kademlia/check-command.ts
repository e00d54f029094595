// What callers can get wrong in a command, said before anything happens.
import type { KeyHandle } from '../keyspace/key-table.ts';
import { checkContact } from './check-options.ts';
import type { Context } from './context.ts';
import type { Command } from './operation.ts';

type RecordCommand = Extract<Command, { contacts?: readonly KeyHandle[] }>;

/** Throws a `RangeError` that says what is wrong with a command, or with its time, if anything is. */
export function checkCommand(command: Command, context: Context, now: number): void {
  const { keys, self } = context;
  if (!Number.isFinite(now)) throw new RangeError(`now is ${String(now)}; expected milliseconds`);
  self.check(command.node);
  switch (command.kind) {
    case 'findNode':
      checkPoint('target', command.target, keys.keyBytes);
      return;
    case 'findPeer':
    case 'ping':
      checkContact('peer', command.peer, keys);
      return;
    case 'bootstrap':
      checkContacts('seed', command.seeds, context);
      return;
    case 'refresh':
      for (const bucket of listOf('buckets', command.buckets))
        checkCount('a bucket', bucket, [0, keys.keyBits - 1], true);
      return;
    case 'explore':
      checkPoint('prefix', command.prefix, keys.keyBytes);
      checkCount('length', command.length, [0, keys.keyBits], true);
      checkOptional('parallel', command.parallel, [1, 1_000], true);
      checkOptional('requestsPerSecond', command.requestsPerSecond, [0.001, 1e9], false);
      return;
    default:
      checkRecordCommand(command, context);
  }
}

/** Commands about records, for which callers may know whom to ask. */
function checkRecordCommand(command: RecordCommand, context: Context): void {
  switch (command.kind) {
    case 'provideMany':
      for (const key of listOf('keys', command.keys)) checkBytes('a key', key);
      if (command.after !== undefined) checkPoint('after', command.after, context.keys.keyBytes);
      break;
    case 'getValue':
      checkBytes('key', command.key);
      checkOptional('quorum', command.quorum, [0, Number.MAX_SAFE_INTEGER], true);
      break;
    case 'findProviders':
      checkBytes('key', command.key);
      checkOptional('count', command.count, [0, Number.MAX_SAFE_INTEGER], true);
      break;
    case 'putValue':
      checkBytes('key', command.key);
      checkBytes('value', command.value);
      break;
    case 'provide':
      checkBytes('key', command.key);
      break;
    default:
      throw new RangeError(`there is no command '${(command as Command).kind}'`);
  }
  if (command.contacts === undefined) return;
  checkContacts('contact', command.contacts, context);
  checkUnique(command.contacts);
}

function listOf<T>(name: string, list: readonly T[]): readonly T[] {
  if (!Array.isArray(list)) throw new RangeError(`${name} is ${typeOf(list)}; expected an array`);
  return list;
}

function checkBytes(name: string, value: Uint8Array): void {
  if (!(value instanceof Uint8Array))
    throw new RangeError(`${name} is ${typeOf(value)}; expected the bytes of a Uint8Array`);
}

function checkPoint(name: string, point: Uint8Array, bytes: number): void {
  checkBytes(name, point);
  if (point.length !== bytes)
    throw new RangeError(`${name} has ${point.length} bytes; keys have ${bytes}`);
}

function checkContacts(name: string, contacts: readonly KeyHandle[], { keys }: Context): void {
  for (const contact of listOf(`${name}s`, contacts)) checkContact(name, contact, keys);
}

function checkUnique(contacts: readonly KeyHandle[]): void {
  if (new Set(contacts).size === contacts.length) return;
  const twice = contacts.find((contact, i) => contacts.indexOf(contact) < i);
  throw new RangeError(`contact ${twice} is named twice`);
}

function checkCount(
  name: string,
  value: number,
  [least, most]: readonly [number, number],
  isWhole: boolean,
): void {
  const isNumber = typeof value === 'number' && value >= least && value <= most;
  if (!isNumber || (isWhole && !Number.isInteger(value)))
    throw new RangeError(
      `${name} is ${typeof value === 'number' ? value : typeof value}; expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
    );
}

/** A number that may be left out, but not be something else. */
function checkOptional(
  name: string,
  value: number | undefined,
  range: readonly [number, number],
  isWhole: boolean,
): void {
  if (value !== undefined) checkCount(name, value, range, isWhole);
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
