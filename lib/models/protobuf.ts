// The wire format of Protocol Buffers, as far as ONNX files use it (https://protobuf.dev/programming-guides/encoding/). Messages are read
// field by field. Other fields are skipped without reading their bytes, so that weights cost nothing.
import type * as Wire from '@bufbuild/protobuf/wire';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- bundled: an ES module, which users' test runners do not load
const wire = require('../../assets/synth/protobuf.js') as typeof Wire;

/** Reads values at a position of a file. */
export interface Reader {
  pos: number;
  readonly len: number;
  uint32(): number;
  int64(): bigint | string;
  string(): string;
}

/** Writes fields of a message. */
export interface Writer {
  tag(field: number, wireType: number): this;
  uint32(value: number): this;
  int32(value: number): this;
  int64(value: number): this;
  string(value: string): this;
  bytes(value: Uint8Array): this;
}

/** The wire types of fields. Groups are left out: they are deprecated, and no ONNX writer uses them. */
export const { Varint: VARINT, Bit64: BIT64, Bit32: BIT32, LengthDelimited: LENGTH_DELIMITED } = wire.WireType;

/** A message inside a file: its field starts at `from` with the tag, its content at `start`, and both stop at `end`. */
export interface Message {
  readonly reader: Reader;
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

/** Reads exactly the value of a field. */
export type FieldReader = (reader: Reader, wireType: number, from: number) => void;

/** Returns a message that covers all of the bytes. */
export function wholeMessage(bytes: Uint8Array): Message {
  return { reader: new wire.BinaryReader(bytes), from: 0, start: 0, end: bytes.length };
}

/** Returns a message at a known position in the bytes. */
export function messageAt(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): Message {
  return { reader: new wire.BinaryReader(bytes), from: start, start, end };
}

/** Reads the given fields of a message, in the order of the file. @throws Error if the bytes are not a valid message */
export function readFields({ reader, start, end }: Message, fields: { readonly [field: number]: FieldReader }): void {
  reader.pos = start;
  while (reader.pos < end) {
    const from = reader.pos;
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field === 0) throw new Error(`no field starts at byte ${from}`);
    const read = fields[field];
    if (read === undefined) skip(reader, tag & 7, from);
    else read(reader, tag & 7, from);
    if (reader.pos > end)
      throw new Error(`the field at byte ${from} ends at byte ${reader.pos}, outside of its message, which ends at ${end}`);
  }
}

/** Reads a field of text. */
export function text(take: (value: string) => void): FieldReader {
  return (reader, wireType, from) => {
    requireWireType(wireType === LENGTH_DELIMITED, wireType, from);
    take(reader.string());
  };
}

/** Reads a field of one or more whole numbers, packed or not. */
export function whole(take: (value: bigint) => void): FieldReader {
  return (reader, wireType, from) => {
    requireWireType(wireType === VARINT || wireType === LENGTH_DELIMITED, wireType, from);
    const end = wireType === VARINT ? undefined : endOfField(reader, from);
    do {
      take(BigInt(reader.int64()));
    } while (end !== undefined && reader.pos < end);
  };
}

/** Reads a field that holds a message. */
export function message(take: (value: Message) => void): FieldReader {
  return (reader, wireType, from) => {
    requireWireType(wireType === LENGTH_DELIMITED, wireType, from);
    const end = endOfField(reader, from);
    take({ reader, from, start: reader.pos, end });
    reader.pos = end;
  };
}

/** Writes a message. */
export function write(fill: (to: Writer) => void): Uint8Array {
  const to = new wire.BinaryWriter();
  fill(to);
  return to.finish();
}

function skip(reader: Reader, wireType: number, from: number): void {
  if (wireType === VARINT) reader.uint32();
  else if (wireType === BIT64) reader.pos += 8;
  else if (wireType === BIT32) reader.pos += 4;
  else if (wireType === LENGTH_DELIMITED) reader.pos = endOfField(reader, from);
  else requireWireType(false, wireType, from);
}

/** Reads the length of a field, and returns the position of its end. */
function endOfField(reader: Reader, from: number): number {
  const length = reader.uint32();
  const left = reader.len - reader.pos;
  if (length > left) throw new Error(`the field at byte ${from} has a length of ${length} bytes, but only ${left} remain`);
  return reader.pos + length;
}

function requireWireType(met: boolean, wireType: number, from: number): void {
  if (!met) throw new Error(`the field at byte ${from} has wire type ${wireType}`);
}
