import { type ColumnMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { type PageHeader } from 'hyparquet/src/types.js';
import { type ChunkBytes } from './chunk-bytes';
import { countLevels, type Page, PageDecoder } from './page-decoder';
import { type LeafPlan } from './plan';
import { TableError } from '../stores/table-error';

/** The first guess at the length of a page header, in bytes. Only long statistics make a header longer. */
const HEADER_BYTES = 1024;
const MOST_HEADER_BYTES = 1 << 24;

/** An error of a row; `row` is its number among the rows that are taken. */
export class RowError extends Error {
  constructor(
    public readonly row: number,
    { message }: TableError,
  ) {
    super(message);
  }
}

/** Adds a row to an error of its value. Other errors are returned unchanged. */
export function rowError(row: number, error: unknown): unknown {
  return error instanceof TableError ? new RowError(row, error) : error;
}

/** Reads the entries of one Parquet column in one row group, in order. Holds only the pages that the requested rows need. */
export class LeafReader {
  private readonly pages: Page[] = [];
  private readonly decoder: PageDecoder;
  /** The position in the first page: the next entry, and the next value. */
  private entry = 0;
  private value = 0;
  private rowsAhead = 0;
  private entriesUnread: number;

  constructor(
    private readonly plan: LeafPlan,
    private readonly metadata: ColumnMetaData,
    private readonly bytes: ChunkBytes,
  ) {
    this.decoder = new PageDecoder(plan, metadata);
    this.entriesUnread = Number(metadata.num_values);
  }

  /** Fetches the pages of the next rows. A row of repeated entries ends where the next row starts, so that row is needed too. */
  public async load(rows: number): Promise<void> {
    const needed = this.plan.maxRepetition > 0 ? rows + 1 : rows;
    while (this.rowsAhead < needed && this.entriesUnread > 0) await this.loadPage();
    this.rowsAhead -= rows;
  }

  /** Returns the definition level of the next entry. @throws TableError after the last entry */
  public definition(): number {
    const [page] = this.pages;
    if (page === undefined) throw new TableError(`expected more than ${this.metadata.num_values} values in the row group, got: no more`);
    return page.definitions === undefined ? this.plan.maxDefinition : page.definitions[this.entry]!;
  }

  /** Returns the repetition level of the next entry, or 0 after the last entry. */
  public repetition(): number {
    return this.pages[0]?.repetitions?.[this.entry] ?? 0;
  }

  /** Takes the next entry: its value, or null if its definition level is below the maximum. */
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

  /** Takes the next entries of a column that is not repeated. @throws RowError */
  public takeRows(rows: number): unknown[] {
    const taken = new Array<unknown>(rows);
    let row = 0;
    try {
      while (row < rows) {
        this.definition();
        const { count, definitions, valueAt } = this.pages[0]!;
        const end = Math.min(count, this.entry + rows - row);
        for (; this.entry < end; this.entry++, row++) {
          const isDefined = definitions === undefined || definitions[this.entry] === this.plan.maxDefinition;
          taken[row] = isDefined ? valueAt(this.value++) : null;
        }
        this.endPage();
      }
    } catch (error) {
      throw rowError(row, error);
    }
    return taken;
  }

  /** Skips the next rows. Pages with only skipped rows are not decoded unless the column is repeated. */
  public async skip(rows: number): Promise<void> {
    let left = rows;
    if (this.plan.maxRepetition === 0) {
      left -= this.skipLoaded(left);
      while (left > 0 && this.entriesUnread > 0) {
        left -= await this.skipPage(left);
        left -= this.skipLoaded(left);
      }
      return;
    }
    for (; left > 0; left--) {
      await this.load(1);
      do this.take();
      while (this.repetition() > 0);
    }
  }

  /** Skips entries of the first loaded page. @returns the number of skipped entries */
  private skipLoaded(most: number): number {
    const [page] = this.pages;
    if (page === undefined) return 0;
    const end = Math.min(page.count, this.entry + most);
    const skipped = end - this.entry;
    for (; this.entry < end; this.entry++) {
      if (page.definitions === undefined || page.definitions[this.entry] === this.plan.maxDefinition) this.value++;
    }
    this.rowsAhead -= skipped;
    this.endPage();
    return skipped;
  }

  /** Skips the next page if it has at most `most` entries; otherwise loads it. @returns the number of skipped entries */
  private async skipPage(most: number): Promise<number> {
    const header = await this.takeHeader();
    const count = (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? Infinity;
    if (!(count >= 0 && count <= most)) {
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
    const page = this.decoder.decode(header, await this.bytes.take(header.compressed_page_size), this.entriesUnread);
    if (page === undefined) return;
    this.pages.push(page);
    this.entriesUnread -= page.count;
    this.rowsAhead += page.repetitions === undefined ? page.count : countLevels(page.repetitions, 0);
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
        // the header may be longer than `length`: try again with more bytes while there are any
        if (bytes.length < length || length >= MOST_HEADER_BYTES) throw error;
      }
    }
  }
}
