// Delta-rs and PyArrow read tables that we wrote. In the soak, Spark reads them too.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { addColumns } from '../../../lambda/delta/add-columns';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deleteRows } from '../../../lambda/delta/delete-rows';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { type FieldType, type StructType } from '../../../lambda/parquet/schema';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import { readTable } from '../../helpers/delta';
import { field, rowsOf, schemaOf, slices, sorted } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';
import { generator } from '../../helpers/generator';
import { mavenJars, mustRun, pythonEnvironment } from '../../helpers/parts';
import { DELTA_RS } from './delta-rs';

const DELTA_SPARK = { groupId: 'io.delta', artifactId: 'delta-spark_2.12', version: '3.3.2', without: ['org.apache.spark'] };
const spark = () => join(pythonEnvironment('spark', ['pyspark==3.5.9', 'setuptools']), 'python');
const isSoak = process.env.SOAK !== undefined;

type Row = readonly unknown[];

/** A table to write to, and the expected rows of each version. */
class WrittenTable {
  public readonly versions: { readonly version: number; readonly rows: readonly Row[] }[] = [];
  private readonly io;
  private readonly rows = new Map<number, Row>();

  private constructor(private readonly folder: string) {
    this.io = tableWriterIo(new FolderStore(folder));
  }

  public static async create(schema: StructType, partitionColumns: string[] = []): Promise<WrittenTable> {
    const table = new WrittenTable(temporaryFolder());
    await createTable(table.io, { schema, partitionColumns });
    await table.remember(0);
    return table;
  }

  public async append(rows: readonly Row[]): Promise<void> {
    const { version } = await appendRows(this.io, { rows: slices(rows, 1000) });
    rows.forEach((row) => this.rows.set(row[0] as number, row));
    await this.remember(version);
  }

  public async upsert(rows: readonly Row[]): Promise<void> {
    const { version } = await upsertRows(this.io, { key: ['id'], rows: () => slices(rows) });
    rows.forEach((row) => this.rows.set(row[0] as number, row));
    await this.remember(version);
  }

  public async delete(...ids: number[]): Promise<void> {
    const { version } = await deleteRows(this.io, { key: ['id'], keys: () => slices(ids.map((id) => [id])) });
    ids.forEach((id) => this.rows.delete(id));
    await this.remember(version);
  }

  public async addColumn(name: string, type: FieldType): Promise<void> {
    const { version } = await addColumns(this.io, [field(name, type)]);
    this.rows.forEach((row, id) => this.rows.set(id, [...row, null]));
    await this.remember(version);
  }

  /** Checks that we and the other readers read every version as expected. */
  public async expectSameForAll(): Promise<void> {
    const numbers = this.versions.map(({ version }) => String(version));
    const theirs = JSON.parse(mustRun(DELTA_RS, [join(__dirname, 'read_table.py'), this.folder, ...numbers])) as TheirRead[];
    for (const [i, { version, rows }] of this.versions.entries()) {
      expectSame(await rowsOf(this.io.store, version), rows);
      const ours = await readTable(this.folder, version);
      expectSame(theirs[i], { version, columns: ours.columns, rows: ours.rows, sameInDeltaRs: true, lost: [] });
    }
  }

  /** Checks that Spark reads every version as we do, and that we read the table after Spark deletes a row and compacts the files. */
  public async expectSameForSpark(): Promise<void> {
    const versions = this.versions.filter(({ rows }) => rows.length > 0).map(({ version }) => version);
    const args = [join(__dirname, 'spark.py'), mavenJars(DELTA_SPARK), this.folder, ...versions.map(String)];
    const theirs = JSON.parse(mustRun(spark(), args)) as unknown[][][];
    const ours = await Promise.all(versions.map((version) => readTable(this.folder, version)));
    expectSame(
      theirs,
      ours.map(({ rows }) => rows),
    );
    expectSame((await readTable(this.folder)).rows, ours.at(-1)!.rows.slice(1));
    const rows = this.versions.at(-1)!.rows.slice(0, 2);
    expect(await upsertRows(this.io, { key: ['id'], rows: () => slices(rows) })).toMatchObject({ added: 1, unchanged: 1 });
    expectSame((await readTable(this.folder)).rows, ours.at(-1)!.rows);
  }

  private async remember(version: number | undefined): Promise<void> {
    this.versions.push({ version: version!, rows: sorted([...this.rows.values()]) });
  }
}

/** Compares with Node.js, because comparing with Jest takes twenty times as long. */
function expectSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}

interface TheirRead {
  readonly version: number;
  readonly columns: string[];
  readonly rows: unknown[][];
}

const STRUCT: FieldType = {
  type: 'struct',
  fields: [field('a', 'integer'), field('b', { type: 'struct', fields: [field('c', { type: 'array', elementType: 'string' })] })],
};

const TYPES: Record<string, FieldType> = {
  'id!': 'integer',
  boolean: 'boolean',
  byte: 'byte',
  short: 'short',
  long: 'long',
  float: 'float',
  double: 'double',
  string: 'string',
  binary: 'binary',
  date: 'date',
  timestamp: 'timestamp',
  decimal_9_2: 'decimal(9,2)',
  decimal_18_0: 'decimal(18,0)',
  decimal_38_10: 'decimal(38,10)',
  longs: { type: 'array', elementType: 'long' },
  matrix: { type: 'array', elementType: { type: 'array', elementType: 'double' } },
  map: { type: 'map', keyType: 'string', valueType: { type: 'array', elementType: 'integer' } },
  struct: STRUCT,
  structs: { type: 'array', elementType: STRUCT },
};

const pick = <T>(i: number, ...values: T[]): T => values[i % values.length]!;

