// https://github.com/apache/parquet-format#data-pages
import { type Encoding, type PageHeader } from 'hyparquet/src/types.js';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { snappyCompressor } from 'hysnappy';

/** hyparquet-writer brings one in JavaScript, which takes three times as long. */
const compress = snappyCompressor();

/** A page with its header. */
export interface EncodedPage {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
  /** Its length if its content were not compressed. */
  readonly uncompressedLength: number;
}

/** A kind of levels, and the greatest that there may be; if that is 0, nothing is written. */
export interface Levels {
  readonly values: Uint8Array;
  readonly max: number;
}

/** Encodes a data page: levels and encoded values, of `count` entries. */
export function dataPage(count: number, repetitions: Levels, definitions: Levels, encoding: Encoding, values: Uint8Array): EncodedPage {
  const body = new ByteWriter(values.length + 1024);
  appendLevels(body, repetitions);
  appendLevels(body, definitions);
  body.appendBytes(values);
  const header = { num_values: count, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const;
  return page({ type: 'DATA_PAGE', data_page_header: header }, body.getBytes());
}

/** Encodes a page with the values of a dictionary, in plain encoding. */
export function dictionaryPage(count: number, values: Uint8Array): EncodedPage {
  return page({ type: 'DICTIONARY_PAGE', dictionary_page_header: { num_values: count, encoding: 'PLAIN' } }, values);
}

/** The numbers of values in a dictionary of a length, as a data page has them. */
export function dictionaryNumbers(numbers: number[], length: number): Uint8Array {
  const body = new ByteWriter();
  // not every reader knows numbers of no bits, which a single value would have
  const width = Math.max(1, bitWidth(length - 1));
  body.appendUint8(width);
  writeRleBitPackedHybrid(body, numbers, width);
  return body.getBytes();
}

/** Packs booleans, a byte each, into bits. */
export function packBits(values: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) bits[i >> 3]! |= values[i]! << (i & 7);
  return bits;
}

function appendLevels(body: ByteWriter, { values, max }: Levels): void {
  if (max === 0) return;
  const encoded = new ByteWriter();
  writeRleBitPackedHybrid(encoded, values, bitWidth(max));
  body.appendUint32(encoded.offset);
  body.appendBytes(encoded.getBytes());
}

function bitWidth(max: number): number {
  return 32 - Math.clz32(max);
}

function page(header: Omit<PageHeader, 'uncompressed_page_size' | 'compressed_page_size'>, content: Uint8Array): EncodedPage {
  const compressed = compress(content);
  const head = new ByteWriter();
  writePageHeader(head, { ...header, uncompressed_page_size: content.length, compressed_page_size: compressed.length });
  const parts = [head.getBytes(), compressed];
  return { parts, byteLength: head.offset + compressed.length, uncompressedLength: head.offset + content.length };
}
