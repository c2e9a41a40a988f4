import { daysOf, isTimestamp } from '../../lib/contract/calendar';
import { type Slice } from '../parquet/parquet-file';
import { type DeltaType, deltaTypeText, type StructField } from '../parquet/schema';
import { describeStored, TableError } from '../stores/table-error';

/** Holds that rows can be rows of a table. */
export type CheckRows = (slice: Slice, firstRow: number) => void;

const SHORT_TEXT = 64;
const FIRST_SURROGATE = 0xd800;

type Holds = (value: unknown) => boolean;

/**
 * How the rows of a table are checked before they are written.
 * @param partitionColumns the text of their values must not be empty, which would read as null
 * @returns a function of some rows and the number of the first of them. It throws {@link TableError} naming the first row and column whose
 * value is null or not of the column's type
 */
export function rowChecker(fields: readonly StructField[], partitionColumns: readonly string[]): CheckRows {
  const columns = fields.map(({ name, type, nullable }) => ({
    name,
    nullable,
    isPartition: partitionColumns.includes(name),
    isDouble: type === 'double',
    holds: holder(type),
    expected: deltaTypeText(type),
  }));
  return ({ rowCount, columns: values }, firstRow) => {
    columns.forEach(({ name, nullable, isPartition, isDouble, holds, expected }, i) => {
      const refuse = (row: number, wanted: string, got: unknown) =>
        new TableError(`row ${firstRow + row}, column '${name}': expected ${wanted}, got: ${describeStored(got)}`);
      for (let row = 0; row < rowCount; row++) {
        // one that was given to a function would be put on the heap
        if (isDouble && typeof values[i]![row] === 'number') continue;
        const value = values[i]![row];
        if (value === null) {
          if (!nullable) throw refuse(row, 'a value', null);
        } else if (!holds(value)) {
          throw refuse(row, expected, value);
        } else if (isPartition && (value === '' || (value instanceof Uint8Array && value.length === 0))) {
          throw refuse(row, 'a value or null in a partition column', '');
        }
      }
    });
  };
}

function wholeNumber(bits: number): Holds {
  const [least, greatest] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest;
}

const LEAST_INT64 = -(2n ** 63n);
const GREATEST_INT64 = 2n ** 63n - 1n;
const int64: Holds = (value) => typeof value === 'bigint' && value >= LEAST_INT64 && value <= GREATEST_INT64;

const HOLDS: Record<string, Holds> = {
  boolean: (value) => typeof value === 'boolean',
  byte: wholeNumber(8),
  short: wholeNumber(16),
  integer: wholeNumber(32),
  long: int64,
  // rounded to the nearest of 32 bits, but not to infinity
  float: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)) === Number.isFinite(value),
  double: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string' && isWellFormed(value),
  binary: (value) => value instanceof Uint8Array,
  date: (value) => typeof value === 'string' && daysOf(value) !== undefined,
  timestamp: (value) => typeof value === 'bigint' && isTimestamp(value),
  timestamp_ntz: (value) => typeof value === 'bigint' && isTimestamp(value),
};

/** Two lone surrogates would be different strings and the same UTF-8. */
function isWellFormed(text: string): boolean {
  // a call costs more than a look at the units of a short text
  if (text.length > SHORT_TEXT) return text.isWellFormed();
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= FIRST_SURROGATE) return text.isWellFormed();
  return true;
}

function holder(type: DeltaType): Holds {
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
