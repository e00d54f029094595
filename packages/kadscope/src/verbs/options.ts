// The flags that all commands have which ask a network, and what they mean.
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { parseDuration } from './duration.ts';

/** What the command line says of the network, and of the node that asks it. */
export interface ClientFlags {
  readonly network?: string;
  readonly protocol?: string;
  /** Addresses; `false` for none. */
  readonly bootstrap?: readonly string[] | false;
  readonly connect?: readonly string[];
  readonly listen?: readonly string[];
  readonly data?: string;
  readonly memory?: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** A minute: a lookup on the public network takes a second or two, and joining it some more. */
const TIMEOUT_MS = 60_000;

/** Adds the flags. `timeoutMs`: the time that a command has unless told otherwise. */
export function addClientOptions(command: Command, timeoutMs: number = TIMEOUT_MS): Command {
  return command
    .option('--network <name>', 'ask a network of your own: /NAME/kad/1.0.0')
    .option('--protocol <id>', 'the same, by its protocol')
    .option('--connect <address>', 'connect to this node first; may be repeated', append)
    .option('--bootstrap <address>', 'begin with this node; may be repeated', append)
    .option('--no-bootstrap', 'begin with nobody but what --connect and --data know')
    .option('--listen <address>', 'let others reach this node at a multiaddr', append)
    .option('--data <folder>', 'use identity, records and routing table of a node')
    .option('--memory', 'a new identity each time (the default)')
    .option('--timeout <duration>', 'give up after a time such as 30s', parseDuration, timeoutMs);
}

/** Takes out what means nothing. Throws a `UsageError` at flags that exclude each other. */
export function plainFlags<Flags extends ClientFlags>(flags: Flags): Flags {
  if (flags.memory === true && flags.data !== undefined)
    throw new UsageError('--memory keeps nothing, so there is nothing to keep in --data');
  // `--no-x` makes `x` true when it is not given.
  const entries = Object.entries(flags).filter(
    ([name, value]) => name !== 'bootstrap' || value !== true,
  );
  return Object.fromEntries(entries) as Flags;
}

/** Collects what a flag that is repeated says. */
function append(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), value];
}
