// IPNS records as bytes (specs.ipfs.tech/ipns/ipns-record): protobuf around signed DAG-CBOR. Reading them
// checks everything but the signature and the date; making them leaves the signing to the caller.
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import type { CborValue } from '../encoding/cbor.ts';
import { DecodeError } from '../encoding/decode-error.ts';
import { BYTES, ProtobufReader, ProtobufWriter, VARINT } from '../encoding/protobuf.ts';
import { equalKeys } from '../keyspace/key.ts';
import { formatRfc3339, parseRfc3339 } from './ipns-time.ts';
import { identityOf } from './multihash.ts';
import { decodePublicKey, encodePublicKey, peerIdOf } from './public-key.ts';
import { joinKey } from './validator.ts';

/** Bytes of a record at most (IPNS specification, "Record Size Limit"). */
export const IPNS_RECORD_BYTES_MAX = 10_240;

/** How long a record may be cached unless it says otherwise: five minutes, the specification's suggestion. */
const TTL_DEFAULT_NS = 300_000_000_000n;

/** The largest number that every implementation reads: Go's signed 64 bits. */
const INT64_MAX = 0x7fffffffffffffffn;

const EOL = 0n;
const EMPTY = new Uint8Array(0);
const V2_PREFIX = utf8ToBytes('ipns-signature:');
const V1_SUFFIX = utf8ToBytes('EOL');

/** What a record says. */
export interface IpnsContent {
  /** Where the name points: a path such as `/ipfs/bafy…`, in UTF-8. */
  readonly value: Uint8Array;
  /** The version: of two records the one with more is in force. 0 to 2^63 - 1 to be read by all. */
  readonly sequence: bigint;
  /** When it ceases to be valid: nanoseconds since 1970 began, UTC. */
  readonly validUntilNs: bigint;
  /** How long a reader may keep it without asking again, in nanoseconds; five minutes without. */
  readonly ttlNs?: bigint;
}

/** A record that has been read: well-formed, not yet verified. */
export interface IpnsRecord extends Required<IpnsContent> {
  /** The public key in the record, in protobuf; `null` where the name is the key. */
  readonly publicKey: Uint8Array | null;
  readonly signature: Uint8Array;
  /** What was signed: the content as DAG-CBOR, after the words `ipns-signature:`. */
  readonly message: Uint8Array;
}

/** The two messages to sign: the one of V2, which counts, and the one of V1, for readers from before 2021. */
export interface IpnsMessages {
  readonly v2: Uint8Array;
  readonly v1: Uint8Array;
}

/** The protobuf fields, absent ones empty and zero: in protobuf both are the same. */
interface Envelope {
  value: Uint8Array;
  signatureV1: Uint8Array;
  validityType: bigint;
  validity: Uint8Array;
  sequence: bigint;
  ttl: bigint;
  publicKey: Uint8Array;
  signatureV2: Uint8Array;
  data: Uint8Array;
}

const BYTES_FIELDS = {
  1: 'value',
  2: 'signatureV1',
  4: 'validity',
  7: 'publicKey',
  8: 'signatureV2',
  9: 'data',
} as const;
const NUMBER_FIELDS = { 3: 'validityType', 5: 'sequence', 6: 'ttl' } as const;

/** The signed fields, as they lie in the DAG-CBOR. */
interface Signed {
  readonly value: Uint8Array;
  readonly validity: Uint8Array;
  readonly validityType: bigint;
  readonly sequence: bigint;
  readonly ttl: bigint;
}

/**
 * Reads a record and checks its form. Throws nothing but `DecodeError`: when it is too large, has no V2
 * signature or data (records of V1 alone have been invalid since 2021), does not hold the five fields, or
 * repeats them outside the signature with other values. Unknown fields of the protobuf are passed over and the
 * last of several counts, as in Go: they are not signed, and whoever relays a record can add them.
 */
export function decodeIpnsRecord(bytes: Uint8Array): IpnsRecord {
  if (bytes.length > IPNS_RECORD_BYTES_MAX)
    throw new DecodeError(
      `the record has ${bytes.length} bytes, more than ${IPNS_RECORD_BYTES_MAX}`,
    );
  const envelope = readEnvelope(bytes);
  if (envelope.signatureV2.length === 0) throw new DecodeError('the record has no V2 signature');
  if (envelope.data.length === 0) throw new DecodeError('the record has no signed data');
  const signed = readSigned(envelope.data);
  if (envelope.signatureV1.length > 0 || envelope.value.length > 0) matchV1(envelope, signed);
  if (signed.validityType !== EOL) throw new DecodeError('the validity is of an unknown type');
  if (signed.ttl < 0n) throw new DecodeError('the time to live is negative');
  return {
    value: signed.value,
    // Go writes numbers from 2^63 on as negative ones, and reads them back as what they were.
    sequence: BigInt.asUintN(64, signed.sequence),
    validUntilNs: parseRfc3339(asciiOf(signed.validity)),
    ttlNs: signed.ttl,
    publicKey: envelope.publicKey.length === 0 ? null : envelope.publicKey,
    signature: envelope.signatureV2,
    message: concatBytes(V2_PREFIX, envelope.data),
  };
}

/**
 * What has to be signed to make a record, for keys that sign elsewhere or later. Throws a `RangeError` at
 * numbers that not everybody reads, and at dates after the year 9999.
 */
export function ipnsMessages(content: IpnsContent): IpnsMessages {
  const validity = utf8ToBytes(formatRfc3339(content.validUntilNs));
  return {
    v2: concatBytes(V2_PREFIX, signedData(content)),
    v1: concatBytes(content.value, validity, V1_SUFFIX),
  };
}

