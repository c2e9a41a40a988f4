// Protocol Buffers' wire format, as far as ONNX files use it (https://protobuf.dev/programming-guides/encoding/). A message is walked field
// by field; a field nobody asked for is stepped over without a look at its bytes, so that weights cost nothing.
import type * as Wire from '@bufbuild/protobuf/wire';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- bundled by the build: an ES module, which users' test runners do not load
const wire = require('../../assets/synth/protobuf.js') as typeof Wire;

/** A position in a file, and what is read there. */
export interface Reader {
  pos: number;
  readonly len: number;
  uint32(): number;
  int64(): bigint | string;
  string(): string;
}

/** Fields in the making. */
export interface Writer {
  tag(field: number, wireType: number): this;
  uint32(value: number): this;
  int32(value: number): this;
  int64(value: number): this;
  string(value: string): this;
  bytes(value: Uint8Array): this;
}

/** How a field's value is laid out; groups are deprecated and no ONNX writer makes them. */
export const { Varint: VARINT, Bit64: BIT64, Bit32: BIT32, LengthDelimited: LENGTH_DELIMITED } = wire.WireType;

/** A message inside a file: where its field begins (the tag), where its own bytes begin, and where both end. */
export interface Message {
  readonly reader: Reader;
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

/** What is done with a field: it reads exactly the field's value. */
export type FieldReader = (reader: Reader, wireType: number, from: number) => void;

/** The whole of some bytes as one message. */
export function wholeMessage(bytes: Uint8Array): Message {
  return { reader: new wire.BinaryReader(bytes), from: 0, start: 0, end: bytes.length };
}

/** A message found earlier in the same bytes. */
export function messageAt(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): Message {
  return { reader: new wire.BinaryReader(bytes), from: start, start, end };
}

/** Reads the fields of a message that are asked for, in the order of the file. @throws Error where the bytes are no such message */
export function readFields({ reader, start, end }: Message, fields: { readonly [field: number]: FieldReader }): void {
  reader.pos = start;
  while (reader.pos < end) {
    const from = reader.pos;
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field === 0) throw new Error(`byte ${from} begins no field`);
    const read = fields[field];
    if (read === undefined) skip(reader, tag & 7, from);
    else read(reader, tag & 7, from);
    if (reader.pos > end)
      throw new Error(`the field at byte ${from} ends at byte ${reader.pos}, outside of its message, which ends at ${end}`);
  }
}

/** A field of text. */
export function text(take: (value: string) => void): FieldReader {
  return (reader, wireType, from) => {
    demand(wireType === LENGTH_DELIMITED, wireType, from);
    take(reader.string());
  };
}

/** A field of a whole number, once or repeated, each in a field of its own or packed into one. */
export function whole(take: (value: bigint) => void): FieldReader {
  return (reader, wireType, from) => {
    demand(wireType === VARINT || wireType === LENGTH_DELIMITED, wireType, from);
    const end = wireType === VARINT ? undefined : endOfField(reader, from);
    do {
      take(BigInt(reader.int64()));
    } while (end !== undefined && reader.pos < end);
  };
}

/** A field that is a message itself. */
export function message(take: (value: Message) => void): FieldReader {
  return (reader, wireType, from) => {
    demand(wireType === LENGTH_DELIMITED, wireType, from);
    const end = endOfField(reader, from);
    take({ reader, from, start: reader.pos, end });
    reader.pos = end;
  };
}

/** Writes a message of its own. */
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
  else demand(false, wireType, from);
}

/** Where a field with a length ends, after the length was read. */
function endOfField(reader: Reader, from: number): number {
  const length = reader.uint32();
  const left = reader.len - reader.pos;
  if (length > left) throw new Error(`the field at byte ${from} has a length of ${length} bytes, and ${left} are left`);
  return reader.pos + length;
}

function demand(met: boolean, wireType: number, from: number): void {
  if (!met) throw new Error(`the field at byte ${from} has wire type ${wireType}`);
}
