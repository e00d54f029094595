// What a repository rule is. Every rule carries samples of what it forbids, so that a rule which
// has silently stopped to work fails like any other broken thing.
import { Source } from './source.ts';

export interface Rule {
  /** A sentence; it is what a violation message ends with. */
  readonly name: string;
  readonly applies: (file: Source) => boolean;
  /** One message for each violation, beginning with the place. */
  readonly check: (file: Source) => readonly string[];
  /** Files, as path and text, each of which breaks the rule. */
  readonly bad: readonly Sample[];
  /** Near misses that the rule must let pass. */
  readonly good: readonly Sample[];
}

type Sample = readonly [path: string, text: string];

export function violations(rule: Rule, files: readonly Source[]): string[] {
  return files
    .filter((file) => rule.applies(file))
    .flatMap((file) => rule.check(file))
    .map((message) => `${message} (rule: ${rule.name})`);
}

export function sample([path, text]: Sample): Source {
  return new Source(path, text);
}
