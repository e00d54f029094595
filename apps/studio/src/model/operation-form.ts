// What a user fills in to run an operation, and what it means: pure, so that every mistake has a test.
import { immutableKey } from '@kadscope/core';
import { keyToBits, keyToHex } from '@kadscope/core/keyspace';
import { nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { utf8Bytes } from './bytes.ts';
import type { OperationRequest } from './protocol.ts';

/** The seven operations of the IPFS routing interface, in the order in which they build on each other. */
export const ROUTING_OPERATIONS = [
  'ping',
  'findPeer',
  'provide',
  'findProviders',
  'putValue',
  'getValue',
  'bootstrap',
] as const;

export type RoutingOperation = (typeof ROUTING_OPERATIONS)[number];

/** Fields of the form beside the node. */
export type FieldName = 'node' | 'peer' | 'content' | 'value' | 'valueKey';

export interface OperationHelp {
  /** What it does, in one sentence. */
  readonly what: string;
  readonly fields: readonly Exclude<FieldName, 'node'>[];
}

export const OPERATION_HELP: Readonly<Record<RoutingOperation, OperationHelp>> = {
  ping: { what: 'Asks one node whether it is there.', fields: ['peer'] },
  findPeer: { what: 'Finds the addresses of a node by its id.', fields: ['peer'] },
  provide: {
    what: 'Tells the nodes closest to some content that this node has it.',
    fields: ['content'],
  },
  findProviders: { what: 'Finds the nodes that have some content.', fields: ['content'] },
  putValue: { what: 'Stores a value at the nodes closest to its key.', fields: ['value'] },
  getValue: { what: 'Finds a value by its key.', fields: ['valueKey'] },
  bootstrap: { what: 'Joins the network by way of a node that is in it.', fields: ['peer'] },
};

export const FIELD_LABELS: Readonly<Record<FieldName, string>> = {
  node: 'runs on',
  peer: 'other node',
  content: 'content: a CID, or any text',
  value: 'value: any text',
  valueKey: 'the key, or the text that was stored',
};

export interface OperationForm {
  readonly kind: RoutingOperation;
  /** What was typed into each field. */
  readonly fields: Readonly<Record<FieldName, string>>;
}

/** The form with an example in every field. */
export const EXAMPLE_FORM: OperationForm = {
  kind: 'provide',
  fields: {
    node: '',
    peer: '',
    content: 'hello, kadscope',
    value: 'a value worth keeping',
    valueKey: 'a value worth keeping',
  },
};

/** Most suggestions for what was typed: a list that can be read at a glance. */
const SUGGESTIONS_MAX = 8;

/** The nodes that a text may mean: those whose id, name or leading bits begin with it; an exact name first. */
export function findNodes(trace: Trace, text: string, max: number = SUGGESTIONS_MAX): number[] {
  const wanted = text.trim().toLowerCase();
  const exact: number[] = [];
  const starting: number[] = [];
  for (let node = 0; node < trace.nodes.length && exact.length + starting.length < max; node++) {
    const { id, label, key } = trace.nodes[node]!;
    const hex = key === undefined ? '' : keyToHex(key);
    const names = [id, label ?? '', nodeName(trace, node), hex, String(node)];
    const lower = names.map((name) => name.toLowerCase());
    if (lower.includes(wanted)) exact.push(node);
    else if (lower.some((name) => name.startsWith(wanted))) starting.push(node);
    else if (/^[01]{2,}$/.test(wanted) && key !== undefined && keyToBits(key).startsWith(wanted))
      starting.push(node);
  }
  return [...exact, ...starting];
}

/** A request, or a sentence for every field that is not right. */
export type FormResult =
  | { readonly isValid: true; readonly request: OperationRequest; readonly about: string }
  | { readonly isValid: false; readonly errors: Readonly<Partial<Record<FieldName, string>>> };

/** Reads the form. */
export async function readForm(trace: Trace, form: OperationForm): Promise<FormResult> {
  const errors: Partial<Record<FieldName, string>> = {};
  const { fields } = OPERATION_HELP[form.kind];
  const node = readNode(trace, form, 'node', errors);
  let request: OperationRequest = { kind: form.kind, node };
  let about = '';
  for (const field of fields) {
    const text = form.fields[field];
    if (field === 'peer') {
      const peer = readNode(trace, form, 'peer', errors);
      if (peer === node && peer >= 0) errors.peer = 'This is the node itself; choose another one.';
      request = { ...request, peer };
      about = peer < 0 ? '' : nodeName(trace, peer);
    } else if (text.trim() === '') {
      errors[field] = 'Please write something here.';
    } else {
      const value = await readField(field, text, errors);
      request = { ...request, ...value.part };
      about = value.about;
    }
  }
  return Object.keys(errors).length > 0
    ? { isValid: false, errors }
    : { isValid: true, request, about };
}

function readNode(
  trace: Trace,
  form: OperationForm,
  field: 'node' | 'peer',
  errors: Partial<Record<FieldName, string>>,
): number {
  const text = form.fields[field].trim();
  if (text === '') {
    errors[field] = 'Choose a node: write the beginning of its id, or pick one in the view.';
    return -1;
  }
  const [first, second] = findNodes(trace, text, 2);
  if (first === undefined) errors[field] = `No node begins with ‘${text}’.`;
  else if (second !== undefined && !isExact(trace, first, text)) {
    errors[field] = `Several nodes begin with ‘${text}’; write more of the id.`;
  } else return first;
  return -1;
}

function isExact(trace: Trace, node: number, text: string): boolean {
  const { id, label } = trace.nodes[node]!;
  return [id, label, nodeName(trace, node), String(node)].some(
    (name) => name?.toLowerCase() === text.toLowerCase(),
  );
}

interface FieldValue {
  readonly part: Partial<Pick<OperationRequest, 'key' | 'value'>>;
  readonly about: string;
}

async function readField(
  field: 'content' | 'value' | 'valueKey',
  text: string,
  errors: Partial<Record<FieldName, string>>,
): Promise<FieldValue> {
  if (field === 'content') {
    const content = await readContent(text);
    if (content === null) {
      errors.content = 'This looks like a CID, but is not one: check that it is whole.';
      return { part: {}, about: '' };
    }
    const { cid, multihash } = content;
    return { part: { key: multihash }, about: cid };
  }
  const bytes = utf8Bytes(text);
  if (bytes.length > VALUE_BYTES_MAX) {
    errors[field] = `A value has at most ${VALUE_BYTES_MAX} bytes; this one has ${bytes.length}.`;
    return { part: {}, about: '' };
  }
  if (field === 'valueKey' && text.trim().startsWith('/'))
    return readWrittenKey(text.trim(), errors);
  const key = immutableKey(bytes);
  return { part: field === 'value' ? { key, value: bytes } : { key }, about: writtenKey(key) };
}

/** The largest value that nodes keep (the packet limit of rust-libp2p). */
const VALUE_BYTES_MAX = 16_384;

/** What nobody writes but as a CID: version 0 in base58, or version 1 in base32, base36 or base58, long and without a space. */
const CID_SHAPE =
  /^(?:Qm[0-9A-Za-z]{20,}|ba[a-z0-9]{20,}|k[25][a-z0-9]{20,}|z[bd][0-9A-Za-z]{20,})$/;

/** The CID that a text is, or the one that its bytes have as a file; `null` for a CID that was mistyped. */
async function readContent(text: string): Promise<{ cid: string; multihash: Uint8Array } | null> {
  // The libraries for CIDs are large and wanted here only.
  const { cutIntoBlocks, multihashOf } = await import('./content.ts');
  try {
    return { cid: text.trim(), multihash: multihashOf(text) };
  } catch {
    if (CID_SHAPE.test(text.trim())) return null;
    const { root } = await cutIntoBlocks(utf8Bytes(text));
    return { cid: root, multihash: multihashOf(root) };
  }
}

const IMMUTABLE = '/immutable/';

/** Such a key as text: the hash in hexadecimal. */
export function writtenKey(key: Uint8Array): string {
  return IMMUTABLE + keyToHex(key.subarray(IMMUTABLE.length));
}

/**
 * The multihash that each kind of key ends with: sha2-256 (0x12, 0x20 and 32 bytes), or, for public keys, the
 * key itself as well, where it is short (0x00, its length, its bytes).
 */
const WRITTEN_KEYS: readonly { readonly prefix: string; readonly isInlined: boolean }[] = [
  { prefix: IMMUTABLE, isInlined: false },
  { prefix: '/pk/', isInlined: true },
];

function readWrittenKey(text: string, errors: Partial<Record<FieldName, string>>): FieldValue {
  const kind = WRITTEN_KEYS.find(({ prefix }) => text.startsWith(prefix));
  const hash = kind === undefined ? null : multihashOfHex(text.slice(kind.prefix.length), kind);
  if (kind === undefined || hash === null) {
    errors.valueKey = `A key is written as ${IMMUTABLE} or /pk/ and a whole multihash in hexadecimal: 1220 and 64 digits.`;
    return { part: {}, about: '' };
  }
  return { part: { key: new Uint8Array([...utf8Bytes(kind.prefix), ...hash]) }, about: text };
}

function multihashOfHex(
  hex: string,
  { isInlined }: { readonly isInlined: boolean },
): Uint8Array | null {
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) return null;
  const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  const isSha256 = bytes[0] === 0x12 && bytes[1] === 0x20 && bytes.length === 34;
  const isWhole =
    isInlined && bytes[0] === 0x00 && bytes.length > 2 && bytes[1] === bytes.length - 2;
  return isSha256 || isWhole ? bytes : null;
}
