// Checks of single fields of a scenario. Each names its field, so that an error can be found in a file.

/** A scenario that cannot be run: which field, and what it should be. */
export class ScenarioError extends Error {
  /** Where in the scenario: `churn.joinIntervalMs`; empty for the whole. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === '' ? message : `${path}: ${message}`);
    this.name = 'ScenarioError';
    this.path = path;
  }
}

/** The fields of one part of a scenario, not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value that has fields. */
export function objectAt(path: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ScenarioError(path, `expected fields such as 'nodes: 1000', not ${show(value)}`);
  }
  return value as Fields;
}

/** A list, of at most `max` entries. */
export function listAt(path: string, value: unknown, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new ScenarioError(path, `expected a list, not ${show(value)}`);
  if (value.length > max) throw new ScenarioError(path, `expected at most ${max} entries`);
  return value as unknown[];
}

/** Complains about the first field that there is not. */
export function rejectUnknown(path: string, fields: Fields, known: readonly string[]): void {
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    throw new ScenarioError(at, `no such field; there are ${known.join(', ')}`);
  }
}

/** A number within a range, both ends included. */
export function numberAt(
  path: string,
  value: unknown,
  fallback: number,
  range: readonly [number, number],
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= range[0] && value <= range[1])) {
    throw new ScenarioError(
      path,
      `expected a number from ${range[0]} to ${range[1]}, not ${show(value)}`,
    );
  }
  return value;
}

/** A whole number within a range. */
export function integerAt(
  path: string,
  value: unknown,
  fallback: number,
  range: readonly [number, number],
): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || numberOf(value) < range[0] || numberOf(value) > range[1]) {
    throw new ScenarioError(
      path,
      `expected a whole number from ${range[0]} to ${range[1]}, not ${show(value)}`,
    );
  }
  return numberOf(value);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** A whole number under its name, or nothing when it is left out. */
export function optionalInteger(
  name: 'k' | 'alpha' | 'beta' | 'refreshMs',
  value: unknown,
  range: readonly [number, number],
): object {
  return value === undefined ? {} : { [name]: integerAt(name, value, 0, range) };
}

/** True or false. */
export function booleanAt(path: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean')
    throw new ScenarioError(path, `expected true or false, not ${show(value)}`);
  return value;
}

/** Text. */
export function textAt(path: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== 'string') throw new ScenarioError(path, `expected text, not ${show(value)}`);
  return value;
}

/** One of a few words; without a `fallback` the field has to be there. */
export function oneOf<T extends string>(
  path: string,
  value: unknown,
  fallback: T | null,
  choices: readonly T[],
): T {
  if (value === undefined && fallback !== null) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new ScenarioError(path, `expected one of ${choices.join(', ')}, not ${show(value)}`);
  return choice;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
