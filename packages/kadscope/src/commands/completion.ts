// kadscope completion: what the shell needs to complete our commands and flags, made from the commands
// themselves.
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Io } from '../io.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

/** A command by its words, and what may follow. */
interface Level {
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly { readonly name: string; readonly description: string }[];
}

/** Adds the command. Add it last: it completes what is there. */
export function addCompletionCommand(program: Command, io: Io): void {
  program
    .command('completion')
    .description('print a script that lets the shell complete commands and flags')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .action((shell: Shell) => {
      const levels = levelsOf(program, []);
      io.out(shell === 'fish' ? fishScript(levels) : bashScript(levels, shell === 'zsh'));
    });
}

function levelsOf(command: Command, path: readonly string[]): Level[] {
  const level: Level = {
    path: path.join(' '),
    commands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
    flags: command.options.flatMap(({ long, description }) =>
      typeof long === 'string' ? [{ name: long, description }] : [],
    ),
  };
  return [level, ...command.commands.flatMap((child) => levelsOf(child, [...path, child.name()]))];
}

function bashScript(levels: readonly Level[], isZsh: boolean): string {
  const cases = levels.map(({ path, commands, flags }) => {
    const words = [...commands, ...flags].map(({ name }) => name).join(' ');
    return `    '${path}') words='${words}' ;;`;
  });
  const known = levels.map(({ path }) => `'${path}'`).join('|');
  return `${isZsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_kadscope() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' next words=''
  for next in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$next"
    case "$next" in ${known}) path="$next" ;; *) break ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _kadscope kadscope
`;
}

function fishScript(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, commands, flags }) => {
    const words = path === '' ? [] : path.split(' ');
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const others = commands.map(({ name }) => name).join(' ');
    const here = others === '' ? seen : [...seen, `not __fish_seen_subcommand_from ${others}`];
    const condition = here.length === 0 ? '' : ` -n '${here.join('; and ')}'`;
    return [
      ...commands.map(
        ({ name, description }) =>
          `complete -c kadscope${condition} -a ${name} -d '${quoted(description)}'`,
      ),
      ...flags.map(
        ({ name, description }) =>
          `complete -c kadscope${condition} -l ${name.slice(2)} -d '${quoted(description)}'`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return text.replaceAll("'", String.raw`\'`);
}
