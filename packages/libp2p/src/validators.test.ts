// Validators and selectors that take their time, asked by an engine that has none.
import { defaultLogger } from '@libp2p/logger';
import { selectRecord, validateRecord } from '@kadscope/core';
import { expect, test } from 'vitest';
import { ValidatorBridge } from './validators.ts';
import type { Selectors, Validators } from './validators.ts';

const key = new TextEncoder().encode('/v/key');
const value = (byte: number): Uint8Array => Uint8Array.of(byte);

function bridgeOf(validators: Validators, selectors: Selectors): ValidatorBridge {
  const log = defaultLogger().forComponent('test');
  return new ValidatorBridge(validators, selectors, { now: () => 0, log });
}

const isEven = async (_: Uint8Array, [byte]: Uint8Array): Promise<void> => {
  if (byte! % 2 !== 0) throw new Error('odd');
};

test('the verdict of a validator that takes its time is there once it has been waited for', async () => {
  const bridge = bridgeOf({ v: isEven }, {});
  const [even, odd] = [value(2), value(3)];
  expect(validateRecord(bridge.engine, key, even, 0)).toBe('the value has not been validated yet');
  await bridge.judge(key, even);
  await bridge.judge(key, odd);
  expect(validateRecord(bridge.engine, key, even, 0)).toBeNull();
  expect(validateRecord(bridge.engine, key, odd, 0)).toBe('odd');
});

test('a selector that takes its time is not waited for: what is held stays, and may be renewed', () => {
  const first = async (): Promise<number> => 0;
  const { engine } = bridgeOf({ v: isEven }, { v: first });
  expect(selectRecord(engine, key, [value(4), value(2)])).toBe(1);
  expect(selectRecord(engine, key, [value(2), value(2)])).toBe(0);
});

test('of a selector that fails what is held stays; of one that names no value the first is taken', () => {
  const fails = (): number => {
    throw new Error('no idea');
  };
  const held = selectRecord(bridgeOf({ v: isEven }, { v: fails }).engine, key, [
    value(4),
    value(2),
  ]);
  expect(held).toBe(1);
  const { engine } = bridgeOf({ v: isEven }, { v: () => 7 });
  expect(selectRecord(engine, key, [value(4), value(2)])).toBe(0);
});
