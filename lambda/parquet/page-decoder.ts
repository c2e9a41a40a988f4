// https://parquet.apache.org/docs/file-format/data-pages/. Of hyparquet, only the decoders of whole values are used: its decoders of pages do not
// check lengths and counts, and its public functions decode a row group as a whole, lose which structs are null, and round decimals and
// timestamps.
import * as zlib from 'node:zlib';
import { type ColumnMetaData, type Compressors, type DecodedArray, type SchemaElement } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { type DataPageHeader, type DataPageHeaderV2, type PageHeader } from 'hyparquet/src/types.js';
import { type Convert } from './converter';
import { decodeDeltaLengths, decodeDeltas, decodeDeltaStrings, type PageReader } from './delta-encodings';
import { type LeafPlan } from './plan';
import { decodeRuns } from './run-lengths';
import { TableError } from '../stores/table-error';

/** The most bytes and the most entries of a page. Writers make pages of about a megabyte; these limits keep a small file from filling memory. */
const PAGE_BYTES = 1 << 28;
const PAGE_ENTRIES = 1 << 24;
/** The size of the length field before the levels of a page, in bytes. */
const LENGTH_BYTES = 4;
/** Exists in Node.js 22.15 and later. */
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: typeof zlib.brotliDecompressSync };

/** The decompressors of Node.js are faster than those in JavaScript, and detect more damage. */
const DECOMPRESSORS: Compressors = {
  ...compressors,
  GZIP: (bytes, size) => zlib.gunzipSync(bytes, { maxOutputLength: size }),
  BROTLI: (bytes, size) => zlib.brotliDecompressSync(bytes, { maxOutputLength: size }),
  ...(zstdDecompressSync && { ZSTD: (bytes, size) => zstdDecompressSync(bytes, { maxOutputLength: size }) }),
};
const MOST_INDEX_BITS = 32;
/** Levels are kept in bytes. */
const MOST_LEVEL = 255;

/** A decoded data page. */
export interface Page {
  /** The number of entries, with nulls and empty lists. */
  readonly count: number;
  /** The definition level of each entry; undefined if all have the maximum. */
  readonly definitions: Uint8Array | undefined;
  /** The repetition level of each entry; undefined if each entry is a row. */
  readonly repetitions: Uint8Array | undefined;
  /** Returns a value; `index` counts the values without nulls. */
  readonly valueAt: (index: number) => unknown;
}

/** Decodes the pages of one column chunk, in order. */
export class PageDecoder {
  private readonly element: SchemaElement;
  private dictionary: DictionaryValues | undefined;

  constructor(
    private readonly plan: LeafPlan,
    private readonly metadata: ColumnMetaData,
  ) {
    this.element = plan.schemaPath.at(-1)!.element;
  }

  /**
   * Decodes a page. Returns undefined for a page without entries, such as the dictionary.
   * @param most the number of entries of the chunk that are not decoded yet
   * @throws TableError if the page is damaged, or larger than the limits
   */
  public decode(header: PageHeader, body: Uint8Array, most: number): Page | undefined {
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    if (header.type === 'DICTIONARY_PAGE' && dictionary !== undefined) {
      const reader = { bytes: this.decompress(body, header.uncompressed_page_size), offset: 0 };
      this.dictionary = new DictionaryValues(this.decodePlain(reader, dictionary.num_values), this.plan.convert);
      return undefined;
    }
    // the specification has readers skip pages of other types
    const page = header.type === 'DATA_PAGE' ? v1 : header.type === 'DATA_PAGE_V2' ? v2 : undefined;
    const count = page?.num_values ?? 0;
    if (count === 0) return undefined;
    const limit = Math.min(most, PAGE_ENTRIES);
    if (!(count > 0 && count <= limit)) throw new TableError(`expected a page of at most ${limit} entries, got: ${count}`);
    if (page === v1) return this.decodeV1(v1!, this.decompress(body, header.uncompressed_page_size));
    return this.decodeV2(v2!, header.uncompressed_page_size, body);
  }

  private decodeV1(header: DataPageHeader, bytes: Uint8Array): Page {
    const { num_values: count, encoding } = header;
    const { maxDefinition, maxRepetition } = this.plan;
    const reader = { bytes, offset: 0 };
    const repetitions = maxRepetition === 0 ? undefined : this.levelsV1(reader, count, maxRepetition, header.repetition_level_encoding);
    const hasNoNulls = maxDefinition === 0 || (maxRepetition === 0 && skipLevelsWithoutNulls(reader, count, maxDefinition));
    const definitions = hasNoNulls ? undefined : this.levelsV1(reader, count, maxDefinition, header.definition_level_encoding);
    return this.pageOf(reader, encoding, count, definitions, repetitions);
  }

