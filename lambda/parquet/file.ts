import { type FileMetaData, parquetMetadataAsync, parquetSchema, type RowGroup } from 'hyparquet';
import { assemblerOf } from './assemble';
import { ChunkBytes, type FetchRange } from './chunk-bytes';
import { LeafReader, RowError, rowError } from './leaf-reader';
import { type ObjectStore } from '../stores/object-store';
import { type FilePlan, type LeafPlan, type NodePlan, planFile } from './plan';
import { fieldsOf } from './file-schema';
import { type StructField } from './schema';
import { TableError } from '../stores/table-error';

/** The most rows of a slice. */
export const SLICE_ROWS = 4096;

/** The magic number at both ends, and the length of the metadata. */
const SMALLEST_FILE_BYTES = 12;
const MOST_GROUP_ROWS = 2n ** 31n;

/** Consecutive rows of a file, by column. */
export interface Slice {
  readonly rowCount: number;
  /** The values of each requested column, in the requested order. */
  readonly columns: readonly (readonly unknown[])[];
}

/** Parsers that leave statistics as they are stored, so that wrong statistics cannot fail a read. */
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

/** Consecutive rows of a file, from `start` up to but not including `end`; the first row is 0. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads columns of a Parquet file, slice by slice. A column that is missing from the file is null in every row.
 * @param size the file's length in bytes
 * @param range the rows to read; by default all
 * @throws TableError naming the file if it is not a Parquet file, is damaged, or has other column types
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
      if (start < end) yield* readRowGroup({ fetchRange, size, plan, group, columns, first }, start, end);
      first += rows;
    }
  } catch (error) {
    throw failureOf(path, error);
  }
}

/**
 * Reads the columns of a Parquet file, as {@link fieldsOf} describes them.
 * @param size the file's length in bytes
 * @throws TableError naming the file if it is not a Parquet file, or is damaged
 */
export async function readParquetFields(store: ObjectStore, path: string, size: number): Promise<StructField[]> {
  try {
    return fieldsOf(parquetSchema(await readMetadata(fetchFrom(store, path), size)));
  } catch (error) {
    throw failureOf(path, error);
  }
}

/**
 * Reads the number of rows of a Parquet file.
 * @param size the file's length in bytes
 * @throws TableError naming the file if it is not a Parquet file, or is damaged
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
  // a damaged page may fail anywhere in the decoding
  const reason = error instanceof TableError ? error.message : `expected a whole Parquet file, got: ${(error as Error).message}`;
  return new TableError(`${path}: ${reason}`, { cause: error });
}

/** Marks an error of the store, to tell it from an error of decoding. */
class FetchFailure extends Error {
  constructor(public readonly reason: unknown) {
    super('a fetch failed');
  }
}

async function readMetadata(fetchRange: FetchRange, size: number): Promise<FileMetaData> {
  if (size < SMALLEST_FILE_BYTES) throw new TableError(`expected a whole Parquet file, got: ${size} bytes`);
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => Uint8Array.from(await fetchRange(start, end)).buffer;
  const metadata = await parquetMetadataAsync({ byteLength: size, slice }, { parsers: RAW_STATISTICS, geoparquet: false });
  checkSchema(metadata);
  checkRowCounts(metadata);
  return metadata;
}

/** Checks that the schema has all required members, because hyparquet leaves out members that are damaged. */
function checkSchema({ schema }: FileMetaData): void {
  for (const [i, { name, num_children: children, repetition_type: repetition, type }] of schema.entries()) {
    const isLeaf = i > 0 && !children;
    const missing = typeof name !== 'string' ? 'name' : i > 0 && !repetition ? 'repetition' : isLeaf && !type ? 'type' : undefined;
    if (missing !== undefined) throw new TableError(`expected a ${missing} of each column, got: no ${missing} of column ${i}`);
  }
  const elements = schema.reduce((sum, { num_children: children = 0 }) => sum + children, 1);
  if (elements !== schema.length) throw new TableError(`expected a schema of ${elements} elements, got: ${schema.length}`);
}

