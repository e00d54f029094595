// kadscope routing: asks a DHT, with the verbs of `ipfs routing`.
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { fileError } from '../errors.ts';
import type { Io } from '../io.ts';
import { addClientOptions, plainFlags } from '../verbs/options.ts';
import type { RoutingFlags } from '../verbs/routing.ts';
import type * as TaskMakers from '../verbs/tasks.ts';
import type { Task } from '../verbs/tasks.ts';

type Flags = RoutingFlags & { readonly numProviders: number; readonly count: number };
type Tasks = typeof TaskMakers;

interface Verb {
  readonly words: string;
  readonly about: string;
  /** Makes the task; what is wrong with the arguments is said before anything is asked. */
  readonly task: (tasks: Tasks, args: readonly string[], flags: Flags) => Promise<Task> | Task;
}

const PROVIDERS = 20;
const COUNT_MAX = 10_000;

const VERBS: readonly Verb[] = [
  {
    words: 'findprovs <cid>',
    about: 'find those who provide content',
    task: (tasks, [cid], flags) => tasks.findProvidersTask(cid!, flags.numProviders),
  },
  {
    words: 'findpeer <peer>',
    about: 'find the addresses of a peer',
    task: (tasks, [peer]) => tasks.findPeerTask(peer!),
  },
  {
    words: 'get <key>',
    about: 'get the best value of a key such as /ipns/NAME',
    task: (tasks, [key]) => tasks.getTask(key!),
  },
  {
    words: 'put <key> <file>',
    about: 'store what is in a file under a key',
    task: async (tasks, [key, file]) => {
      tasks.recordKey(key!);
      const value = await readFile(file!).catch((error: unknown) => {
        throw fileError(error, file!);
      });
      return tasks.putTask(key!, new Uint8Array(value));
    },
  },
  {
    words: 'provide <cid>',
    about: 'announce that this node provides content',
    task: (tasks, [cid]) => tasks.provideTask(cid!),
  },
  {
    words: 'query <target>',
    about: 'find the nodes closest to a peer or to a CID',
    task: (tasks, [target]) => tasks.queryTask(target!),
  },
  {
    words: 'ping <peer>',
    about: 'ask a peer of the DHT whether it is there',
    task: (tasks, [peer], flags) => tasks.pingTask(peer!, flags.count),
  },
];

/** Adds the commands. What they need is loaded when they run. */
export function addRoutingCommand(program: Command, io: Io): void {
  const routing = program
    .command('routing')
    .description('ask a DHT: the verbs of ipfs routing, and a lookup in plain words');
  for (const verb of VERBS) {
    const command = addVerbOptions(routing.command(verb.words).description(verb.about));
    command.action(async (...all: unknown[]) => {
      const args = all.filter((one) => typeof one === 'string');
      const flags = plainFlags(command.opts<Flags>());
      const [tasks, { runRouting }] = await Promise.all([
        import('../verbs/tasks.ts'),
        import('../verbs/routing.ts'),
      ]);
      const task = await verb.task(tasks, args, flags);
      await runRouting(() => task, withListen(verb, flags), io);
    });
  }
  addBootstrap(routing, io);
}

function addBootstrap(routing: Command, io: Io): void {
  const command = routing
    .command('bootstrap')
    .description('get to know the network, as a node does that joins');
  addVerbOptions(command).action(async (flags: RoutingFlags) => {
    const [{ bootstrapTask }, { runRouting }] = await Promise.all([
      import('../verbs/tasks.ts'),
      import('../verbs/routing.ts'),
    ]);
    await runRouting(({ libp2p }) => bootstrapTask(() => libp2p.peerId), plainFlags(flags), io);
  });
}

function addVerbOptions(command: Command): Command {
  const name = command.name();
  addClientOptions(command)
    .addOption(
      new Option('--enc <type>', "json: Kubo's events, one a line").choices(['json', 'text']),
    )
    .option('-v, --verbose', 'print what happens on the way')
    .option('--json', 'print our own events, one a line')
    .option('--explain', 'tell the lookup in plain words, hop by hop')
    .option('--open', 'show the lookup in the studio');
  if (name === 'findprovs')
    command.option('-n, --num-providers <n>', 'find so many', count, PROVIDERS);
  if (name === 'ping') command.option('-n, --count <n>', 'how often', count, 1);
  if (name === 'get') command.option('-o, --output <file>', 'write the value to a file');
  if (name === 'provide') command.option('--stay', 'go on running, so that others can reach it');
  return command;
}

/** Whoever provides has to be reached by others. */
function withListen({ words }: Verb, flags: Flags): Flags {
  if (!words.startsWith('provide') || flags.listen !== undefined) return flags;
  return { ...flags, listen: ['/ip4/0.0.0.0/tcp/0'] };
}

function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= COUNT_MAX) return value;
  throw new InvalidArgumentError(`It must be a number from 1 to ${COUNT_MAX}.`);
}