  private decodeV2(header: DataPageHeaderV2, pageBytes: number, body: Uint8Array): Page {
    const { num_values: count, encoding, repetition_levels_byte_length: first, definition_levels_byte_length: second } = header;
    const { maxDefinition, maxRepetition } = this.plan;
    const start = first + second;
    if (!(first >= 0 && second >= 0 && start <= body.length))
      throw new TableError(`expected levels in a page of ${body.length} bytes, got: levels of ${first} and ${second} bytes`);
    const repetitions = maxRepetition === 0 ? undefined : decodeLevels(body, 0, first, count, maxRepetition);
    const definitions = maxDefinition === 0 ? undefined : decodeLevels(body, first, start, count, maxDefinition);
    const stored = body.subarray(start);
    const bytes = header.is_compressed === false ? bytesAlone(stored) : this.decompress(stored, pageBytes - start);
    return this.pageOf({ bytes, offset: 0 }, encoding, count, definitions, repetitions);
  }

  private decompress(body: Uint8Array, size: number): Uint8Array {
    if (!(size >= 0 && size <= PAGE_BYTES)) throw new TableError(`expected a page of at most ${PAGE_BYTES} bytes, got: ${size} bytes`);
    return size === 0 ? new Uint8Array(0) : bytesAlone(decompressPage(body, size, this.metadata.codec, DECOMPRESSORS));
  }

  private levelsV1(reader: PageReader, count: number, max: number, encoding: string): Uint8Array {
    if (encoding !== 'RLE') throw new TableError(`expected levels encoded as RLE, got: ${encoding}`);
    const start = reader.offset + LENGTH_BYTES;
    const end = endOfRuns(reader);
    reader.offset = end;
    return decodeLevels(reader.bytes, start, end, count, max);
  }

  private pageOf(
    reader: PageReader,
    encoding: string,
    count: number,
    definitions: Uint8Array | undefined,
    repetitions: Uint8Array | undefined,
  ): Page {
    const values = definitions === undefined ? count : countLevels(definitions, this.plan.maxDefinition);
    const hasNulls = values < count;
    return { count, definitions: hasNulls ? definitions : undefined, repetitions, valueAt: this.valuesOf(reader, encoding, values) };
  }

  private valuesOf(reader: PageReader, encoding: string, count: number): Page['valueAt'] {
    if (count === 0) return () => null;
    const { type } = this.metadata;
    switch (encoding) {
      case 'PLAIN_DICTIONARY':
      case 'RLE_DICTIONARY': {
        if (this.dictionary === undefined) throw new TableError('expected a dictionary before its indexes, got: no dictionary');
        const width = reader.bytes[reader.offset++] ?? Infinity;
        if (width > MOST_INDEX_BITS) throw new TableError(`expected indexes of at most ${MOST_INDEX_BITS} bits, got: ${width} bits`);
        const indexes = new Int32Array(count);
        if (width > 0) decodeRuns(reader.bytes, reader.offset, reader.bytes.length, width, indexes);
        return this.dictionary.valuesAt(indexes);
      }
      case 'RLE': {
        if (type !== 'BOOLEAN') throw new TableError(`expected run lengths of BOOLEAN, got: ${type}`);
        const bits = new Uint8Array(count);
        decodeRuns(reader.bytes, reader.offset + LENGTH_BYTES, endOfRuns(reader), 1, bits);
        return plainValues([...bits].map((bit) => bit === 1), this.plan.convert); // prettier-ignore
      }
      case 'PLAIN':
        return plainValues(this.decodePlain(reader, count), this.plan.convert);
      default:
        return plainValues(this.decodeEncoded(reader, encoding, count), this.plan.convert);
    }
  }

  private decodeEncoded(reader: PageReader, encoding: string, count: number): DecodedArray {
    const { type } = this.metadata;
    switch (encoding) {
      case 'DELTA_BINARY_PACKED': {
        if (type !== 'INT32' && type !== 'INT64') throw new TableError(`expected integers, got: ${encoding} of ${type}`);
        const output = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
        decodeDeltas(reader, output);
        return output;
      }
      case 'DELTA_LENGTH_BYTE_ARRAY':
        return decodeDeltaLengths(reader, count);
      case 'DELTA_BYTE_ARRAY':
        return decodeDeltaStrings(reader, count, PAGE_BYTES);
      case 'BYTE_STREAM_SPLIT':
        if (this.checkLength(reader, count) !== reader.bytes.length - reader.offset)
          throw new TableError(`expected the bytes of ${count} values, got: ${reader.bytes.length - reader.offset} bytes`);
        return byteStreamSplit({ view: viewOf(reader), offset: reader.offset }, count, type, this.element.type_length);
      default:
        throw new TableError(`expected an encoding of Parquet, got: ${encoding}`);
    }
  }