/** Checks the numbers of rows. With a wrong number, reading would not end if the file has none of the columns. */
function checkRowCounts({ num_rows: total, row_groups: groups }: FileMetaData): void {
  let sum = 0n;
  for (const { num_rows: rows, columns } of groups) {
    if (!(rows >= 0n && rows <= MOST_GROUP_ROWS))
      throw new TableError(`expected at most ${MOST_GROUP_ROWS} rows in a row group, got: ${rows}`);
    const least = columns.map(({ meta_data }) => meta_data?.num_values ?? 0n).find((values) => values < rows);
    if (least !== undefined) throw new TableError(`expected ${rows} values or more in a column of a row group, got: ${least}`);
    sum += rows;
  }
  if (sum !== total) throw new TableError(`expected ${total} rows in the row groups, got: ${sum}`);
}

/** A row group to read. */
interface GroupRead {
  readonly fetchRange: FetchRange;
  /** The file's length in bytes. */
  readonly size: number;
  readonly plan: FilePlan;
  readonly columns: readonly StructField[];
  readonly group: RowGroup;
  /** The number of the group's first row in the file. */
  readonly first: number;
}

async function* readRowGroup({ plan, columns, first, ...chunks }: GroupRead, from: number, end: number): AsyncGenerator<Slice> {
  const readers = plan.leaves.map((leaf) => leafReader(chunks, leaf));
  const takers = plan.columns.map((node) => rowsTaker(node, readers));
  if (from > 0) await Promise.all(readers.map((reader) => reader.skip(from)));
  for (let start = from; start < end; start += SLICE_ROWS) {
    const rowCount = Math.min(SLICE_ROWS, end - start);
    await Promise.all(readers.map((reader) => reader.load(rowCount)));
    yield { rowCount, columns: takers.map((take, i) => withRowPrefix(columns[i]!.name, first + start, () => take(rowCount))) };
  }
}

function withRowPrefix<T>(column: string, firstRow: number, take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw new TableError(`row ${firstRow + error.row}, column '${column}': ${error.message}`, { cause: error });
  }
}

/** Makes the function that returns a column's values in the next rows. It throws `RowError`. */
function rowsTaker(node: NodePlan | undefined, readers: readonly LeafReader[]): (rows: number) => unknown[] {
  if (node === undefined) return (rows) => new Array<unknown>(rows).fill(null);
  if (node.kind === 'leaf') return (rows) => readers[node.leaves[0]!]!.takeRows(rows);
  const take = assemblerOf(node, readers);
  const leaves = node.leaves.map((leaf) => readers[leaf]!);
  return (rows) => {
    const taken: unknown[] = [];
    try {
      while (taken.length < rows) {
        if (leaves.some((leaf) => leaf.repetition() !== 0))
          throw new TableError('expected the first element of a list, got: another element');
        taken.push(take());
      }
    } catch (error) {
      throw rowError(taken.length, error);
    }
    return taken;
  };
}

function leafReader({ fetchRange, size, group }: Pick<GroupRead, 'fetchRange' | 'size' | 'group'>, leaf: LeafPlan): LeafReader {
  const names = leaf.schemaPath.slice(1).map(({ element }) => element.name);
  const isOf = (found: string[] | undefined) => found?.length === names.length && found.every((name, i) => name === names[i]);
  const metadata = group.columns.find(({ meta_data }) => isOf(meta_data?.path_in_schema))?.meta_data;
  if (metadata === undefined) throw new TableError(`expected a chunk of column '${names.join('.')}' in each row group, got: none`);
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: length, num_values: values } = metadata;
  const { type } = leaf.schemaPath.at(-1)!.element;
  if (metadata.type !== type) throw new TableError(`expected ${type} of column '${names.join('.')}' in a row group, got: ${metadata.type}`);
  if (leaf.maxRepetition === 0 && values !== group.num_rows)
    throw new TableError(`expected ${group.num_rows} values of column '${names.join('.')}' in a row group, got: ${values}`);
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
  const end = start + Number(length);
  if (!(start >= 0 && start <= end && end <= size))
    throw new TableError(`expected a chunk of column '${names.join('.')}' in ${size} bytes, got: a chunk from ${start} to ${end}`);
  return new LeafReader(leaf, metadata, new ChunkBytes(fetchRange, start, end));
}
