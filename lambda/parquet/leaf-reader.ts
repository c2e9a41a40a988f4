// https://github.com/apache/parquet-format#data-pages. Pages are decoded by hyparquet's inner functions: its outer ones decode a row group
// as a whole, lose which structs are null, and round decimals and timestamps.
import { type ColumnMetaData, type DecodedArray, type SchemaElement, type SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { type ColumnDecoder, type DataPageHeader, type PageHeader } from 'hyparquet/src/types.js';
import { type ChunkBytes } from './chunk-bytes';
import { valuesWithoutNulls } from './null-free-page';
import { type LeafPlan } from './parquet-plan';
import { type Convert } from './parquet-value';
import { TableError } from '../stores/table-error';

/** What a page header takes at most, in bytes, unless its statistics are long. */
const HEADER_BYTES = 1024;

interface Page {
  /** How many entries there are, nulls and empty lists among them. */
  readonly count: number;
  /** Absent where every entry has the highest level. */
  readonly definitions: readonly number[] | undefined;
  /** Absent where every entry is a row of its own. */
  readonly repetitions: readonly number[] | undefined;
  readonly valueAt: (index: number) => unknown;
}

/** The entries of one Parquet column in one row group, in order, of which no more pages are held than the rows asked for take. */
export class LeafReader {
  private readonly pages: Page[] = [];
  private readonly decoder: ColumnDecoder;
  private dictionary: unknown[] | undefined;
  private entry = 0;
  private value = 0;
  private rowsAhead = 0;
  private entriesUnread: number;

  constructor(
    private readonly plan: LeafPlan,
    private readonly metadata: ColumnMetaData,
    private readonly bytes: ChunkBytes,
  ) {
    const schemaPath = plan.schemaPath as SchemaTree[];
    const element: SchemaElement = schemaPath.at(-1)!.element;
    const { type, codec, path_in_schema: pathInSchema } = metadata;
    this.decoder = { pathInSchema, type, element, schemaPath, codec, parsers: DEFAULT_PARSERS, compressors };
    this.entriesUnread = Number(metadata.num_values);
  }

  /** Fetches what the next rows need; to know where a row of repeated entries ends takes the start of the next. */
  public async load(rows: number): Promise<void> {
    const needed = this.plan.isRepeated ? rows + 1 : rows;
    while (this.rowsAhead < needed && this.entriesUnread > 0) await this.loadPage();
    this.rowsAhead -= rows;
  }

  /** The definition level of the next entry. @throws TableError if there is none */
  public definition(): number {
    const [page] = this.pages;
    if (page === undefined) throw new TableError(`expected more than ${this.metadata.num_values} values in the row group, got: no more`);
    return page.definitions === undefined ? this.plan.maxDefinition : page.definitions[this.entry]!;
  }

  /** The repetition level of the next entry, 0 if there is none. */
  public repetition(): number {
    return this.pages[0]?.repetitions?.[this.entry] ?? 0;
  }

  /** Takes the next entry: its value, or null where its definition level says that there is none. */
  public take(): unknown {
    const isDefined = this.definition() === this.plan.maxDefinition;
    const page = this.pages[0]!;
    const taken = isDefined ? page.valueAt(this.value++) : null;
    this.entry++;
    this.endPage();
    return taken;
  }

  private endPage(): void {
    if (this.entry < this.pages[0]!.count) return;
    this.pages.shift();
    this.entry = 0;
    this.value = 0;
  }

  /** Takes the next entries of a column that has one a row. */
  public takeRows(rows: number): unknown[] {
    const taken = new Array<unknown>(rows);
    for (let row = 0; row < rows;) {
      this.definition();
      const { count, definitions, valueAt } = this.pages[0]!;
      const end = Math.min(count, this.entry + rows - row);
      for (; this.entry < end; this.entry++) {
        const isDefined = definitions === undefined || definitions[this.entry] === this.plan.maxDefinition;
        taken[row++] = isDefined ? valueAt(this.value++) : null;
      }
      this.endPage();
    }
    return taken;
  }

  /** Passes over the next rows of a column. Pages that hold nothing else are not decoded. */
  public async skip(rows: number): Promise<void> {
    let left = rows;
    if (!this.plan.isRepeated) {
      left -= this.passOver(left);
      while (left > 0 && this.entriesUnread > 0) {
        left -= await this.passOverPage(left);
        left -= this.passOver(left);
      }
      return;
    }
    for (; left > 0; left--) {
      await this.load(1);
      do this.take();
      while (this.repetition() > 0);
    }
  }

  /** Passes over entries that are loaded. @returns how many */
  private passOver(most: number): number {
    const [page] = this.pages;
    if (page === undefined) return 0;
    const end = Math.min(page.count, this.entry + most);
    const passed = end - this.entry;
    for (; this.entry < end; this.entry++) {
      if (page.definitions === undefined || page.definitions[this.entry] === this.plan.maxDefinition) this.value++;
    }
    this.rowsAhead -= passed;
    this.endPage();
    return passed;
  }

  /** Passes over the next page if it has no more entries than are to be passed over, else loads it. @returns how many were passed over */
  private async passOverPage(most: number): Promise<number> {
    const header = await this.takeHeader();
    const count = (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? Infinity;
    if (count > most) {
      await this.loadBody(header);
      return 0;
    }
    await this.bytes.take(header.compressed_page_size);
    this.entriesUnread -= count;
    return count;
  }

  private async loadPage(): Promise<void> {
    await this.loadBody(await this.takeHeader());
  }

  private async loadBody(header: PageHeader): Promise<void> {
    const body = await this.bytes.take(header.compressed_page_size);
    if (header.type === 'DICTIONARY_PAGE') this.dictionary = this.readDictionary(header, body);
    const page = this.readPage(header, body);
    if (page === undefined || page.count === 0) return;
    this.pages.push(page);
    this.entriesUnread -= page.count;
    this.rowsAhead += page.repetitions === undefined ? page.count : page.repetitions.filter((level) => level === 0).length;
  }

  private async takeHeader(): Promise<PageHeader> {
    for (let length = HEADER_BYTES; ; length *= 2) {
      const bytes = await this.bytes.peek(length);
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      try {
        const header = parquetHeader(reader);
        await this.bytes.take(reader.offset);
        return header;
      } catch (error) {
        // a header longer than what was there: the next turn looks further, unless there is no more
        if (bytes.length < length) throw error;
      }
    }
  }

  private readDictionary(header: PageHeader, body: Uint8Array): unknown[] {
    const { codec, type, element } = this.decoder;
    const page = decompressPage(body, header.uncompressed_page_size, codec, compressors);
    const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
    const stored = readPlain(reader, type, header.dictionary_page_header!.num_values, element.type_length);
    return Array.from(stored as Iterable<unknown>, this.plan.convert ?? ((value) => value));
  }

  private readPage(header: PageHeader, body: Uint8Array): Page | undefined {
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    if (v1 !== undefined) {
      const page = decompressPage(body, header.uncompressed_page_size, this.decoder.codec, compressors);
      return this.pageOf(this.readDataPage(page, v1), v1.num_values, v1.encoding);
    }
    return v2 === undefined ? undefined : this.pageOf(readDataPageV2(body, header, this.decoder), v2.num_values, v2.encoding);
  }

  private readDataPage(page: Uint8Array, header: DataPageHeader): ReturnType<typeof readDataPage> {
    const { isRepeated, maxDefinition } = this.plan;
    const values = isRepeated || maxDefinition === 0 ? undefined : valuesWithoutNulls(page, header.num_values, maxDefinition);
    // a path without optional fields has no levels
    return values === undefined
      ? readDataPage(page, header, this.decoder)
      : readDataPage(values, header, { ...this.decoder, schemaPath: [] });
  }

  private pageOf(data: ReturnType<typeof readDataPage>, count: number, encoding: string): Page {
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
