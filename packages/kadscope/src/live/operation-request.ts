// What a page may ask of a node that it watches.

/** The operations of the routing interface. */
const KINDS = [
  'findNode',
  'findPeer',
  'ping',
  'bootstrap',
  'putValue',
  'getValue',
  'provide',
  'findProviders',
] as const;

export type LiveOperationKind = (typeof KINDS)[number];

/** An operation of one of the nodes; nodes are named by their index in the trace. */
export interface LiveOperation {
  readonly kind: LiveOperationKind;
  readonly node: number;
  readonly key?: Uint8Array;
  readonly value?: Uint8Array;
  readonly peer?: number;
  readonly count?: number;
}

/** A request of a page: `operation` is `null` when it makes no sense. */
export interface LiveRequest {
  readonly request: number;
  readonly operation: LiveOperation | null;
}

/** Bytes of a key and of a value at most. */
const KEY_BYTES_MAX = 1_024;
const VALUE_BYTES_MAX = 16_384;

type Fields = Readonly<Record<string, unknown>>;

/** Reads a request; `null` where there is nothing that could be answered. */
export function parseOperation(text: string): LiveRequest | null {
  const message = fieldsOf(text);
  if (message === null || message['type'] !== 'operate' || !isIndex(message['request']))
    return null;
  return { request: message['request'], operation: operationOf(message['operation']) };
}

function operationOf(value: unknown): LiveOperation | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Fields;
  const kind = KINDS.find((one) => one === fields['kind']);
  const key = bytesOf(fields['key'], KEY_BYTES_MAX);
  const content = bytesOf(fields['value'], VALUE_BYTES_MAX);
  const { node, peer, count } = fields;
  if (kind === undefined || !isIndex(node) || key === null || content === null) return null;
  if ((peer !== undefined && !isIndex(peer)) || (count !== undefined && !isIndex(count)))
    return null;
  return {
    kind,
    node,
    ...(key !== undefined && { key }),
    ...(content !== undefined && { value: content }),
    ...(peer !== undefined && { peer }),
    ...(count !== undefined && { count }),
  };
}

function fieldsOf(text: string): Fields | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Bytes in hexadecimal: `undefined` where there are none, `null` where they are wrong. */
function bytesOf(value: unknown, most: number): Uint8Array | null | undefined {
  if (value === undefined) return undefined;
  const isHex = typeof value === 'string' && /^(?:[0-9a-f]{2})*$/i.test(value);
  if (!isHex || value.length > 2 * most) return null;
  return Uint8Array.from(Buffer.from(value, 'hex'));
}
