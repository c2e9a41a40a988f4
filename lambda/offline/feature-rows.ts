import { isTimestamp } from '../../lib/spec/calendar';
import { type ColumnSpec, type DataType, isArray, type ScalarType, typeText } from '../../lib/spec/data-types';
import type { TableSpec } from '../../lib/spec/endpoint-spec';
import { columnsOf } from '../../lib/spec/table-columns';
import { InvalidKey, keyEncoder } from '../online/key';
import type { OnlineRow } from '../online/row';
import { Mismatch } from '../protocols/mismatch';
import { shapeOf } from '../protocols/read-value';
import { shown } from '../protocols/shown';
import { readDataFile } from './data-file';
import { storedColumns } from './feature-schema';
import { type ObjectStore } from './object-store';
import { type DataFile } from './replay';
import { type Snapshot } from './snapshot';

/** A row of a data file that cannot be a row of the feature table. */
export interface RejectedRow {
  /** The data file's path. */
  readonly file: string;
  /** Its number among the file's rows that are not deleted; the first is 0. */
  readonly row: number;
  /** Undefined where it is the row as a whole. */
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** A row of a feature table or, in its place, why there is none. */
export type FeatureRow = OnlineRow | RejectedRow;

/**
 * Reads a data file of a feature table's snapshot, some rows at a time. A float or double that is NaN is null, because it counts as missing.
 * @throws TableError if the table does not fit the feature table, or the file is damaged
 */
export async function* readFeatureRows(
  store: ObjectStore,
  snapshot: Snapshot,
  file: DataFile,
  table: TableSpec,
): AsyncGenerator<FeatureRow[]> {
  const stored = storedColumns(table, snapshot.schema);
  const fields = stored.flatMap(({ field }) => field ?? []);
  const read = rowReader(table, file.path);
  let first = 0;
  for await (const { rowCount, columns } of readDataFile(store, snapshot, file, fields)) {
    let next = 0;
    const values = stored.map(({ field }) => (field === undefined ? undefined : columns[next++]));
    yield Array.from({ length: rowCount }, (_, row) => read(values, row, first + row));
    first += rowCount;
  }
}

type ColumnValues = readonly unknown[] | undefined;

function rowReader(table: TableSpec, file: string): (columns: readonly ColumnValues[], at: number, row: number) => FeatureRow {
  const columns = columnsOf(table).map((column) => ({ column, convert: storedValueReader(column.type) }));
  const keyLength = table.primaryKey.length;
  const headLength = columns.length - table.features.length;
  const encodeKey = keyEncoder(table.primaryKey);
  return (values, at, row) => {
    const read = new Array<unknown>(columns.length);
    for (let i = 0; i < columns.length; i++) {
      const { column, convert } = columns[i]!;
      try {
        const value = values[i]?.[at] ?? null;
        if (value !== null) read[i] = convert(value);
        else if (i < headLength) throw new Mismatch('a value', 'null');
        else read[i] = null;
      } catch (error) {
        return rejected(error, file, row, column);
      }
    }
    try {
      const eventTime = table.timestampKey === undefined ? undefined : (read[keyLength] as bigint);
      return { key: encodeKey(read.slice(0, keyLength)), eventTime, features: read.slice(headLength) };
    } catch (error) {
      return rejected(error, file, row, table.primaryKey[0]!);
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
    if (!/^\d{4}-/.test(value as string) || (value as string).startsWith('0000')) throw new Mismatch('a date of four digits', shown(value));
    return value;
  },
  timestamp(value) {
    if (!isTimestamp(value as bigint)) throw new Mismatch('a timestamp whose year has four digits', `${shown(value)} microseconds`);
    return value;
  },
};

/** Whether the Delta reader may give values of a type that no column of the type can have. */
export function canBeRejected(type: DataType): boolean {
  return isArray(type) || type === 'date' || type === 'timestamp';
}

/**
 * How the JavaScript form of a column's type is made out of what the Delta reader gives for a field that holds it, and that is not null; null
 * where a float or double is NaN. It throws `Mismatch`.
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
