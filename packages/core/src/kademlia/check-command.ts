// What callers can get wrong in a command, said before anything happens.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import type { Command } from './operation.ts';

/** Throws a `RangeError` that says what is wrong with a command, if anything is. */
export function checkCommand(command: Command, context: Context): void {
  const { keys, self } = context;
  if (!self.has(command.node)) throw new RangeError(`there is no node ${command.node}`);
  switch (command.kind) {
    case 'findNode':
      checkPoint('target', command.target, keys.keyBytes);
      return;
    case 'findPeer':
    case 'ping':
      checkContacts('peer', [command.peer], context);
      return;
    case 'bootstrap':
      checkContacts('seed', command.seeds, context);
      return;
    case 'refresh':
      for (const bucket of command.buckets)
        checkCount('a bucket', bucket, [0, keys.keyBits - 1], true);
      return;
    case 'explore':
      checkPoint('prefix', command.prefix, keys.keyBytes);
      checkCount('length', command.length, [0, keys.keyBits], true);
      checkCount('parallel', command.parallel ?? 1, [1, 1_000], true);
      checkCount('requestsPerSecond', command.requestsPerSecond ?? 1, [0.001, 1e9], false);
      return;
    case 'provideMany':
      if (command.after !== undefined) checkPoint('after', command.after, keys.keyBytes);
      break;
    case 'getValue':
      checkCount('quorum', command.quorum ?? 0, [0, Number.MAX_SAFE_INTEGER], true);
      break;
    case 'findProviders':
      checkCount('count', command.count ?? 0, [0, Number.MAX_SAFE_INTEGER], true);
      break;
    case 'putValue':
    case 'provide':
      break;
  }
  checkContacts('contact', command.contacts ?? [], context);
  checkUnique(command.contacts ?? []);
}

function checkPoint(name: string, point: Uint8Array, bytes: number): void {
  if (point.length !== bytes)
    throw new RangeError(`${name} has ${point.length} bytes; keys have ${bytes}`);
}

function checkContacts(name: string, contacts: readonly KeyHandle[], { keys }: Context): void {
  for (const contact of contacts)
    if (keys.references(contact) === 0)
      throw new RangeError(`${name} ${contact} is no key that the key table holds`);
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
  if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value)))
    throw new RangeError(
      `${name} is ${value}; expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
    );
}
