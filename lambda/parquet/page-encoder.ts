// https://github.com/apache/parquet-format#data-pages
import { type Encoding, type PageHeader } from 'hyparquet/src/types.js';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { snappyCompressor } from 'hysnappy';

const HEADER_BYTES = 64;
/** If the first page of a column chunk compresses to more than this share, the chunk is not compressed. */
const WORTH_COMPRESSING = 0.95;
/** hyparquet-writer has a compressor in JavaScript, which takes five times as long. */
const compress = snappyCompressor();

/** An encoded page with its header. */
export interface EncodedPage {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
  /** The length with the content uncompressed. */
  readonly uncompressedLength: number;
}

/** Repetition or definition levels, and their maximum. Levels with a maximum of 0 are not written. */
export interface Levels {
  readonly values: Uint8Array;
  readonly max: number;
}

/** Encodes the pages of a column chunk with one codec: Snappy, unless it does not make the first page shorter. */
export class PageEncoder {
  private codecOfFirst: 'SNAPPY' | 'UNCOMPRESSED' | undefined;

  /** The codec of the pages encoded so far. */
  public get codec(): 'SNAPPY' | 'UNCOMPRESSED' {
    return this.codecOfFirst ?? 'SNAPPY';
  }

  /** Encodes a data page of `count` entries from its levels and encoded values. */
  public dataPage(count: number, repetitions: Levels, definitions: Levels, encoding: Encoding, values: Uint8Array): EncodedPage {
    const content = Buffer.concat([...encodedLevels(repetitions), ...encodedLevels(definitions), values]);
    const header = { num_values: count, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const;
    return this.page({ type: 'DATA_PAGE', data_page_header: header }, content);
  }

  /** Encodes a dictionary page from plain-encoded values. */
  public dictionaryPage(count: number, values: Uint8Array): EncodedPage {
    return this.page(
      { type: 'DICTIONARY_PAGE', dictionary_page_header: { num_values: count, encoding: 'PLAIN' } },
      Uint8Array.from(values),
    );
  }

  private page(header: Omit<PageHeader, 'uncompressed_page_size' | 'compressed_page_size'>, content: Uint8Array): EncodedPage {
    const stored = this.compress(content);
    const head = new ByteWriter(HEADER_BYTES);
    writePageHeader(head, { ...header, uncompressed_page_size: content.length, compressed_page_size: stored.length });
    const parts = [head.getBytes(), stored];
    return { parts, byteLength: head.offset + stored.length, uncompressedLength: head.offset + content.length };
  }

  private compress(content: Uint8Array): Uint8Array {
    if (this.codecOfFirst === 'UNCOMPRESSED') return content;
    const compressed = compress(content);
    this.codecOfFirst ??= compressed.length > content.length * WORTH_COMPRESSING ? 'UNCOMPRESSED' : 'SNAPPY';
    return this.codecOfFirst === 'SNAPPY' ? compressed : content;
  }
}

/** Encodes dictionary numbers for a data page; `length` is the dictionary's length. */
export function dictionaryNumbers(numbers: number[], length: number): Uint8Array {
  const body = new ByteWriter();
  // some readers fail on a width of 0 bits, which a dictionary of one value would have
  const width = Math.max(1, bitWidth(length - 1));
  body.appendUint8(width);
  writeRleBitPackedHybrid(body, numbers, width);
  return body.getBytes();
}

/** Packs booleans of one byte each into bits. */
export function packBits(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) bits[i >> 3]! |= values[i]! << (i & 7);
  return bits;
}

/** Encodes levels, after their length in bytes. */
function encodedLevels({ values, max }: Levels): Uint8Array[] {
  if (max === 0) return [];
  const encoded = new ByteWriter();
  writeRleBitPackedHybrid(encoded, values, bitWidth(max));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(encoded.offset);
  return [length, encoded.getBytes()];
}

function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}
