// Changes single fields of a protobuf message, for tests of what readers make of it.
import { BYTES, ProtobufReader, ProtobufWriter, VARINT } from '../encoding/protobuf.ts';

/** What becomes of a field: bytes, a number, or `null` for gone. */
export type FieldChange = Uint8Array | bigint | null;

/**
 * The message with some fields replaced, by number; those that it did not have are appended. It consists of
 * numbers and byte strings only.
 */
export function editMessage(
  message: Uint8Array,
  changes: Readonly<Record<number, FieldChange>>,
): Uint8Array {
  const writer = new ProtobufWriter();
  const left = new Map(Object.entries(changes).map(([field, change]) => [Number(field), change]));
  const reader = new ProtobufReader(message);
  while (reader.next()) {
    const { field } = reader;
    const value = reader.type === BYTES ? reader.view() : reader.uint64();
    write(writer, field, left.has(field) ? left.get(field)! : value);
    left.delete(field);
  }
  for (const [field, change] of left) write(writer, field, change);
  return writer.finish();
}

/** The value of a field of bytes or a number; `null` when there is none. */
export function fieldOf(message: Uint8Array, field: number): Uint8Array | bigint | null {
  const reader = new ProtobufReader(message);
  while (reader.next()) {
    const value = reader.type === VARINT ? reader.uint64() : reader.view();
    if (reader.field === field) return value;
  }
  return null;
}

function write(writer: ProtobufWriter, field: number, change: FieldChange): void {
  if (change === null) return;
  if (typeof change === 'bigint') writer.uint64Field(field, change);
  else writer.bytesField(field, change);
}