/** A row with every type. The columns repeat with different periods, so that values and nulls are combined in many ways. */
function rowOf(id: number): Row {
  return [
    id,
    pick(id, true, false, null),
    pick(id, -128, 127, null, 0),
    pick(id, -32_768, 32_767, 1, null),
    pick(id, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, null, 0n),
    pick(id, Math.fround(0.1), -0, Number.NaN, Infinity, -Infinity, null, Math.fround(3.4e38)),
    pick(id, 0.1, -0, Number.NaN, Infinity, -Infinity, null, 5e-324, 1.7976931348623157e308),
    pick(id, '', 'ü€😀', null, 'a'.repeat(40), `${'\u{10ffff}'.repeat(32)}b`, '\uffff'.repeat(33), 'tab\t"quote" \\ \n\0'),
    pick(id, Uint8Array.of(), Uint8Array.of(0, 255), null),
    pick(id, '0001-01-01', '9999-12-31', '1582-10-10', null, '1970-01-01'),
    pick(id, -62_135_596_800_000_000n, 253_402_300_799_999_999n, -1n, null, 1_700_000_000_123_456n),
    pick(id, '-9999999.99', '9999999.99', '0.00', null),
    pick(id, '-999999999999999999', '999999999999999999', '0', null),
    pick(id, '-9999999999999999999999999999.9999999999', '0.0000000001', null, '1.5000000000'),
    pick(id, [], null, [1n, null, -(2n ** 63n)]),
    pick(id, [[]], [[0.5, null], null, [], [Number.NaN, -0]], null, []),
    pick(
      id,
      [],
      [
        ['', [1, null]],
        ['k', null],
        ['ü', []],
      ],
      null,
    ),
    pick(id, null, { a: null, b: null }, { a: 1, b: { c: null } }, { a: 2, b: { c: ['x', null] } }),
    pick(id, [null, { a: 1, b: null }], [], null, [{ a: null, b: { c: [] } }]),
  ];
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('every operation, with every type and across checkpoints', async () => {
  const table = await WrittenTable.create(schemaOf(TYPES));
  await table.append(range(0, 60).map(rowOf));
  await table.upsert(range(50, 80).map((id) => rowOf(id + (id % 2)).with(0, id)));
  await table.delete(3, 77, 1_000);
  await table.addColumn('later', 'timestamp');
  for (const id of range(100, 112)) await table.append([[...rowOf(id), 1_700_000_000_000_000n + BigInt(id)]]);
  await table.upsert(range(0, 3).map((id) => [...rowOf(id), null].with(7, 'other')));
  await table.upsert(range(105, 107).map((id) => [...rowOf(id), null]));
  expect(table.versions).toHaveLength(19);
  await table.expectSameForAll();
  if (isSoak) await table.expectSameForSpark();
});

test('every way in which a column is encoded', async () => {
  const table = await WrittenTable.create(
    schemaOf({ 'id!': 'integer', few: 'string', later: 'long', noise: 'binary', list: { type: 'array', elementType: 'string' } }),
  );
  const { int } = generator(1);
  const rows = range(0, 140_000).map((id) => [
    id,
    `city ${id % 50}`,
    // starts with a dictionary, until it has too many values
    id % 7 === 0 ? null : BigInt(id < 50_000 ? id % 10 : id),
    Uint8Array.from({ length: 20 }, () => int(256)),
    id % 3 === 0 ? null : Array.from({ length: id % 3 }, (_, i) => (i === 1 ? null : `${id % 100}`)),
  ]);
  await table.append(rows);
  await table.expectSameForAll();
  if (isSoak) await table.expectSameForSpark();
});

const CITIES = [
  'plain',
  ' with spaces ',
  'ü€😀',
  'a/b=c',
  '100%',
  '%41',
  `'quoted' "twice"`,
  '.',
  '..',
  '#?&+:;,!~*()',
  'back\\slash',
  '{}[]^|`<>$@',
  'tab\tline\nend\r',
  '__HIVE_DEFAULT_PARTITION__x',
  'x'.repeat(100),
  null,
];

test('partitions with odd characters', async () => {
  const table = await WrittenTable.create(schemaOf({ 'id!': 'integer', city: 'string', value: 'double' }), ['city']);
  await table.append(CITIES.map((city, id) => [id, city, id / 4]));
  await table.upsert(CITIES.map((city, id) => [id, id % 2 === 0 ? city : CITIES[id - 1], id / 8]));
  await table.delete(...range(0, CITIES.length).filter((id) => id % 3 === 0));
  await table.expectSameForAll();
  if (isSoak) await table.expectSameForSpark();
});

// without negative decimals, of which delta-rs makes `-99999999.-99` for PyArrow
test('partitions by every type that can be a partition column', async () => {
  const types = {
    'id!': 'integer',
    day: 'date',
    hour: 'timestamp',
    flag: 'boolean',
    number: 'long',
    amount: 'decimal(10,2)',
    real: 'double',
  } as const;
  const table = await WrittenTable.create(schemaOf(types), ['day', 'hour', 'flag', 'number', 'amount', 'real']);
  await table.append([
    [1, '2024-02-29', 1_709_164_800_000_000n, true, 2n ** 53n + 1n, '1.50', 0.1],
    [2, '0001-01-01', 1_700_000_000_123_456n, false, -(2n ** 63n), '99999999.99', -2.5e-300],
    [3, null, null, null, null, null, null],
  ]);
  await table.upsert([
    [2, '9999-12-31', -1n, false, 0n, '0.00', 0],
    [4, '2024-02-29', 1_709_164_800_000_000n, true, 2n ** 53n + 1n, '1.50', 0.1],
  ]);
  await table.expectSameForAll();
  if (isSoak) await table.expectSameForSpark();
});
