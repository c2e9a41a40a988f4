// https://parquet.apache.org/docs/file-format/data-pages/. Pages are decoded by hyparquet's inner functions, because its public functions decode a
// row group as a whole, lose which structs are null, and round decimals and timestamps.
import { type ColumnMetaData, type DecodedArray, type SchemaElement, type SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { type ColumnDecoder, type DataPageHeader, type PageHeader } from 'hyparquet/src/types.js';
import { type Convert } from './converter';
import { type LeafPlan } from './plan';
import { TableError } from '../stores/table-error';

/** The size of the length field before the levels of a page, in bytes. */
const LENGTH_BYTES = 4;

/** A decoded data page. */
export interface Page {
  /** The number of entries, with nulls and empty lists. */
  readonly count: number;
  /** The definition level of each entry; undefined if all have the maximum. */
  readonly definitions: readonly number[] | undefined;
  /** The repetition level of each entry; undefined if each entry is a row. */
  readonly repetitions: readonly number[] | undefined;
  /** Returns a value; `index` counts the values without nulls. */
  readonly valueAt: (index: number) => unknown;
}

/** Decodes the pages of one column chunk, in order. */
export class PageDecoder {
  private readonly decoder: ColumnDecoder;
  private dictionary: unknown[] | undefined;

  constructor(
    private readonly plan: LeafPlan,
    { type, codec, path_in_schema: pathInSchema }: ColumnMetaData,
  ) {
    const schemaPath = plan.schemaPath as SchemaTree[];
    const element: SchemaElement = schemaPath.at(-1)!.element;
    this.decoder = { pathInSchema, type, element, schemaPath, codec, parsers: DEFAULT_PARSERS, compressors };
  }

  /** Decodes a page. Returns undefined for a page without entries, such as the dictionary. */
  public decode(header: PageHeader, body: Uint8Array): Page | undefined {
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    if (header.type === 'DICTIONARY_PAGE') this.dictionary = this.readDictionary(header, body);
    if (v1 !== undefined) {
      const page = decompressPage(body, header.uncompressed_page_size, this.decoder.codec, compressors);
      return this.pageOf(this.readDataPage(page, v1), v1.num_values, v1.encoding);
    }
    return v2 === undefined ? undefined : this.pageOf(readDataPageV2(body, header, this.decoder), v2.num_values, v2.encoding);
  }

  private readDictionary(header: PageHeader, body: Uint8Array): unknown[] {
    const { codec, type, element } = this.decoder;
    const page = decompressPage(body, header.uncompressed_page_size, codec, compressors);
    const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
    const stored = readPlain(reader, type, header.dictionary_page_header!.num_values, element.type_length);
    return Array.from(stored as Iterable<unknown>, this.plan.convert ?? ((value) => value));
  }

  private readDataPage(page: Uint8Array, header: DataPageHeader): ReturnType<typeof readDataPage> {
    const { isRepeated, maxDefinition } = this.plan;
    const values = isRepeated || maxDefinition === 0 ? undefined : valuesWithoutNulls(page, header.num_values, maxDefinition);
    // a path without optional fields has no levels
    return values === undefined
      ? readDataPage(page, header, this.decoder)
      : readDataPage(values, header, { ...this.decoder, schemaPath: [] });
  }

  private pageOf(data: ReturnType<typeof readDataPage>, count: number, encoding: string): Page | undefined {
    if (count === 0) return undefined;
    const definitions = data.definitionLevels?.length ? data.definitionLevels : undefined;
    const repetitions = data.repetitionLevels.length > 0 ? data.repetitionLevels : undefined;
    const isIndexed = encoding.endsWith('_DICTIONARY');
    const valueAt = isIndexed ? dictionaryValues(data.dataPage, this.dictionary) : plainValues(data.dataPage, this.plan.convert);
    return { count, definitions, repetitions, valueAt };
  }
}

function dictionaryValues(indices: DecodedArray, dictionary: unknown[] = []): Page['valueAt'] {
  return (i) => {
    const value = dictionary[indices[i] as number];
    if (value === undefined)
      throw new TableError(`expected an index below ${dictionary.length}, the dictionary's length, got: ${indices[i]}`);
    return value;
  };
}

function plainValues(stored: DecodedArray, convert: Convert = (value) => value): Page['valueAt'] {
  return (i) => convert(stored[i]);
}

/**
 * Returns the values of a data page (version 1) of a column outside lists if its definition levels are one run of the maximum: no value is
 * null then, and the levels need no array. Returns undefined for all other levels.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 * @param page the decompressed page
 * @param entries the number of its entries
 */
export function valuesWithoutNulls(page: Uint8Array, entries: number, maxDefinition: number): Uint8Array | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (page.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + view.getUint32(0, true);
  let header = 0;
  let at = LENGTH_BYTES;
  for (let shift = 0; at < page.length; shift += 7) {
    const byte = page[at++]!;
    header += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // the lowest bit is 0 for a run of one value, and 1 for bit-packed values
  const isOneRun = header === entries * 2 && page[at] === maxDefinition && at + 1 === end;
  return isOneRun ? page.subarray(end) : undefined;
}
