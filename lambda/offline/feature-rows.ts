import { isTimestamp, microsecondsOf } from '../../lib/contract/calendar';
import { type ColumnSpec, type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { InvalidKey, keyEncoder } from '../online/key';
import type { OnlineRow } from '../online/row';
import { Mismatch } from '../protocols/mismatch';
import { shapeOf } from '../protocols/read-value';
import { describeValue } from '../protocols/describe-value';
import { type AddFile } from '../delta/actions';
import { readDataFile } from '../delta/data-file-reader';
import { readBounds } from '../delta/file-stats';
import { storedColumns } from './feature-schema';
import { type ObjectStore } from '../stores/object-store';
import { type DataFile } from '../delta/data-file';
import { type Snapshot } from '../delta/snapshot';

/** A row of a data file that the feature table cannot accept. */
export interface RejectedRow {
  /** The data file's path. */
  readonly file: string;
  /** The row's number among the rows that are not deleted; the first is 0. */
  readonly row: number;
  /** Undefined if the error concerns the whole row. */
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** A row of a feature table, or the reason why the feature table cannot accept it. */
export type FeatureRow = OnlineRow | RejectedRow;

/**
 * Reads a data file of a feature table slice by slice. A float or double of NaN becomes null, because NaN counts as missing.
 * @throws TableError if the Delta table does not fit the feature table, or the file is damaged
 */
export async function* readFeatureRows(
  store: ObjectStore,
  snapshot: Snapshot,
  file: DataFile,
  table: TableSpec,
): AsyncGenerator<FeatureRow[]> {
  const read = rowReader(table, file.path, () => true);
  for await (const { first, rowCount, values } of readColumns(store, snapshot, file, table)) {
    yield Array.from({ length: rowCount }, (_, row) => read(values, row, first + row)!);
  }
}

/** A row with its number among the file's rows that are not deleted. */
export interface NumberedRow {
  readonly row: OnlineRow;
  readonly number: number;
}

/**
 * Reads the rows with some keys, as {@link readFeatureRows} does. Leaves out rows that the feature table cannot accept.
 * @param isWanted whether to read the rows with a key
 */
export async function* readRowsOf(
  store: ObjectStore,
  snapshot: Snapshot,
  file: DataFile,
  table: TableSpec,
  isWanted: (key: string) => boolean,
): AsyncGenerator<NumberedRow[]> {
  const read = rowReader(table, file.path, isWanted);
  for await (const { first, rowCount, values } of readColumns(store, snapshot, file, table)) {
    const found: NumberedRow[] = [];
    for (let at = 0; at < rowCount; at++) {
      const row = read(values, at, first + at);
      if (row !== undefined && 'key' in row) found.push({ row, number: first + at });
    }
    yield found;
  }
}

type ColumnValues = readonly unknown[] | undefined;

interface ColumnsSlice {
  /** The number of the first row. */
  readonly first: number;
  readonly rowCount: number;
  /** The values of each feature table column; undefined if the Delta table does not have the column. */
  readonly values: readonly ColumnValues[];
}

async function* readColumns(store: ObjectStore, snapshot: Snapshot, file: DataFile, table: TableSpec): AsyncGenerator<ColumnsSlice> {
  const stored = storedColumns(table, snapshot.schema);
  const fields = stored.flatMap(({ field }) => field ?? []);
  let first = 0;
  for await (const { rowCount, columns } of readDataFile(store, snapshot, file, fields)) {
    let next = 0;
    yield { first, rowCount, values: stored.map(({ field }) => (field === undefined ? undefined : columns[next++])) };
    first += rowCount;
  }
}

/** Makes a row from the values at index `at`. Returns undefined if its key is not wanted. */
type ReadRow = (values: readonly ColumnValues[], at: number, row: number) => FeatureRow | undefined;

function rowReader(table: TableSpec, file: string, isWanted: (key: string) => boolean): ReadRow {
  const columns = columnsOf(table).map((column) => ({ column, convert: storedValueReader(column.type) }));
  const keyLength = table.primaryKey.length;
  const headLength = columns.length - table.features.length;
  const encodeKey = keyEncoder(table.primaryKey);
  const valueAt = (values: readonly ColumnValues[], i: number, at: number): unknown => {
    const value = values[i]?.[at] ?? null;
    if (value !== null) return columns[i]!.convert(value);
    if (i < headLength) throw new Mismatch('a value', 'null');
    return null;
  };
  return (values, at, row) => {
    let i = 0;
    try {
      const parts = new Array<unknown>(keyLength);
      for (; i < keyLength; i++) parts[i] = valueAt(values, i, at);
      const key = encodeKey(parts);
      if (!isWanted(key)) return undefined;
      const eventTime = headLength === keyLength ? undefined : (valueAt(values, i++, at) as bigint);
      const features = new Array<unknown>(table.features.length);
      for (let feature = 0; feature < features.length; feature++, i++) features[feature] = valueAt(values, i, at);
      return { key, eventTime, features };
    } catch (error) {
      return rejected(error, file, row, (columns[i] ?? columns[0]!).column);
    }
  };
}

function rejected(error: unknown, file: string, row: number, { name }: ColumnSpec): RejectedRow {
  if (error instanceof Mismatch) return { file, row, column: name, expected: error.expected, got: error.got };
  if (error instanceof InvalidKey) return { file, row, column: error.column, expected: error.expected, got: error.got };
  throw error;
}

type Convert = (value: unknown) => unknown;

const same: Convert = (value) => value;
const nanIsNull: Convert = (value) => (Number.isNaN(value) ? null : value);

const CONVERTERS: Record<ScalarType, Convert> = {
  boolean: same,
  integer: same,
  long: (value) => (typeof value === 'bigint' ? value : BigInt(value as number)),
  float: nanIsNull,
  double: nanIsNull,
  string: same,
  binary: same,
  date(value) {
    if (!/^\d{4}-/.test(value as string) || (value as string).startsWith('0000'))
      throw new Mismatch('a date of four digits', describeValue(value));
    return value;
  },
  timestamp(value) {
    if (!isTimestamp(value as bigint)) throw new Mismatch('a timestamp whose year has four digits', `${describeValue(value)} microseconds`);
    return value;
  },
};

/** Whether a Delta table may hold values of a type that a feature table's column rejects. */
export function canBeRejected(type: DataType): boolean {
  return isArray(type) || type === 'date' || type === 'timestamp';
}

/**
 * Makes the converter from a value of a Delta column, not null, to a value of a feature table's column. NaN becomes null. The converter throws
 * `Mismatch` for a value that the column rejects.
 */
export function storedValueReader(type: DataType): (value: unknown) => unknown {
  if (!isArray(type)) return CONVERTERS[type];
  const element = type.element === 'float' || type.element === 'double' ? same : CONVERTERS[type.element];
  const expected = typeText(type);
  return (value) => {
    const shape = shapeOf(value, type.shape);
    if (shape.length !== type.shape.length || type.shape.some((length, axis) => length !== null && length !== shape[axis])) {
      throw new Mismatch(expected, `lists of shape [${shape.join(',')}]`);
    }
    return nested(value, shape, 0, expected, element);
  };
}

function nested(value: unknown, shape: readonly number[], axis: number, expected: string, convert: Convert): unknown {
  if (value === null) throw new Mismatch(expected, 'null inside a list');
  if (axis === shape.length) return convert(value);
  const items = value as readonly unknown[];
  if (items.length !== shape[axis]) throw new Mismatch(expected, `lists of unequal lengths, ${shape[axis]} and ${items.length}`);
  return items.map((item) => nested(item, shape, axis + 1, expected, convert));
}

/** A time before all times that a column can hold. */
const UNKNOWN_TIME = -(2n ** 63n);

/** Returns a lower bound for the event times in a data file, in microseconds since 1970, from the file's statistics. */
export function earliestEventTime(file: AddFile, { schema }: Snapshot, { timestampKey }: TableSpec): bigint {
  const field = schema.fields.find(({ name }) => name === timestampKey?.name);
  const least = field === undefined ? undefined : readBounds(file).minValues?.[field.physicalName];
  // writers cut a minimum to milliseconds, which only makes it earlier
  return (typeof least === 'string' ? microsecondsOf(least) : undefined) ?? UNKNOWN_TIME;
}
