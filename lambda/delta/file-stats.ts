// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#per-file-statistics
import { type LeafBounds } from '../parquet/encoder';
import { type FieldType, type StructField } from '../parquet/schema';
import { type Stored } from '../parquet/stored-value';
import { parseLosslessJson } from '../stores/lossless-json';
import { type AddFile } from './actions';

/** The most characters of a string bound. A maximum may need more. */
const TEXT_LENGTH = 32;
const LAST_CHARACTER = '\u{10ffff}';
const MILLISECONDS_A_DAY = 86_400_000;
/** The first and the last millisecond of the years with four digits. */
const FIRST_MILLISECOND = Date.parse('0001-01-01T00:00:00Z');
const LAST_MILLISECOND = Date.parse('9999-12-31T23:59:59.999Z');

/** The bounds of columns in a data file's statistics, by physical name. */
export interface StoredBounds {
  readonly minValues?: Readonly<Record<string, unknown>> | null;
  readonly maxValues?: Readonly<Record<string, unknown>> | null;
}

/** Reads the bounds of a data file. Statistics only save reads, so a text that is not JSON counts as no statistics. */
export function readBounds({ stats }: AddFile): StoredBounds {
  const parsed = stats === undefined ? undefined : parseLosslessJson(stats);
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
}

/** Members of a JSON object; each value is JSON text or another object. */
type Members = Map<string, string | Members>;

/** Writes the statistics of a data file as JSON; `leaves` are the Parquet columns with one value a row. */
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
  return typeof type === 'object' && type.type === 'struct' ? typeAt(type.fields, rest) : (type as FieldType & string);
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

/** A bound as JSON; undefined if JSON has no text for it. */
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

/** Readers expect bounds of timestamps in whole milliseconds: a minimum is rounded down, and a maximum up if it can be. */
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

/** Shortens a long string. A prefix is a minimum; with the highest character after it, it is a maximum. */
function textBound(value: string, side: 'min' | 'max'): string {
  if (value.length <= TEXT_LENGTH) return JSON.stringify(value);
  const characters = [...value];
  let length = TEXT_LENGTH;
  if (side === 'max') while (characters[length] === LAST_CHARACTER) length++;
  if (length >= characters.length) return JSON.stringify(value);
  return JSON.stringify(characters.slice(0, length).join('') + (side === 'max' ? LAST_CHARACTER : ''));
}
