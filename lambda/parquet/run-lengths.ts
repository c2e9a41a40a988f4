// https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
import { TableError } from '../stores/table-error';

/** The longest header of a run, in bytes: runs have less than 2³¹ values. */
const HEADER_BYTES = 5;
/** Values of at most this width fit into a 32-bit buffer beside the bits of another byte. */
const BUFFERED_WIDTH = 24;

/**
 * Decodes values of the hybrid of run lengths and bit packing, until `output` is full. hyparquet's decoder does not compare the length of a run
 * with the output or the input: one damaged byte makes it fill memory, or loop without end.
 * @param end the end of the encoded values in `bytes`
 * @throws TableError if the encoded values end before `output` is full
 */
export function decodeRuns(bytes: Uint8Array, start: number, end: number, width: number, output: Uint8Array | Int32Array): void {
  let at = start;
  let filled = 0;
  while (filled < output.length) {
    let header = 0;
    const headerStart = at;
    let byte: number;
    do {
      if (at >= end) throw new TableError(`expected runs of ${output.length} values, got: ${filled} values`);
      if (at - headerStart === HEADER_BYTES) throw new TableError(`expected the header of a run, got: more than ${HEADER_BYTES} bytes`);
      byte = bytes[at]!;
      header += (byte & 0x7f) * 2 ** (7 * (at++ - headerStart));
    } while (byte >= 0x80);
    const left = output.length - filled;
    // the lowest bit is 0 for a run of one value, and 1 for bit-packed groups of 8 values
    const isPacked = header % 2 === 1;
    const count = Math.min(isPacked ? ((header - 1) / 2) * 8 : header / 2, left);
    if (count === 0) throw new TableError('expected a run of 1 value or more, got: 0 values');
    const needed = isPacked ? Math.ceil((count * width) / 8) : Math.ceil(width / 8);
    if (needed > end - at) throw new TableError(`expected ${needed} more bytes of a run, got: ${end - at}`);
    if (isPacked) {
      unpack(bytes, at, width, output, filled, filled + count);
    } else {
      const value = littleEndian(bytes, at, needed);
      if (value >= 2 ** width) throw new TableError(`expected a value of ${width} bits, got: ${value}`);
      output.fill(value, filled, filled + count);
    }
    at += isPacked ? ((header - 1) / 2) * width : needed;
    filled += count;
  }
}

function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value += bytes[at + i]! * 2 ** (8 * i);
  return value;
}

function unpack(bytes: Uint8Array, start: number, width: number, output: Uint8Array | Int32Array, from: number, to: number): void {
  if (width > BUFFERED_WIDTH) {
    for (let i = from; i < to; i++) output[i] = bitsAt(bytes, start * 8 + (i - from) * width, width);
    return;
  }
  const mask = (1 << width) - 1;
  let at = start;
  let buffer = 0;
  let held = 0;
  for (let i = from; i < to; i++) {
    while (held < width) {
      buffer |= bytes[at++]! << held;
      held += 8;
    }
    output[i] = buffer & mask;
    buffer >>>= width;
    held -= width;
  }
}

/** Reads up to 32 bits, least significant bit first. Bits after the end of the bytes are 0. */
export function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  if (width === 0) return 0;
  const first = Math.floor(bit / 8);
  const last = Math.floor((bit + width - 1) / 8);
  let value = 0;
  for (let i = first; i <= last; i++) value += (bytes[i] ?? 0) * 2 ** (8 * (i - first));
  return Math.floor(value / 2 ** (bit - first * 8)) % 2 ** width;
}
