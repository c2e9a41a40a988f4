import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DELTA_TABLES, readTable } from '../../helpers/delta';

interface ExpectedTable {
  key: string[];
  versions: { version: number; files?: number; columns?: string[]; rows?: unknown[][]; readable?: boolean }[];
}

const tables = readdirSync(DELTA_TABLES).filter((name) => name !== 'bad');

/** The reader features that we support. */
const FEATURES = 'columnMapping, deletionVectors, timestampNtz, typeWidening, typeWidening-preview, v2Checkpoint, vacuumProtocolCheck';

/** The error of a version whose files were vacuumed. */
const vacuumed = (version: number) =>
  'part-00000-4b4d9368-612e-4e24-bf49-b7131656d29c-c000.snappy.parquet: expected a data file of 5166 bytes, got: no file; ' +
  `the files of version ${version} were vacuumed, and versions 2 to 5 can be read`;

function expectedOf(table: string): ExpectedTable {
  return JSON.parse(readFileSync(join(DELTA_TABLES, table, 'expected.json'), 'utf8')) as ExpectedTable;
}

const versions = tables.flatMap((table) => expectedOf(table).versions.map(({ version }, i) => ({ table, version, isLatest: i === 0 })));

test.each(versions)('$table reads as expected at version $version', async ({ table, version, isLatest }) => {
  const { key, versions } = expectedOf(table);
  const expected = versions.find((one) => one.version === version)!;
  const read = readTable(join(DELTA_TABLES, table), isLatest ? undefined : version, key);
  if (expected.rows === undefined) {
    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'TableError', message: vacuumed(version) }));
    return;
  }
  const { files, columns, rows } = await read;
  expect(columns).toEqual(expected.columns);
  expect(rows).toEqual(expected.rows);
  expect(files).toBe(expected.files);
});

/** The error of each damaged table that cannot be read. */
const BAD: Record<string, string> = {
  corrupt_data_file:
    'part-00000-470ede54-ef90-49fa-af49-b4e5539e1788-c000.snappy.parquet: expected a data file of 1137 bytes, got: 200 bytes',
  empty_log: 'expected a Delta table, got: no commit and no checkpoint in _delta_log',
  future_reader_feature: `expected reader features among ${FEATURES}, got: holograms`,
  future_reader_version: 'expected a minReaderVersion up to 3, got: 4',
  gap: 'expected commit 1 or a checkpoint from it up to 2 in _delta_log, got: neither',
  html_data_file: 'part-00000-9416fa90-6636-4777-badb-cf25834a8021-c000.snappy.parquet: expected a data file of 1137 bytes, got: 39 bytes',
  missing_data_file:
    'part-00000-3546dc61-14ce-4216-bbd4-b006cba6da35-c000.snappy.parquet: expected a data file of 1137 bytes, got: no file',
  no_metadata: 'expected a metaData action in the log up to version 2, got: none',
  no_protocol: 'expected a protocol action in the log up to version 2, got: none',
  not_a_table: 'expected a Delta table, got: no commit and no checkpoint in _delta_log',
  path_escapes: 'add.path: expected a path inside the table\'s folder, got: "../outside.parquet"',
  torn_checkpoint:
    '_delta_log/00000000000000000002.checkpoint.parquet: expected a whole Parquet file, got: parquet file invalid (footer != PAR1)',
  torn_commit:
    '_delta_log/00000000000000000002.json: line 2: expected a JSON object, got: "{\\"add\\":{\\"path\\":\\"part-00000-ae6436a0-2ca9-4e59-aff8-bf66d17444c3-c000.sn...',
};

const damaged = readdirSync(join(DELTA_TABLES, 'bad'), { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(damaged.map(({ name }) => name))('bad/%s reads as expected, or fails with its message', async (table) => {
  const expected = expectedOf(`bad/${table}`) as unknown as {
    readable: boolean | null;
    version: number;
    columns: string[];
    rows: unknown[][];
  };
  const read = readTable(join(DELTA_TABLES, 'bad', table));
  if (table in BAD) {
    expect(expected.readable).not.toBe(true);
    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'TableError', message: BAD[table] }));
    return;
  }
  const { version, columns, rows } = await read;
  expect({ version, columns, rows }).toEqual({ version: expected.version, columns: expected.columns, rows: expected.rows });
});
