// Validators and selectors as libp2p has them: functions by namespace, which throw, and may take their time.
//
// The engine judges records on the spot. So whatever takes its time is asked before the engine sees a
// record, and its verdict is kept beside the value, which nobody changes. Both tables are plain objects
// that others write to while the node runs (@helia/ipns adds `ipns`), and are read at every use.
import type { Validator, Validators as EngineValidators } from '@kadscope/core';
import { IPNS, joinKey, PUBLIC_KEY } from '@kadscope/core';
import type { Logger } from '@libp2p/interface';
import { sameBytes } from './bytes.ts';

/** Throws, or rejects, when a value does not fit its key. */
export type ValidateFn = (
  key: Uint8Array,
  value: Uint8Array,
  options?: { signal?: AbortSignal },
) => void | Promise<void>;

/** The index of the best of some valid values. Of those that take their time only that of `ipns` is of use. */
export type SelectFn = (key: Uint8Array, records: Uint8Array[]) => number | Promise<number>;

export type Validators = Record<string, ValidateFn>;
export type Selectors = Record<string, SelectFn>;

/** A verdict that took its time holds so long, and is then asked for again. */
const VERDICT_MS = 60_000;

/** Why a value is refused (`null` if it is not), and when that was found. */
interface Verdict {
  readonly problem: string | null;
  readonly at: number;
}

/** What a bridge works with. */
interface BridgeParts {
  readonly now: () => number;
  readonly log: Logger;
}

/** Makes the engine's validators of those of libp2p. */
export class ValidatorBridge {
  readonly validators: Validators;
  readonly selectors: Selectors;
  readonly #verdicts = new WeakMap<Uint8Array, Verdict>();
  readonly #now: () => number;
  readonly #log: Logger;

  constructor(validators: Validators, selectors: Selectors, { now, log }: BridgeParts) {
    this.#now = now;
    this.#log = log;
    // `ipns` is not among them until somebody adds it, as with @libp2p/kad-dht; our own stands in for it.
    this.validators = { pk: ownValidate(PUBLIC_KEY), ...validators };
    this.selectors = { pk: () => 0, ...selectors };
  }

  /** Looks every namespace up when it is asked for. */
  get engine(): EngineValidators {
    return {
      get: (namespace: string) => this.#validatorOf(namespace),
      has: (namespace: string) => this.#validatorOf(namespace) !== undefined,
    } as EngineValidators;
  }

  /**
   * Asks the validator of a record's namespace beforehand. Returns nothing where its verdict was there on the
   * spot, and a promise where it takes time.
   */
  judge(key: Uint8Array, value: Uint8Array): Promise<void> | undefined {
    const namespace = namespaceOf(key);
    const validate = namespace === null ? undefined : own(this.validators, namespace);
    if (validate === undefined) return undefined;
    try {
      const verdict = validate(key, value);
      if (!isPromise(verdict)) {
        this.#verdicts.set(value, { problem: null, at: this.#now() });
        return undefined;
      }
      return verdict.then(
        () => void this.#verdicts.set(value, { problem: null, at: this.#now() }),
        (error: unknown) => this.#refuse(value, error),
      );
    } catch (error) {
      this.#refuse(value, error);
      return undefined;
    }
  }

  /** A copy of a value that has been judged is as good. */
  passOn(value: Uint8Array, copy: Uint8Array): void {
    const verdict = this.#verdicts.get(value);
    if (verdict !== undefined) this.#verdicts.set(copy, verdict);
  }

  #refuse(value: Uint8Array, error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.#verdicts.set(value, { problem, at: this.#now() });
  }

  #validatorOf(namespace: string): Validator | undefined {
    if (own(this.validators, namespace) === undefined)
      return namespace === 'ipns' ? IPNS : undefined;
    return {
      validate: (rest, value) => this.#verdictOf(joinKey(namespace, rest), value),
      select: (rest, values) => this.#select(namespace, joinKey(namespace, rest), values),
    };
  }

  #verdictOf(key: Uint8Array, value: Uint8Array): string | null {
    const known = this.#verdicts.get(value);
    const pending =
      known === undefined || this.#now() - known.at > VERDICT_MS
        ? this.judge(key, value)
        : undefined;
    const verdict = pending === undefined ? this.#verdicts.get(value) : known;
    return verdict === undefined ? 'the value has not been validated yet' : verdict.problem;
  }

  /** The index of the best value; of equal ones the first, so that a value may always be renewed. */
  #select(namespace: string, key: Uint8Array, values: readonly Uint8Array[]): number {
    const best = values[this.#best(namespace, key, values)]!;
    return values.findIndex((value) => sameBytes(value, best));
  }

  #best(namespace: string, key: Uint8Array, values: readonly Uint8Array[]): number {
    const select = own(this.selectors, namespace);
    if (select === undefined) return namespace === 'ipns' ? IPNS.select(key, values) : 0;
    const held = values.length - 1;
    try {
      const best = select(key, [...values]);
      if (!isPromise(best)) return best >= 0 && best < values.length ? best : 0;
      best.catch(() => {});
      // @helia/ipns takes its time to say what the specification says, and our own does on the spot.
      if (namespace === 'ipns') return IPNS.select(key, values);
      this.#log.error('the selector of %s takes its time: the value that is held stays', namespace);
      return held;
    } catch {
      return held;
    }
  }
}

function ownValidate(validator: Validator): ValidateFn {
  return (key, value) => {
    const start = key.indexOf(SLASH, 1) + 1;
    const problem = validator.validate(key.subarray(start), value, Date.now());
    if (problem !== null) throw new Error(problem);
  };
}

const SLASH = 0x2f;
const NAMESPACE_MAX = 64;

/** The first part of a key such as `/ipns/…`; `null` when it has none. */
function namespaceOf(key: Uint8Array): string | null {
  if (key[0] !== SLASH) return null;
  const end = key.subarray(1, NAMESPACE_MAX).indexOf(SLASH);
  return end < 0 ? null : String.fromCharCode(...key.subarray(1, end + 1));
}

/** What a table has itself: strangers may well ask for the namespace `constructor`. */
function own<T>(table: Record<string, T>, namespace: string): T | undefined {
  return Object.hasOwn(table, namespace) ? table[namespace] : undefined;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
