// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
import { type LeafBounds } from '../parquet/parquet-encoder';
import { type DeltaType, type StructField } from '../parquet/schema';
import { type Stored } from '../parquet/stored-value';

/** How many characters a bound of strings has at most, unless it takes more for it to hold. */
const TEXT_LENGTH = 32;
const LAST_CHARACTER = '\u{10ffff}';
const MILLISECONDS_A_DAY = 86_400_000;
/** The last millisecond whose year has four digits, and the first. */
const LAST_MILLISECOND = Date.parse('9999-12-31T23:59:59.999Z');
const FIRST_MILLISECOND = Date.parse('0001-01-01T00:00:00Z');

/** Members of a JSON object, each value JSON text or such an object. */
type Members = Map<string, string | Members>;

/** The statistics of a data file as the log holds them, JSON text, of the leaves that hold one value a row. */
export function statsText(fields: readonly StructField[], rowCount: number, leaves: readonly LeafBounds[]): string {
  const minValues: Members = new Map();
  const maxValues: Members = new Map();
  const nullCount: Members = new Map();
  for (const { path, bounds } of leaves) {
    const type = typeAt(fields, path);
    put(minValues, path, bounds.min === undefined ? undefined : boundText(type, bounds.min, 'min'));
    put(maxValues, path, bounds.max === undefined ? undefined : boundText(type, bounds.max, 'max'));
    put(nullCount, path, String(bounds.nullCount));
  }
  return objectText(
    new Map<string, string | Members>([
      ['numRecords', String(rowCount)],
      ['minValues', minValues],
      ['maxValues', maxValues],
      ['nullCount', nullCount],
    ]),
  );
}

function typeAt(fields: readonly StructField[], [name, ...rest]: readonly string[]): string {
  const { type } = fields.find(({ physicalName }) => physicalName === name)!;
  return typeof type === 'object' && type.type === 'struct' ? typeAt(type.fields, rest) : (type as DeltaType & string);
}

function put(into: Members, [name, ...rest]: readonly string[], value: string | undefined): void {
  if (value === undefined) return;
  if (rest.length === 0) return void into.set(name!, value);
  if (!into.has(name!)) into.set(name!, new Map());
  put(into.get(name!) as Members, rest, value);
}

function objectText(members: Members): string {
  const texts = [...members].map(([name, value]) => `${JSON.stringify(name)}:${typeof value === 'string' ? value : objectText(value)}`);
  return `{${texts.join(',')}}`;
}

/** A bound as JSON; undefined if none can be told that holds. */
function boundText(type: string, bound: Stored, side: 'min' | 'max'): string | undefined {
  if (typeof bound === 'string') return textBound(bound, side);
  switch (type) {
    case 'date':
      return timeText((bound as number) * MILLISECONDS_A_DAY)?.replace(/T.*Z/, '');
    case 'timestamp':
      return timeText(milliseconds(bound as bigint, side));
    case 'timestamp_ntz':
      return timeText(milliseconds(bound as bigint, side))?.replace('Z', '');
    case 'float':
    case 'double':
      return numberText(bound as number);
    default:
      return type.startsWith('decimal') ? decimalText(bound as bigint, Number(/,\s*(\d+)/.exec(type)![1])) : String(bound);
  }
}

/** Bounds of timestamps are cut off to milliseconds, of which readers know; the greatest is rounded up where it can be. */
function milliseconds(microseconds: bigint, side: 'min' | 'max'): number {
  const cut = ((microseconds % 1000n) + 1000n) % 1000n;
  const down = Number((microseconds - cut) / 1000n);
  return side === 'max' && cut > 0n && down < LAST_MILLISECOND ? down + 1 : down;
}

function timeText(time: number): string | undefined {
  return time >= FIRST_MILLISECOND && time <= LAST_MILLISECOND ? JSON.stringify(new Date(time).toISOString()) : undefined;
}

function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A long string's beginning is no more than it; to be no less takes a last character that none exceeds. */
function textBound(value: string, side: 'min' | 'max'): string {
  if (value.length <= TEXT_LENGTH) return JSON.stringify(value);
  const characters = [...value];
  let length = TEXT_LENGTH;
  if (side === 'max') while (characters[length] === LAST_CHARACTER) length++;
  if (length >= characters.length) return JSON.stringify(value);
  return JSON.stringify(characters.slice(0, length).join('') + (side === 'max' ? LAST_CHARACTER : ''));
}
