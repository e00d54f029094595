// Fuzzing of codecs: inputs that were valid, damaged in every way that a sender could damage them, millions
// of times, the same ones on every run. A codec passes when it accepts or throws `DecodeError`, soon.
//
// To register a codec, describe it as a `FuzzTarget` (`codecTarget` makes one of two functions) and give it
// to `fuzz` in a test beside the codec, with a few inputs that it accepts and, where its format has words,
// the words.
import { DecodeError } from '../encoding/decode-error.ts';
import { writeVarint } from '../encoding/protobuf.ts';
import { assert } from '../keyspace/assert.ts';
import { equalKeys, keyToHex } from '../keyspace/key.ts';
import { Rng } from '../keyspace/rng.ts';

/** A codec under test. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it accepts, of every kind; all others are made from these. */
  readonly seeds: readonly Uint8Array[];
  /** Words of the format, inserted now and then beside numbers of every length. */
  readonly tokens?: readonly Uint8Array[];
  /**
   * Runs the codec on an input, which is a view that changes afterwards. Returns whether the input was
   * accepted, or throws `DecodeError`; whatever else it throws is a failure.
   */
  run(input: Uint8Array): boolean;
}

export interface FuzzOptions {
  readonly executions: number;
  readonly seed: number;
  /** A clock in milliseconds. The core has none; a test gives `performance.now`. */
  readonly now: () => number;
}

export interface FuzzReport {
  readonly accepted: number;
  readonly refused: number;
  /** The slowest execution with its mutation, in milliseconds, the pauses of a busy machine included. */
  readonly slowestMs: number;
}

/** Bytes of an input at most: a limit in time holds for inputs of a limited size. */
export const INPUT_BYTES_MAX = 65_536;

/** Milliseconds of one execution at most: more, and a handful of senders could stop a node. */
export const EXECUTION_MS_MAX = 50;

/** How often an input that took too long gets another chance: machines pause, codecs do not. */
const RECHECKS = 5;

/** Inputs that mutation starts from at most. Accepted ones join the seeds and take turns in the rest. */
const POOL_MAX = 256;

/** Accepted inputs that are longer do not join: they would only make what follows slower. */
const POOL_INPUT_BYTES_MAX = 4_096;

/** One of so many accepted inputs joins the pool. */
const POOL_ONE_IN = 64;

/** Mutations of one input at most. */
const MUTATIONS_MAX = 4;

/** What a failure has to say: which input, and how to see it again. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  readonly input: Uint8Array;

  constructor(text: string, input: Uint8Array, cause: unknown) {
    super(`${text}: ${keyToHex(input)}`, { cause });
    this.input = input;
  }
}

/** Runs a codec on mutated inputs; throws `FuzzFailure` at the first one that it does not survive. */
export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzReport {
  const { executions, seed, now } = options;
  const mutator = new Mutator(target, new Rng(seed, `fuzz ${target.name}`));
  const fail = (i: number, what: string, input: Uint8Array, cause?: unknown): FuzzFailure =>
    new FuzzFailure(`${target.name}, seed ${seed}, execution ${i} ${what}`, input.slice(), cause);
  let accepted = 0;
  let slowestMs = 0;
  let before = now();
  for (let i = 0; i < executions; i++) {
    const input = i < target.seeds.length ? target.seeds[i]! : mutator.next();
    try {
      if (target.run(input)) {
        accepted++;
        mutator.offer(input);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw fail(i, `threw ${String(error)}`, input, error);
    }
    const after = now();
    slowestMs = Math.max(slowestMs, after - before);
    if (after - before > EXECUTION_MS_MAX) {
      const ms = fastest(target, input, now);
      if (ms > EXECUTION_MS_MAX) throw fail(i, `took ${ms} ms`, input);
    }
    before = after - before > EXECUTION_MS_MAX ? now() : after;
  }
  return { accepted, refused: executions - accepted, slowestMs };
}

/** A target of a decoder and an encoder: what is accepted must come back, and the second time unchanged. */
export function codecTarget<T>(
  target: Omit<FuzzTarget, 'run'>,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): FuzzTarget {
  return {
    ...target,
    run(input) {
      const value = decode(input);
      const once = encode(value);
      let twice: Uint8Array;
      try {
        twice = encode(decode(once));
      } catch (error) {
        throw new Error('what it writes it does not read', { cause: error });
      }
      if (!equalKeys(once, twice)) throw new Error('it writes what it read in another way');
      return true;
    },
  };
}

/** The time of an input without the pauses of the machine: the least of several. */
function fastest(target: FuzzTarget, input: Uint8Array, now: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RECHECKS; i++) {
    const before = now();
    try {
      target.run(input);
    } catch {
      // What it throws has been judged.
    }
    least = Math.min(least, now() - before);
  }
  return least;
}

