// https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC. hyparquet's decoders trust lengths and counts: a damaged header makes
// them move back in a page, or build numbers of millions of digits.
import { bitsAt } from './run-lengths';
import { TableError } from '../stores/table-error';

/** A position in a page. */
export interface PageReader {
  readonly bytes: Uint8Array;
  offset: number;
}

/** The block sizes and miniblock sizes of the specification are multiples of these. */
const BLOCK_VALUES = 128;
const MINIBLOCK_VALUES = 32;
/** The longest encodings of unsigned integers, in bytes. */
const UINT32_BYTES = 5;
const UINT64_BYTES = 10;

/** Decodes DELTA_BINARY_PACKED integers of 32 or 64 bits. @throws TableError if the integers are damaged, or are not as many as `output` holds */
export function decodeDeltas(reader: PageReader, output: Int32Array | BigInt64Array): void {
  const blockSize = readUint32(reader);
  const miniblocks = readUint32(reader);
  const total = readUint32(reader);
  const size = blockSize / miniblocks;
  if (total !== output.length) throw new TableError(`expected ${output.length} integers, got: ${total}`);
  if (!(blockSize > 0 && blockSize % BLOCK_VALUES === 0 && size % MINIBLOCK_VALUES === 0)) {
    throw new TableError(`expected miniblocks of a multiple of ${MINIBLOCK_VALUES} values, got: ${miniblocks} in ${blockSize} values`);
  }
  const first = readInt64(reader);
  if (total > 0) output.fill((output instanceof Int32Array ? int32(first) : first) as never, 0, 1);
  for (let filled = 1; filled < total;) {
    const least = readInt64(reader);
    const widths = take(reader, miniblocks);
    for (let i = 0; i < miniblocks && filled < total; i++) {
      const width = widths[i]!;
      if (width > 64) throw new TableError(`expected integers of at most 64 bits, got: ${width} bits`);
      const end = filled + Math.min(size, total - filled);
      const start = reader.offset;
      take(reader, Math.ceil(((end - filled) * width) / 8));
      if (output instanceof Int32Array) addInt32s(reader.bytes, start, width, int32(least), output, filled, end);
      else addInt64s(reader.bytes, start, width, least, output, filled, end);
      reader.offset = Math.min(start + (size * width) / 8, reader.bytes.length);
      filled = end;
    }
  }
}

// the arithmetic of deltas wraps around, in 32 or 64 bits

function addInt32s(bytes: Uint8Array, start: number, width: number, least: number, output: Int32Array, from: number, to: number): void {
  const read = Math.min(width, 32);
  let value = output[from - 1]!;
  for (let i = from; i < to; i++) {
    value = (value + least + bitsAt(bytes, start * 8 + (i - from) * width, read)) | 0;
    output[i] = value;
  }
}

function addInt64s(bytes: Uint8Array, start: number, width: number, least: bigint, output: BigInt64Array, from: number, to: number): void {
  let value = output[from - 1]!;
  for (let i = from; i < to; i++) {
    const bit = start * 8 + (i - from) * width;
    const low = BigInt(bitsAt(bytes, bit, Math.min(width, 32)));
    value += least + (width > 32 ? (BigInt(bitsAt(bytes, bit + 32, width - 32)) << 32n) | low : low);
    output[i] = value;
  }
}

function int32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** Decodes DELTA_LENGTH_BYTE_ARRAY values. */
export function decodeDeltaLengths(reader: PageReader, count: number): Uint8Array[] {
  const lengths = new Int32Array(count);
  decodeDeltas(reader, lengths);
  return Array.from(lengths, (length) => take(reader, length));
}

/** Decodes DELTA_BYTE_ARRAY values. @param most the most bytes of all values together */
export function decodeDeltaStrings(reader: PageReader, count: number, most: number): Uint8Array[] {
  const prefixes = new Int32Array(count);
  decodeDeltas(reader, prefixes);
  const suffixes = decodeDeltaLengths(reader, count);
  let previous = new Uint8Array(0);
  let total = 0;
  return suffixes.map((suffix, i) => {
    const prefix = prefixes[i]!;
    if (!(prefix >= 0 && prefix <= previous.length)) {
      throw new TableError(`expected a prefix of at most ${previous.length} bytes, got: ${prefix} bytes`);
    }
    total += prefix + suffix.length;
    if (total > most) throw new TableError(`expected a page of at most ${most} bytes, got: ${total} bytes or more`);
    const value = new Uint8Array(prefix + suffix.length);
    value.set(previous.subarray(0, prefix));
    value.set(suffix, prefix);
    previous = value;
    return value;
  });
}

function take(reader: PageReader, length: number): Uint8Array {
  const left = reader.bytes.length - reader.offset;
  if (!(length >= 0 && length <= left)) throw new TableError(`expected 0 to ${left} bytes of a value, got: ${length}`);
  reader.offset += length;
  return reader.bytes.subarray(reader.offset - length, reader.offset);
}

function readUint32(reader: PageReader): number {
  return Number(readUnsigned(reader, UINT32_BYTES));
}

/** Reads a zigzag integer. */
function readInt64(reader: PageReader): bigint {
  const zigzag = readUnsigned(reader, UINT64_BYTES);
  return (zigzag >> 1n) ^ -(zigzag & 1n);
}

function readUnsigned(reader: PageReader, most: number): bigint {
  let value = 0n;
  for (let i = 0; i < most; i++) {
    const byte = take(reader, 1)[0]!;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return value;
  }
  throw new TableError(`expected an integer of at most ${most} bytes, got: a longer one`);
}
