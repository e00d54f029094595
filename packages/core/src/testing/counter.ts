// Records whose better version is obvious: `/counter/<any>` holds one byte, and the larger one wins.
import type { Validator, Validators } from '../store/validate.ts';
import { joinKey } from '../store/validate.ts';

const COUNTER: Validator = {
  validate(_, value) {
    return value.length === 1 ? null : 'a counter is one byte';
  },
  select(_, values) {
    let best = 0;
    values.forEach((value, i) => {
      if (value[0]! > values[best]![0]!) best = i;
    });
    return best;
  },
};

/** The validators of a network that stores counters and nothing else. */
export const COUNTERS: Validators = new Map([['counter', COUNTER]]);

/** The key of the counter with this number. */
export function counterKey(number: number): Uint8Array {
  return joinKey('counter', Uint8Array.of(number));
}