/** Makes inputs out of others. */
class Mutator {
  readonly #rng: Rng;
  readonly #pool: Uint8Array[];
  readonly #seeds: number;
  readonly #tokens: readonly Uint8Array[];
  readonly #bytes = new Uint8Array(INPUT_BYTES_MAX);
  #length = 0;

  constructor({ seeds, tokens = [] }: FuzzTarget, rng: Rng) {
    assert(seeds.length > 0 && seeds.length < POOL_MAX, 'mutation starts from a few inputs');
    this.#rng = rng;
    this.#pool = [...seeds];
    this.#seeds = seeds.length;
    this.#tokens = [...NUMBERS, ...tokens, ...tokens];
  }

  /** The next input, in a buffer that the one after it overwrites. */
  next(): Uint8Array {
    const base = this.#pool[this.#rng.below(this.#pool.length)]!;
    this.#length = base.length;
    this.#bytes.set(base);
    for (let left = 1 + this.#rng.below(MUTATIONS_MAX); left > 0; left--) this.#mutate();
    return this.#bytes.subarray(0, this.#length);
  }

  /** Takes an accepted input among those that others are made from, now and then. */
  offer(input: Uint8Array): void {
    if (input.length > POOL_INPUT_BYTES_MAX || this.#rng.below(POOL_ONE_IN) > 0) return;
    const isFull = this.#pool.length >= POOL_MAX;
    const at = isFull ? this.#seeds + this.#rng.below(POOL_MAX - this.#seeds) : this.#pool.length;
    this.#pool[at] = input.slice();
  }

  #mutate(): void {
    const rng = this.#rng;
    const at = rng.below(this.#length + 1);
    switch (rng.below(9)) {
      case 0:
        this.#bytes[at] = this.#bytes[at]! ^ (1 << rng.below(8));
        break;
      case 1:
        this.#bytes[at] = EDGES[rng.below(EDGES.length)]!;
        break;
      case 2:
        this.#length = at;
        break;
      case 3:
        this.#remove(at, 1 + rng.below(rng.chance(0.5) ? 4 : 64));
        break;
      case 4:
        this.#insert(at, this.#tokens[rng.below(this.#tokens.length)]!);
        break;
      case 5:
        this.#overwrite(at, this.#tokens[rng.below(this.#tokens.length)]!);
        break;
      case 6:
        this.#editLength(at);
        break;
      case 7:
        this.#splice(at);
        break;
      default:
        this.#insert(at, this.#bytes.slice(at, Math.min(this.#length, at + 1 + rng.below(64))));
    }
  }

  #remove(at: number, count: number): void {
    const end = Math.min(this.#length, at + count);
    this.#bytes.copyWithin(at, end, this.#length);
    this.#length -= end - at;
  }

  #insert(at: number, token: Uint8Array): void {
    if (this.#length + token.length > INPUT_BYTES_MAX) return;
    this.#bytes.copyWithin(at + token.length, at, this.#length);
    this.#bytes.set(token, at);
    this.#length += token.length;
  }

  #overwrite(at: number, token: Uint8Array): void {
    const part = token.subarray(0, this.#length - at);
    this.#bytes.set(part, at);
  }

  /** Treats a byte as a length: a little more, a little less, or exactly what follows it. */
  #editLength(at: number): void {
    const rng = this.#rng;
    const rest = this.#length - at - 1;
    const value = rng.chance(0.25) ? rest : this.#bytes[at]! + rng.below(9) - 4;
    this.#bytes[at] = rng.chance(0.25) ? value | 0x80 : value;
  }

  /** Continues with the end of another input. */
  #splice(at: number): void {
    const other = this.#pool[this.#rng.below(this.#pool.length)]!;
    const tail = other
      .subarray(this.#rng.below(other.length + 1))
      .subarray(0, INPUT_BYTES_MAX - at);
    this.#bytes.set(tail, at);
    this.#length = at + tail.length;
  }
}

/** Bytes at which something changes: signs, continuation bits, the ends of ranges. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xff];

/** Numbers at which something changes: lengths of varints, integers and doubles, and limits of ours. */
const NUMBERS: readonly Uint8Array[] = [
  ...[0, 1, 16, 40, 41, 80, 81, 127, 128, 255, 256, 8_192, 8_193, 16_383, 16_384, 65_535].map(
    varint,
  ),
  ...[0x1f_ffff, 0x20_0000, 0x40_0000, 0x40_0001, 0x7fff_ffff, 0x8000_0000].map(varint),
  ...[0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER].map(varint),
  // 2^63, 2^64 - 1, 2^64, a number without an end, and a zero of two bytes.
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02),
  new Uint8Array(16).fill(0x80),
  Uint8Array.of(0x80, 0x00),
];

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(10);
  return bytes.slice(0, writeVarint(bytes, 0, value));
}
