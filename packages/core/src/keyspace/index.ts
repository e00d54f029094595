// Keys, their XOR metric, and seeded randomness: what every other part of the engine counts in.
export {
  bit,
  commonPrefixLength,
  compareDistance,
  distance,
  equalKeys,
  keyFromBits,
  keyFromHex,
  keyToBits,
  keyToHex,
} from './key.ts';
export type { Key } from './key.ts';
export { KeyTable } from './key-table.ts';
export type { KeyHandle } from './key-table.ts';
export { mix, Rng } from './rng.ts';