/**
 * A record from its content, the public key in protobuf and the signatures of its `ipnsMessages`. With a
 * V1 signature it repeats its fields for the oldest readers, as Kubo does; without, it is V2 alone. The key
 * goes along where the name does not contain it. Throws a `RangeError` when the record would be too large,
 * and a `DecodeError` when the public key is none.
 */
export function assembleIpnsRecord(
  content: IpnsContent,
  publicKey: Uint8Array,
  signatures: { readonly v2: Uint8Array; readonly v1?: Uint8Array },
): Uint8Array {
  const key = decodePublicKey(publicKey);
  const writer = new ProtobufWriter(512);
  if (signatures.v1 !== undefined) {
    writer.bytesField(1, content.value);
    writer.bytesField(2, signatures.v1);
    writer.uint64Field(3, EOL);
    writer.bytesField(4, utf8ToBytes(formatRfc3339(content.validUntilNs)));
    writer.uint64Field(5, content.sequence);
    writer.uint64Field(6, content.ttlNs ?? TTL_DEFAULT_NS);
  }
  const encoded = encodePublicKey(key);
  if (identityOf(peerIdOf(key)) === null) writer.bytesField(7, encoded);
  writer.bytesField(8, signatures.v2);
  writer.bytesField(9, signedData(content));
  if (writer.length > IPNS_RECORD_BYTES_MAX)
    throw new RangeError(`an IPNS record has at most ${IPNS_RECORD_BYTES_MAX} bytes`);
  return writer.finish();
}

/**
 * A record of V1 and V2, signed. `sign` makes the signature of a message with the private half of
 * `publicKey`, which is in protobuf.
 */
export function createIpnsRecord(
  content: IpnsContent,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array {
  const messages = ipnsMessages(content);
  return assembleIpnsRecord(content, publicKey, { v2: sign(messages.v2), v1: sign(messages.v1) });
}

/** The key that the records of a public key lie under: `/ipns/` and its peer id. The key is in protobuf. */
export function ipnsKey(publicKey: Uint8Array): Uint8Array {
  return joinKey('ipns', peerIdOf(decodePublicKey(publicKey)));
}

function signedData(content: IpnsContent): Uint8Array {
  const { sequence, ttlNs = TTL_DEFAULT_NS } = content;
  if (sequence < 0n || sequence > INT64_MAX)
    throw new RangeError(`a sequence number is from 0 to 2^63 - 1, not ${sequence}`);
  if (ttlNs < 0n || ttlNs > INT64_MAX)
    throw new RangeError(`a time to live is from 0 to 2^63 - 1 ns, not ${ttlNs}`);
  const fields: [string, CborValue][] = [
    ['TTL', ttlNs],
    ['Value', content.value],
    ['Sequence', sequence],
    ['Validity', utf8ToBytes(formatRfc3339(content.validUntilNs))],
    ['ValidityType', EOL],
  ];
  return encodeCbor(new Map(fields));
}

function readEnvelope(bytes: Uint8Array): Envelope {
  const envelope: Envelope = {
    value: EMPTY,
    signatureV1: EMPTY,
    validityType: EOL,
    validity: EMPTY,
    sequence: 0n,
    ttl: 0n,
    publicKey: EMPTY,
    signatureV2: EMPTY,
    data: EMPTY,
  };
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    const { field, type } = reader;
    if (type === BYTES && isIn(BYTES_FIELDS, field)) envelope[BYTES_FIELDS[field]] = reader.view();
    else if (type === VARINT && isIn(NUMBER_FIELDS, field))
      envelope[NUMBER_FIELDS[field]] = reader.uint64();
    else reader.skip();
  }
  return envelope;
}

function isIn<Fields extends object>(fields: Fields, field: PropertyKey): field is keyof Fields {
  return Object.hasOwn(fields, field);
}

function readSigned(data: Uint8Array): Signed {
  const map = decodeCbor(data);
  if (!(map instanceof Map)) throw new DecodeError('the signed data is no map');
  const fields = map as ReadonlyMap<string, CborValue>;
  return {
    value: bytesIn(fields, 'Value'),
    validity: bytesIn(fields, 'Validity'),
    validityType: integerIn(fields, 'ValidityType'),
    sequence: integerIn(fields, 'Sequence'),
    ttl: integerIn(fields, 'TTL'),
  };
}

function bytesIn(fields: ReadonlyMap<string, CborValue>, name: string): Uint8Array {
  const value = fields.get(name);
  if (value instanceof Uint8Array) return value;
  throw new DecodeError(`the signed data has no bytes '${name}'`);
}

function integerIn(fields: ReadonlyMap<string, CborValue>, name: string): bigint {
  const value = fields.get(name);
  if (typeof value === 'bigint') return value;
  throw new DecodeError(`the signed data has no integer '${name}'`);
}

/** The fields of V1 have to say what is signed, because some readers still look at them. */
function matchV1(envelope: Envelope, signed: Signed): void {
  const matches =
    equalKeys(envelope.value, signed.value) &&
    equalKeys(envelope.validity, signed.validity) &&
    envelope.validityType === signed.validityType &&
    envelope.sequence === BigInt.asUintN(64, signed.sequence) &&
    envelope.ttl === BigInt.asUintN(64, signed.ttl);
  if (!matches) throw new DecodeError('the fields of V1 differ from what is signed');
}

/** Bytes as text of one character each: what no date contains stays what no date contains. */
function asciiOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
