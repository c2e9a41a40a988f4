import { type FileMetaData, parquetMetadataAsync, parquetSchema, type RowGroup } from 'hyparquet';
import { assemblerOf } from './assemble';
import { ChunkBytes, type FetchRange } from './chunk-bytes';
import { LeafReader } from './leaf-reader';
import { type ObjectStore } from '../stores/object-store';
import { type FilePlan, type LeafPlan, type NodePlan, planFile } from './plan';
import { fieldsOf } from './file-schema';
import { type StructField } from './schema';
import { TableError } from '../stores/table-error';

/** How many rows a slice has at most. */
export const SLICE_ROWS = 4096;

/** The magic number at both ends and the length of the metadata. */
const SMALLEST_FILE_BYTES = 12;

/** A few rows that follow one another in a file. */
export interface Slice {
  readonly rowCount: number;
  /** The values of each column asked for, in that order. */
  readonly columns: readonly (readonly unknown[])[];
}

/** Statistics are not read: whatever they say must not stop us. */
const RAW_STATISTICS = Object.fromEntries(
  [
    'timestampFromMilliseconds',
    'timestampFromMicroseconds',
    'timestampFromNanoseconds',
    'dateFromDays',
    'stringFromBytes',
    'jsonFromBytes',
  ].map((name) => [name, (stored: unknown) => stored]),
);

/** Some rows of a file that follow one another: from one up to but not including another; the first is 0. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads columns of a Parquet file, a slice after the other. A column that the file does not have is null in every row.
 * @param size the file's length in bytes
 * @param range the rows to read; by default all
 * @throws TableError naming the file if it is no Parquet file, is damaged, or holds other types than the columns'
 */
export async function* readParquet(
  store: ObjectStore,
  path: string,
  size: number,
  columns: readonly StructField[],
  range: RowRange = { start: 0, end: Infinity },
): AsyncGenerator<Slice> {
  const fetchRange = fetchFrom(store, path);
  try {
    const metadata = await readMetadata(fetchRange, size);
    const plan = planFile(parquetSchema(metadata), columns);
    let first = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const [start, end] = [Math.max(0, range.start - first), Math.min(rows, range.end - first)];
      if (start < end) yield* readRowGroup(fetchRange, plan, group, start, end);
      first += rows;
    }
  } catch (error) {
    throw failureOf(path, error);
  }
}

/**
 * Reads which columns a Parquet file has, as {@link fieldsOf} makes them.
 * @param size the file's length in bytes
 * @throws TableError naming the file if it is no Parquet file or is damaged
 */
export async function readParquetFields(store: ObjectStore, path: string, size: number): Promise<StructField[]> {
  try {
    return fieldsOf(parquetSchema(await readMetadata(fetchFrom(store, path), size)));
  } catch (error) {
    throw failureOf(path, error);
  }
}

/**
 * Reads how many rows a Parquet file has.
 * @param size the file's length in bytes
 * @throws TableError naming the file if it is no Parquet file or is damaged
 */
export async function readRowCount(store: ObjectStore, path: string, size: number): Promise<number> {
  try {
    return Number((await readMetadata(fetchFrom(store, path), size)).num_rows);
  } catch (error) {
    throw failureOf(path, error);
  }
}

function fetchFrom(store: ObjectStore, path: string): FetchRange {
  return async (start, end) => {
    try {
      return await store.readRange(path, start, end);
    } catch (error) {
      throw new FetchFailure(error);
    }
  };
}

function failureOf(path: string, error: unknown): unknown {
  if (error instanceof FetchFailure) return error.reason;
  // what a damaged page holds may break decoding anywhere
  const reason = error instanceof TableError ? error.message : `expected a whole Parquet file, got: ${(error as Error).message}`;
  return new TableError(`${path}: ${reason}`, { cause: error });
}

/** Tells that the store failed, and not the decoding of what it gave. */
class FetchFailure extends Error {
  constructor(public readonly reason: unknown) {
    super('a fetch failed');
  }
}

async function readMetadata(fetchRange: FetchRange, size: number): Promise<FileMetaData> {
  if (size < SMALLEST_FILE_BYTES) throw new TableError(`expected a whole Parquet file, got: ${size} bytes`);
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => Uint8Array.from(await fetchRange(start, end)).buffer;
  return parquetMetadataAsync({ byteLength: size, slice }, { parsers: RAW_STATISTICS, geoparquet: false });
}

async function* readRowGroup(fetchRange: FetchRange, plan: FilePlan, group: RowGroup, from: number, end: number): AsyncGenerator<Slice> {
  const readers = plan.leaves.map((leaf) => leafReader(fetchRange, leaf, group));
  const takers = plan.columns.map((node) => rowsTaker(node, readers));
  if (from > 0) await Promise.all(readers.map((reader) => reader.skip(from)));
  for (let start = from; start < end; start += SLICE_ROWS) {
    const rowCount = Math.min(SLICE_ROWS, end - start);
    await Promise.all(readers.map((reader) => reader.load(rowCount)));
    yield { rowCount, columns: takers.map((take) => take(rowCount)) };
  }
}

/** Takes the values of a column in the next rows. */
function rowsTaker(node: NodePlan | undefined, readers: readonly LeafReader[]): (rows: number) => unknown[] {
  if (node === undefined) return (rows) => new Array<unknown>(rows).fill(null);
  if (node.kind === 'leaf') return (rows) => readers[node.leaves[0]!]!.takeRows(rows);
  const take = assemblerOf(node, readers);
  return (rows) => Array.from({ length: rows }, take);
}

function leafReader(fetchRange: FetchRange, leaf: LeafPlan, group: RowGroup): LeafReader {
  const names = leaf.schemaPath.slice(1).map(({ element }) => element.name);
  const isOf = (found: string[] | undefined) => found?.length === names.length && found.every((name, i) => name === names[i]);
  const metadata = group.columns.find(({ meta_data }) => isOf(meta_data?.path_in_schema))?.meta_data;
  if (metadata === undefined) throw new TableError(`expected a chunk of column '${names.join('.')}' in each row group, got: none`);
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: length } = metadata;
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
  return new LeafReader(leaf, metadata, new ChunkBytes(fetchRange, start, start + Number(length)));
}
