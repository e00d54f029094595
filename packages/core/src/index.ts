// The engine's public names.
export { PROVIDER_TIMER, REFRESH_TIMER, REQUEST_TIMER, VALUE_TIMER } from './kademlia/context.ts';
export type { Host } from './kademlia/context.ts';
export { Kademlia } from './kademlia/kademlia.ts';
export type { KademliaOptions } from './kademlia/kademlia.ts';
export { estimateBytes, kindCode, Message } from './kademlia/message.ts';
export { isSuccess } from './kademlia/operation.ts';
export type { Command, Operation, OperationEvent, Outcome } from './kademlia/operation.ts';
export { hashKey } from './kademlia/operations.ts';
export { AMINO, PAPER, PROFILES } from './kademlia/profile.ts';
export type { BucketPolicy, Profile } from './kademlia/profile.ts';
export type { RoutingTables } from './kademlia/routing-table.ts';
export {
  DEFAULT_VALIDATORS,
  IMMUTABLE,
  immutableKey,
  joinKey,
  PUBLIC_KEY,
  sha256Multihash,
  validateRecord,
} from './store/validate.ts';
export type { Validator, Validators } from './store/validate.ts';
export type { StoredValue, ValueRecord } from './store/value-store.ts';
