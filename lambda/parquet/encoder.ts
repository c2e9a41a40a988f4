import { type ColumnChunk, type FileMetaData, type RowGroup } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { version } from '../../package.json';
import { type LeafChunk } from './leaf-encoder';
import { type FileColumns, fileColumns, type WrittenLeaf } from './shred';
import { type StructField } from './schema';
import { ValueBounds } from './value-bounds';

/** A row group ends after this many rows or bytes. */
const GROUP_ROWS = 1 << 17;
const GROUP_BYTES = 16 << 20;
const MAGIC = Buffer.from('PAR1');

/** The statistics of a Parquet column with one value a row. */
export interface LeafBounds {
  readonly path: readonly string[];
  readonly bounds: ValueBounds;
}

/** Encodes a Parquet file. Holds the encoded bytes, and the values of one page. */
export class ParquetEncoder {
  public rowCount = 0;
  /** The statistics of the Parquet columns with one value a row, in the schema's order. */
  public readonly bounds: readonly LeafBounds[];
  private readonly columns: FileColumns;
  private readonly parts: Uint8Array[] = [MAGIC];
  private readonly groups: RowGroup[] = [];
  private groupRows = 0;
  private groupedBytes = MAGIC.length;

  constructor(fields: readonly StructField[]) {
    this.columns = fileColumns(fields);
    this.bounds = this.columns.leaves.filter(({ isRepeated }) => !isRepeated).map(({ path }) => ({ path, bounds: new ValueBounds() }));
  }

  /** The length of the file so far in bytes, with unfinished pages as they are in memory. */
  public get byteLength(): number {
    return this.groupedBytes + this.openBytes;
  }

  private get openBytes(): number {
    return this.columns.leaves.reduce((sum, { encoder }) => sum + encoder.byteLength, 0);
  }

  /**
   * Appends rows, given by column in the order of the fields. The values must have the fields' types.
   * @param rows the indexes of the rows in the columns, in the order to append
   * @throws TableError naming the column if a value is null and may not be
   */
  public append(columns: readonly (readonly unknown[])[], rows: ArrayLike<number>): void {
    this.columns.columns.forEach((append, i) => append(columns[i]!, rows));
    this.rowCount += rows.length;
    this.groupRows += rows.length;
    if (this.groupRows >= GROUP_ROWS || this.openBytes >= GROUP_BYTES) this.endGroup();
  }

  /** Ends the file. @returns its bytes */
  public finish(): Uint8Array {
    if (this.groupRows > 0) this.endGroup();
    const footer = new ByteWriter();
    const metadata = { version: 1, created_by: `cdk-ml-serving version ${version}`, schema: [...this.columns.elements] };
    writeMetadata(footer, { ...metadata, num_rows: BigInt(this.rowCount), row_groups: this.groups } as unknown as FileMetaData);
    return Buffer.concat([...this.parts, footer.getBytes(), MAGIC]);
  }

  private endGroup(): void {
    const start = this.groupedBytes;
    const columns = this.columns.leaves.map((leaf) => this.endChunk(leaf));
    const uncompressed = columns.reduce((sum, { meta_data: chunk }) => sum + chunk!.total_uncompressed_size, 0n);
    const compressed = BigInt(this.groupedBytes - start);
    this.groups.push({ columns, total_byte_size: uncompressed, num_rows: BigInt(this.groupRows), total_compressed_size: compressed });
    this.groupRows = 0;
  }

  private endChunk(leaf: WrittenLeaf): ColumnChunk {
    const chunk = leaf.encoder.endChunk();
    const start = this.groupedBytes;
    for (const { parts, byteLength } of chunk.pages) {
      this.parts.push(...parts);
      this.groupedBytes += byteLength;
    }
    this.bounds.find(({ path }) => path === leaf.path)?.bounds.merge(chunk.bounds);
    return chunkMetadata(leaf, chunk, start, this.groupedBytes);
  }
}

function chunkMetadata(
  leaf: WrittenLeaf,
  { pages, codec, hasDictionary, entries, bounds }: LeafChunk,
  start: number,
  end: number,
): ColumnChunk {
  const { min, max, nullCount } = bounds;
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: leaf.element.type!,
      encodings: hasDictionary ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'],
      path_in_schema: [...leaf.path],
      codec,
      num_values: BigInt(entries),
      total_uncompressed_size: BigInt(pages.reduce((sum, { uncompressedLength }) => sum + uncompressedLength, 0)),
      total_compressed_size: BigInt(end - start),
      data_page_offset: BigInt(start + (hasDictionary ? pages[0]!.byteLength : 0)),
      ...(hasDictionary && { dictionary_page_offset: BigInt(start) }),
      statistics: { min_value: min, max_value: max, null_count: BigInt(nullCount) },
    },
  };
}