  private decodePlain(reader: PageReader, count: number): DecodedArray {
    this.checkLength(reader, count);
    return readPlain({ view: viewOf(reader), offset: reader.offset }, this.metadata.type, count, this.element.type_length);
  }

  /** Checks that a page is long enough for its values, before arrays of `count` values are allocated. @returns the fewest bytes of the values */
  private checkLength({ bytes, offset }: PageReader, count: number): number {
    const { type } = this.metadata;
    const bits = type === 'FIXED_LEN_BYTE_ARRAY' ? 8 * (this.element.type_length ?? 0) : LEAST_BITS[type];
    const needed = Math.ceil((count * bits) / 8);
    if (!(count >= 0 && needed <= bytes.length - offset))
      throw new TableError(`expected ${needed} bytes or more of ${count} values, got: ${bytes.length - offset}`);
    return needed;
  }
}

/** The fewest bits of a plain value. A byte array has a length of 32 bits. */
const LEAST_BITS = { BOOLEAN: 1, INT32: 32, INT64: 64, INT96: 96, FLOAT: 32, DOUBLE: 64, BYTE_ARRAY: 32 } as const;

/** The values of a dictionary, converted when they are first used, so that a wrong value is an error of the rows that have it. */
class DictionaryValues {
  private readonly converted: unknown[];

  constructor(
    private readonly stored: DecodedArray,
    private readonly convert: Convert = (value) => value,
  ) {
    this.converted = new Array<unknown>(stored.length);
  }

  public valuesAt(indexes: Int32Array): Page['valueAt'] {
    return (i) => this.converted[indexes[i]!] ?? this.convertAt(indexes[i]!);
  }

  private convertAt(index: number): unknown {
    const { length } = this.stored;
    if (!(index >= 0 && index < length)) throw new TableError(`expected an index below ${length}, the dictionary's length, got: ${index}`);
    return (this.converted[index] = this.convert(this.stored[index]));
  }
}

function plainValues(stored: DecodedArray, convert: Convert = (value) => value): Page['valueAt'] {
  return (i) => convert(stored[i]);
}

/** Returns the end of runs that start with their length in bytes. */
function endOfRuns(reader: PageReader): number {
  const { bytes, offset } = reader;
  const start = offset + LENGTH_BYTES;
  const end = start > bytes.length ? start : start + viewOf(reader).getUint32(offset, true);
  if (end > bytes.length) throw new TableError(`expected runs in a page of ${bytes.length} bytes, got: runs up to ${end}`);
  return end;
}

/** Decodes levels. @throws TableError if there are fewer than `count`, or one is above `max` */
function decodeLevels(bytes: Uint8Array, start: number, end: number, count: number, max: number): Uint8Array {
  if (max > MOST_LEVEL) throw new TableError(`expected a column in at most ${MOST_LEVEL} optional or repeated fields, got: ${max}`);
  const levels = new Uint8Array(count);
  decodeRuns(bytes, start, end, 32 - Math.clz32(max), levels);
  const wrong = levels.find((level) => level > max);
  if (wrong !== undefined) throw new TableError(`expected a level of at most ${max}, got: ${wrong}`);
  return levels;
}

/** Counts the levels that equal `wanted`. */
export function countLevels(levels: Uint8Array, wanted: number): number {
  let count = 0;
  for (let i = 0; i < levels.length; i++) if (levels[i] === wanted) count++;
  return count;
}

/** hyparquet reads values up to the end of the buffer, so a page needs a buffer of its own for damaged lengths to fail. */
function bytesAlone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}

function viewOf({ bytes }: PageReader): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Skips the definition levels of a data page (version 1) if they are one run of the maximum: no value is null then, and
 * the levels need no array.
 * @returns whether the levels were skipped
 */
export function skipLevelsWithoutNulls(reader: PageReader, entries: number, maxDefinition: number): boolean {
  const { bytes, offset } = reader;
  if (bytes.length - offset < LENGTH_BYTES) return false;
  const start = offset + LENGTH_BYTES;
  const end = start + viewOf(reader).getUint32(offset, true);
  let header = 0;
  let at = start;
  for (let shift = 0; at < bytes.length; shift += 7) {
    const byte = bytes[at++]!;
    header += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // the lowest bit of the header is 0 for a run of one value
  const isOneRun = header === entries * 2 && bytes[at] === maxDefinition && at + 1 === end;
  if (isOneRun) reader.offset = end;
  return isOneRun;
}
