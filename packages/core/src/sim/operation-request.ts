// Operations started by hand, checked before the engine sees them.
import type { Command } from '../kademlia/operation.ts';
import { joinKey, sha256Multihash } from '../store/validate.ts';
import type { OperationKind } from '../trace/event.ts';
import type { Attendance } from './attendance.ts';

/** What a person or a script asks of a simulated node. */
export interface OperationRequest {
  readonly kind: OperationKind;
  readonly node: number;
  /** The key of a record or content; for `findNode`, a point of the keyspace. */
  readonly key?: Uint8Array;
  /** The node to find, to ping, or to bootstrap from. */
  readonly peer?: number;
  /** The value to put. Without a key it is stored as an immutable record under its own hash. */
  readonly value?: Uint8Array;
  /** Values or providers after which the search stops. */
  readonly count?: number;
  /** The keys of content to provide. */
  readonly keys?: readonly Uint8Array[];
}

/** The command of a request. Throws a `RangeError` that says what is wrong with it. */
export function commandOf(
  request: OperationRequest,
  attendance: Attendance,
  keyBytes: number,
): Command {
  const { kind, count } = request;
  const node = liveNode('node', request.node, attendance);
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
    throw new RangeError('count must be a whole number above 0');
  }
  switch (kind) {
    case 'findNode':
      return { kind, node, target: pointOf(request.key, keyBytes) };
    case 'findPeer':
    case 'ping':
      return { kind, node, peer: knownNode('peer', request.peer, attendance) };
    case 'bootstrap': {
      const seeds = request.peer === undefined ? [] : [knownNode('peer', request.peer, attendance)];
      return { kind, node, seeds };
    }
    case 'putValue': {
      if (request.value === undefined) throw new RangeError('putValue needs a value');
      const key = request.key ?? joinKey('immutable', sha256Multihash(request.value));
      return { kind, node, key, value: request.value };
    }
    case 'getValue':
      return {
        kind,
        node,
        key: required(kind, request.key),
        ...(count !== undefined && { quorum: count }),
      };
    case 'provide':
      return { kind, node, key: required(kind, request.key) };
    case 'findProviders':
      return {
        kind,
        node,
        key: required(kind, request.key),
        ...(count !== undefined && { count }),
      };
    case 'provideMany':
      if (request.keys === undefined || request.keys.length === 0)
        throw new RangeError('provideMany needs keys');
      return { kind, node, keys: request.keys };
    case 'explore':
      return { kind, node, prefix: new Uint8Array(keyBytes), length: 0, parallel: 8 };
    case 'refresh':
      throw new RangeError('nodes refresh their buckets on their own; ask for bootstrap instead');
  }
}

function required(kind: OperationKind, key: Uint8Array | undefined): Uint8Array {
  if (key === undefined || key.length === 0) throw new RangeError(`${kind} needs a key`);
  return key;
}

function pointOf(key: Uint8Array | undefined, keyBytes: number): Uint8Array {
  if (key?.length !== keyBytes) throw new RangeError(`findNode needs a key of ${keyBytes} bytes`);
  return key;
}

function knownNode(field: string, node: number | undefined, attendance: Attendance): number {
  if (node === undefined || !Number.isInteger(node) || node < 0 || node >= attendance.count) {
    throw new RangeError(`${field} must be a node from 0 to ${attendance.count - 1}`);
  }
  return node;
}

function liveNode(field: string, node: number, attendance: Attendance): number {
  const known = knownNode(field, node, attendance);
  if (!attendance.isOnline(known))
    throw new RangeError(`node ${known} is offline: choose one that is online`);
  return known;
}
