import { microsecondsOf } from '../../lib/contract/calendar';
import { type AddFile } from './actions';
import { type Slice } from '../parquet/file';
import { readBounds, type StoredBounds } from './file-stats';
import { partitionValue } from './partition-value';
import { type StructField } from '../parquet/schema';
import { isBefore } from '../parquet/value-bounds';

/** Writers may cut strings of this length or more, and some write a cut maximum without a higher last character. */
const SHORTEST_CUT = 32;
const LAST_CHARACTER = '\u{10ffff}';
/** Writers may cut timestamps to milliseconds. */
const CUT_MICROSECONDS = 999n;

type Comparable = number | bigint | string;

/** The minimum and the maximum of some values. */
interface Range {
  readonly min: Comparable;
  readonly max: Comparable;
}

/** The range of some keys in each key column. It tells which data files may hold rows with these keys. */
export class KeyRanges {
  private readonly ranges: (Range | undefined)[];
  private hasKeys = false;

  /** @param fields the key columns */
  constructor(
    private readonly fields: readonly StructField[],
    private readonly partitionColumns: readonly string[],
  ) {
    this.ranges = fields.map(() => undefined);
  }

  /** Adds keys, given by column. */
  public add({ rowCount, columns }: Slice): void {
    this.hasKeys ||= rowCount > 0;
    this.fields.forEach(({ type }, i) => {
      if (!(String(type) in BOUND)) return;
      const values = columns[i]! as readonly Comparable[];
      let { min, max } = this.ranges[i] ?? { min: values[0]!, max: values[0]! };
      for (let row = 0; row < rowCount; row++) {
        if (isBefore(values[row]!, min)) min = values[row]!;
        else if (isBefore(max, values[row]!)) max = values[row]!;
      }
      if (rowCount > 0) this.ranges[i] = { min, max };
    });
  }

  /** Whether a data file may hold a row with one of the keys. */
  public mayBeIn(file: AddFile): boolean {
    if (!this.hasKeys) return false;
    const bounds = readBounds(file);
    return this.fields.every((field, i) => {
      const keys = this.ranges[i];
      const stored = keys && (this.partitionColumns.includes(field.name) ? partitionRange(field, file) : storedRange(field, bounds));
      return keys === undefined || stored === undefined || !(isBefore(keys.max, stored.min) || isBefore(stored.max, keys.min));
    });
  }
}

function partitionRange({ name, type, physicalName }: StructField, { partitionValues }: AddFile): Range | undefined {
  const value = partitionValue(name, type, partitionValues[physicalName]) as Comparable | null;
  return value === null ? undefined : { min: value, max: value };
}

function storedRange({ type, physicalName }: StructField, { minValues, maxValues }: StoredBounds): Range | undefined {
  const bound = BOUND[String(type)]!;
  const [min, max] = [bound(minValues?.[physicalName]), bound(maxValues?.[physicalName])];
  if (min === undefined || max === undefined) return undefined;
  if (typeof max === 'bigint' && type === 'timestamp') return { min, max: max + CUT_MICROSECONDS };
  return { min, max: typeof max === 'string' && max.length >= SHORTEST_CUT ? max + LAST_CHARACTER : max };
}

/** Converts a bound from statistics to the column's type; undefined if it is missing or cannot be relied on. */
const BOUND: Record<string, (bound: unknown) => Comparable | undefined> = {
  byte: wholeNumber,
  short: wholeNumber,
  integer: wholeNumber,
  long: (bound) => (/^-?\d+$/.test(String(bound)) ? BigInt(bound as string) : undefined),
  string: (bound) => (typeof bound === 'string' ? bound : undefined),
  date: (bound) => (typeof bound === 'string' && /^\d{4}-\d\d-\d\d$/.test(bound) ? bound : undefined),
  timestamp: (bound) => (typeof bound === 'string' ? microsecondsOf(bound) : undefined),
};

function wholeNumber(bound: unknown): number | undefined {
  return typeof bound === 'number' && Number.isInteger(bound) ? bound : undefined;
}
