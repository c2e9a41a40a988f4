import { microsecondsOf } from '../../lib/contract/calendar';
import { type AddFile } from './actions';
import { parseExactJson } from '../stores/exact-json';
import { type Slice } from '../parquet/parquet-file';
import { partitionValue } from './partition-value';
import { type StructField } from '../parquet/schema';
import { isTextBefore } from '../parquet/text-order';

/** Writers cut strings off, no shorter than so; not all of them say so in the greatest value. */
const SHORTEST_CUT = 32;
const LAST_CHARACTER = '\u{10ffff}';
/** Writers cut timestamps off to milliseconds. */
const CUT_MICROSECONDS = 999n;

type Comparable = number | bigint | string;

/** From the least to the greatest of some values. */
interface Range {
  readonly min: Comparable;
  readonly max: Comparable;
}

/** Which data files may hold rows of some keys, by the range of each key column. */
export class KeyRanges {
  private readonly ranges: (Range | undefined)[];
  private hasKeys = false;

  /** @param fields the key columns' */
  constructor(
    private readonly fields: readonly StructField[],
    private readonly partitionColumns: readonly string[],
  ) {
    this.ranges = fields.map(() => undefined);
  }

  /** Takes keys, given by column. */
  public take({ rowCount, columns }: Slice): void {
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

  /** Whether a data file may hold a row of one of the keys. */
  public mayBeIn(file: AddFile): boolean {
    if (!this.hasKeys) return false;
    const stats = statsOf(file);
    return this.fields.every((field, i) => {
      const own = this.ranges[i];
      const stored = own && (this.partitionColumns.includes(field.name) ? partitionRange(field, file) : storedRange(field, stats));
      return own === undefined || stored === undefined || !(isBefore(own.max, stored.min) || isBefore(stored.max, own.min));
    });
  }
}

function isBefore(a: Comparable, b: Comparable): boolean {
  return typeof a === 'string' ? isTextBefore(a, b as string) : (a as number) < (b as number);
}

interface Stats {
  readonly minValues?: Readonly<Record<string, unknown>>;
  readonly maxValues?: Readonly<Record<string, unknown>>;
}

/** Statistics only save reading: ones that nobody understands are as good as none. */
function statsOf({ stats }: AddFile): Stats {
  const parsed = stats === undefined ? undefined : parseExactJson(stats);
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
}

function partitionRange({ name, type, physicalName }: StructField, { partitionValues }: AddFile): Range | undefined {
  const value = partitionValue(name, type, partitionValues[physicalName]) as Comparable | null;
  return value === null ? undefined : { min: value, max: value };
}

function storedRange({ type, physicalName }: StructField, { minValues, maxValues }: Stats): Range | undefined {
  const bound = BOUND[String(type)]!;
  const [min, max] = [bound(minValues?.[physicalName]), bound(maxValues?.[physicalName])];
  if (min === undefined || max === undefined) return undefined;
  if (typeof max === 'bigint' && type === 'timestamp') return { min, max: max + CUT_MICROSECONDS };
  return { min, max: typeof max === 'string' && max.length >= SHORTEST_CUT ? max + LAST_CHARACTER : max };
}

/** The bound that statistics tell of a column, in the form of its type; undefined if they tell none that can be relied on. */
const BOUND: Record<string, (told: unknown) => Comparable | undefined> = {
  byte: wholeNumber,
  short: wholeNumber,
  integer: wholeNumber,
  long: (told) => (/^-?\d+$/.test(String(told)) ? BigInt(told as string) : undefined),
  string: (told) => (typeof told === 'string' ? told : undefined),
  date: (told) => (typeof told === 'string' && /^\d{4}-\d\d-\d\d$/.test(told) ? told : undefined),
  timestamp: (told) => (typeof told === 'string' ? microsecondsOf(told) : undefined),
};

function wholeNumber(told: unknown): number | undefined {
  return typeof told === 'number' && Number.isInteger(told) ? told : undefined;
}
