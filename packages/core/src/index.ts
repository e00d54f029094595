// The engine's public names.
export { decodeCbor, encodeCbor } from './encoding/cbor.ts';
export type { CborLink, CborValue } from './encoding/cbor.ts';
export { DecodeError } from './encoding/decode-error.ts';
export { Budgets, DATAGRAM_BUDGETS, STREAM_BUDGETS } from './kademlia/budget.ts';
export type { BudgetLimits, BudgetUsage } from './kademlia/budget.ts';
export type { Rate, Usage } from './kademlia/budget-rate.ts';
export {
  OPERATION_TIMER,
  PROVIDER_TIMER,
  REFRESH_TIMER,
  REQUEST_TIMER,
  VALUE_TIMER,
} from './kademlia/context.ts';
export type { ContactGroups, Host } from './kademlia/context.ts';
export { Kademlia } from './kademlia/kademlia.ts';
export type { KademliaOptions } from './kademlia/kademlia.ts';
export { estimateBytes, kindCode, Message } from './kademlia/message.ts';
export { isSuccess } from './kademlia/operation.ts';
export type { Command, Operation, OperationEvent, Outcome } from './kademlia/operation.ts';
export { hashKey } from './kademlia/hash-key.ts';
export { AMINO, PAPER, PROFILES } from './kademlia/profile.ts';
export type { BucketPolicy, Profile } from './kademlia/profile.ts';
export type { RoutingTables } from './kademlia/routing-table.ts';
export type { Snapshot } from './kademlia/snapshots.ts';
export {
  BEP44,
  BEP44_ERRORS,
  BEP44_SALT_BYTES_MAX,
  BEP44_VALUE_BYTES_MAX,
  bep44Key,
  immutableTarget,
  mutableTarget,
  problemOfPut,
  selectMutable,
  signedMessage,
  validateImmutableItem,
  validateMutableItem,
} from './store/bep44.ts';
export type { Bep44Problem } from './store/bep44.ts';
export { decodeBep44Item, encodeBep44Item } from './store/bep44-item.ts';
export type { Bep44Item, ImmutableItem, MutableItem } from './store/bep44-item.ts';
export { IPNS } from './store/ipns.ts';
export {
  assembleIpnsRecord,
  createIpnsRecord,
  decodeIpnsRecord,
  IPNS_RECORD_BYTES_MAX,
  ipnsKey,
  ipnsMessages,
} from './store/ipns-record.ts';
export type { IpnsContent, IpnsMessages, IpnsRecord } from './store/ipns-record.ts';
export { formatRfc3339, parseRfc3339 } from './store/ipns-time.ts';
export { decodePublicKey, encodePublicKey, peerIdOf, verifySignature } from './store/public-key.ts';
export type { PublicKey } from './store/public-key.ts';
export {
  AMINO_VALIDATORS,
  DEFAULT_VALIDATORS,
  IMMUTABLE,
  immutableKey,
  joinKey,
  PUBLIC_KEY,
  sha256Multihash,
  selectRecord,
  validateRecord,
} from './store/validate.ts';
export type { Validator, Validators } from './store/validate.ts';
export type { ProviderSnapshot } from './store/provider-store.ts';
export type { StoredValue, ValueRecord, ValueSnapshot } from './store/value-store.ts';
