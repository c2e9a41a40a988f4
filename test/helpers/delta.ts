import { join } from 'node:path';
import { FolderStore } from '../../lambda/stores/folder-store';
import { readRows } from './delta-rows';
import { type FieldType } from '../../lambda/parquet/schema';
import { readSnapshot } from '../../lambda/delta/snapshot';

export const DELTA_TABLES = join(__dirname, '..', 'fixtures', 'delta');

/** A version of a table in a folder, in the form of the fixtures' expected.json: rows sorted by the key column. */
export async function readTable(folder: string, version?: number, key: readonly string[] = ['id']) {
  const store = new FolderStore(folder);
  const snapshot = await readSnapshot(store, version);
  const { fields } = snapshot.schema;
  const rows: unknown[][] = [];
  for await (const row of readRows(store, snapshot)) rows.push(fields.map(({ type }, i) => jsonForm(row[i], type)));
  const at = key.map((column) => fields.findIndex(({ name }) => name === column));
  rows.sort((a, b) => at.reduce((order, i) => order || compare(a[i], b[i]), 0));
  return { version: snapshot.version, files: snapshot.files.length, columns: fields.map(({ name }) => name), rows };
}

function compare(a: unknown, b: unknown): number {
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1;
}

/** A value as expected.json has it. */
export function jsonForm(value: unknown, type: FieldType): unknown {
  if (value === null) return null;
  if (typeof type === 'object') {
    if (type.type === 'array') return (value as unknown[]).map((item) => jsonForm(item, type.elementType));
    if (type.type === 'map') return (value as unknown[][]).map(([k, v]) => [jsonForm(k, type.keyType), jsonForm(v, type.valueType)]);
    return Object.fromEntries(
      type.fields.map((field) => [field.name, jsonForm((value as Record<string, unknown>)[field.name], field.type)]),
    );
  }
  if (type === 'timestamp' || type === 'timestamp_ntz') return timestampForm(value as bigint) + (type === 'timestamp' ? 'Z' : '');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return type === 'float' ? shortestFloat(value as number) : value;
}

function timestampForm(microseconds: bigint): string {
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((microseconds - fraction) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(fraction).padStart(6, '0')}`;
}

/** The shortest decimal number that is this 32-bit float. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(short), value)) return short;
  }
  return value;
}
