import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ObjectStore } from '../../../lambda/stores/object-store';
import { readParquet } from '../../../lambda/parquet/file';
import { type FieldType, type StructField } from '../../../lambda/parquet/schema';
import { DELTA_TABLES } from '../../helpers/delta';
import { memoryObjects } from '../../helpers/memory-objects';

const folder = join(DELTA_TABLES, 'types_deltars');
const whole = readFileSync(
  join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.parquet'))!,
  ),
);

function column(name: string, type: FieldType, more: Partial<StructField> = {}): StructField {
  return { name, type, nullable: true, physicalName: name, fieldId: undefined, ...more };
}

async function read(bytes: Uint8Array, columns: StructField[], store: ObjectStore = memoryObjects({ f: bytes })) {
  const values: unknown[][] = columns.map(() => []);
  for await (const slice of readParquet(store, 'f', bytes.length, columns)) {
    slice.columns.forEach((more, i) => values[i]!.push(...more));
  }
  return values;
}

test('a missing column or field is null, and a struct is not null even if none of its read fields exist', async () => {
  const fields = [column('later', 'long')];
  const [missing, struct] = await read(whole, [column('none', 'string'), column('struct', { type: 'struct', fields })]);
  expect(missing).toEqual(Array(9).fill(null));
  expect(struct!.slice(0, 3)).toEqual([{ later: null }, null, { later: null }]);
});

test.each([
  ['a value where the file has a group', column('struct', 'long'), "f: column 'struct': expected long, got: a Parquet group"],
  [
    'a list where the file has a value',
    column('id', { type: 'array', elementType: 'long' }),
    "f: column 'id': expected array, got: Parquet INT32",
  ],
  ['another type', column('long', 'integer'), "f: column 'long': expected integer, got: Parquet INT64"],
  [
    'a list where the file has a struct',
    column('struct', { type: 'array', elementType: 'long' }),
    "f: column 'struct': expected array, got: a Parquet group without a repeated field",
  ],
  [
    'another type inside a struct',
    column('struct', { type: 'struct', fields: [column('a', 'boolean')] }),
    "f: column 'struct': column 'a': expected boolean, got: Parquet INT32",
  ],
])('fails on %s', async (_, asked, message) => {
  await expect(read(whole, [asked])).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
});

test.each([
  [0, '0 bytes'],
  [11, '11 bytes'],
  [500, 'parquet file invalid (footer != PAR1)'],
  [5_000, 'parquet file invalid (footer != PAR1)'],
  [10_000, 'parquet file invalid (footer != PAR1)'],
])('fails on a file cut to %d bytes, and names the file', async (length, got) => {
  await expect(read(whole.subarray(0, length), [column('id', 'integer')])).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: `f: expected a whole Parquet file, got: ${got}` }),
  );
});

test('fails on pages that were overwritten', async () => {
  const bytes = Buffer.from(whole);
  bytes.fill(0xff, 4, 2_000);
  await expect(read(bytes, [column('id', 'integer'), column('string', 'string')])).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'f: expected a whole Parquet file, got: thrift unhandled type: 15' }),
  );
});

test('an error of the store is passed on unchanged', async () => {
  const failure = new TypeError('fetch failed');
  const store = { ...memoryObjects({ f: whole }), readRange: () => Promise.reject(failure) };
  await expect(read(whole, [column('id', 'integer')], store)).rejects.toBe(failure);
});

test("returns rows or an error with the file's name for any flipped bit", async () => {
  const columns = [column('id', 'integer'), column('string', 'string'), column('longs', { type: 'array', elementType: 'long' })];
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(whole);
    const at = (i * 7_919) % bytes.length;
    bytes[at] = bytes[at]! ^ (1 << (i % 8));
    const failure = await read(bytes, columns).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure ?? { name: 'TableError', message: 'f: ' }).toMatchObject({ name: 'TableError', message: expect.stringMatching(/^f: /) });
  }
});
