import { daysOf, isTimestamp } from '../../lib/contract/calendar';
import { type TableShape } from './data-file-writer';
import { type Slice } from '../parquet/file';
import { type FieldType, fieldTypeText, isReadable, type StructField } from '../parquet/schema';
import { describeStored, TableError } from '../stores/table-error';

const SHORT_TEXT = 64;
const FIRST_SURROGATE = 0xd800;

/** Whether a value is a value of a type. */
type Holds = (value: unknown) => boolean;

interface CheckedColumn {
  readonly name: string;
  readonly nullable: boolean;
  readonly isPartition: boolean;
  readonly isDouble: boolean;
  readonly holds: Holds;
  readonly expected: string;
}

/** Checks rows before they are written, and brings their columns into the table's order. */
export class RowChecker {
  /** The number of rows checked so far. */
  public rowCount = 0;
  /** For each column of the table, its index among the given columns, or -1. */
  private readonly sources: readonly number[];
  private readonly checked: readonly CheckedColumn[];

  /**
   * @param columns the names of the columns that the rows have; by default the table's
   * @throws TableError if the table does not have one of the columns
   */
  constructor(
    { schema: { fields }, partitionColumns }: TableShape,
    private readonly columns: readonly string[] = fields.map(({ name }) => name),
  ) {
    const names = fields.map(({ name }) => name);
    const unknown = columns.find((column, i) => !names.includes(column) || columns.indexOf(column) !== i);
    if (unknown !== undefined) throw new TableError(`expected columns of the table, each once, got: ${describeStored(unknown)}`);
    this.sources = names.map((name) => columns.indexOf(name));
    this.checked = fields.map((field) => checkedColumn(field, partitionColumns));
  }

  /**
   * Returns the rows with all columns of the table. Missing columns are null.
   * @throws TableError naming the first row and column whose value the table does not accept; rows are counted from 0 over all slices
   */
  public check({ rowCount, columns: given }: Slice): Slice {
    if (given.length !== this.columns.length) throw new TableError(`expected rows of ${this.columns.length} columns, got: ${given.length}`);
    const columns = this.sources.map((source) => (source < 0 ? new Array<unknown>(rowCount).fill(null) : given[source]!));
    this.checked.forEach((column, i) => checkColumn(column, columns[i]!, rowCount, this.rowCount));
    this.rowCount += rowCount;
    return { rowCount, columns };
  }
}

function checkedColumn({ name, type, nullable }: StructField, partitionColumns: readonly string[]): CheckedColumn {
  const isPartition = partitionColumns.includes(name);
  return { name, nullable, isPartition, isDouble: type === 'double', holds: holder(type), expected: fieldTypeText(type) };
}

function checkColumn(column: CheckedColumn, values: readonly unknown[], rowCount: number, firstRow: number): void {
  const { name, nullable, isPartition, isDouble, holds, expected } = column;
  const mismatch = (row: number, wanted: string, got: unknown) =>
    new TableError(`row ${firstRow + row}, column '${name}': expected ${wanted}, got: ${describeStored(got)}`);
  for (let row = 0; row < rowCount; row++) {
    // passing a double to a function would allocate it on the heap
    if (isDouble && typeof values[row] === 'number') continue;
    const value = values[row];
    if (value === null) {
      if (!nullable) throw mismatch(row, 'a value', null);
    } else if (!holds(value)) {
      throw mismatch(row, expected, value);
    } else if (isPartition && (value === '' || (value instanceof Uint8Array && value.length === 0))) {
      // an empty text is read back as null
      throw mismatch(row, 'a value or null in a partition column', '');
    }
  }
}

function wholeNumber(bits: number): Holds {
  const [least, greatest] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest;
}

const LEAST_INT64 = -(2n ** 63n);
const GREATEST_INT64 = 2n ** 63n - 1n;
const int64: Holds = (value) => typeof value === 'bigint' && value >= LEAST_INT64 && value <= GREATEST_INT64;

/** For void columns, and for types that cannot be written. */
const nothing: Holds = () => false;

const HOLDS: Record<string, Holds> = {
  void: nothing,
  boolean: (value) => typeof value === 'boolean',
  byte: wholeNumber(8),
  short: wholeNumber(16),
  integer: wholeNumber(32),
  long: int64,
  // a number may be rounded to 32 bits, but not to infinity
  float: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)) === Number.isFinite(value),
  double: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string' && isWellFormed(value),
  binary: (value) => value instanceof Uint8Array,
  date: (value) => typeof value === 'string' && daysOf(value) !== undefined,
  timestamp: (value) => typeof value === 'bigint' && isTimestamp(value),
  timestamp_ntz: (value) => typeof value === 'bigint' && isTimestamp(value),
};

/** Lone surrogates are refused: different ones are written as the same UTF-8 bytes. */
function isWellFormed(text: string): boolean {
  // for a short text, this loop is faster than a call of isWellFormed
  if (text.length > SHORT_TEXT) return text.isWellFormed();
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= FIRST_SURROGATE) return text.isWellFormed();
  return true;
}

function holder(type: FieldType): Holds {
  if (!isReadable(type)) return nothing;
  if (typeof type === 'string') return HOLDS[type] ?? decimalHolder(type);
  switch (type.type) {
    case 'struct':
      return structHolder(type.fields);
    case 'array': {
      const element = orNull(type.containsNull ?? true, holder(type.elementType));
      return (value) => Array.isArray(value) && value.every(element);
    }
    case 'map': {
      const [key, inner] = [holder(type.keyType), orNull(type.valueContainsNull ?? true, holder(type.valueType))];
      const pair: Holds = (value) => Array.isArray(value) && value.length === 2 && value[0] !== null && key(value[0]) && inner(value[1]);
      return (value) => Array.isArray(value) && value.every(pair);
    }
  }
}

function structHolder(fields: readonly StructField[]): Holds {
  const inside = fields.map(({ name, type, nullable }) => ({ name, holds: orNull(nullable, holder(type)) }));
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).every((name) => fields.some((field) => field.name === name)) &&
    inside.every(({ name, holds }) => holds((value as Record<string, unknown>)[name] ?? null));
}

function orNull(nullable: boolean, holds: Holds): Holds {
  return (value) => (value === null ? nullable : holds(value));
}

function decimalHolder(type: string): Holds {
  const [, precision, scale] = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type)!;
  const digits = new RegExp(`^-?0*\\d{0,${Number(precision) - Number(scale)}}${Number(scale) > 0 ? `(?:\\.\\d{0,${scale}})?` : ''}$`);
  return (value) => typeof value === 'string' && /^-?\d/.test(value) && digits.test(value);
}
