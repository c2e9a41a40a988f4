// Parquet files as PyArrow writes them, loaded into an offline store, which delta-rs reads back.
import { join } from 'node:path';
import { loadFile } from '../../../bin/tables/load-file';
import { reportText } from '../../../bin/tables/report-text';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { temporaryFolder } from '../../helpers/files';
import { mustRun } from '../../helpers/parts';
import { DELTA_RS } from '../delta/delta-rs';

const files = temporaryFolder();
beforeAll(() => mustRun(DELTA_RS, [join(__dirname, 'make_parquet.py'), files]));

const column = (name: string, type: ColumnSpec['type']): ColumnSpec => ({ name, type, nullable: true });
const TABLE: TableSpec = {
  name: 'types',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'at', type: 'timestamp' },
  features: [
    column('flag', 'boolean'),
    column('small', 'integer'),
    column('unsigned', 'integer'),
    column('big', 'long'),
    column('narrow', 'long'),
    column('half', 'double'),
    column('wide', 'double'),
    column('text', 'string'),
    column('bytes', 'binary'),
    column('day', 'date'),
    column('vector', { element: 'float', shape: [2] }),
  ],
};

async function load(file: string, folder: string, table = TABLE): Promise<string> {
  const offline = tableWriterIo(new FolderStore(folder));
  const options = { table, file: join(files, file), offline, now: Date.now, secret: '01234567-89ab-cdef-0123-456789abcdef' };
  return reportText(await loadFile(options));
}

test('every column type comes through exact', async () => {
  const folder = temporaryFolder();
  expect(await load('types.parquet', folder)).toBe('types: 5,000 rows written; version 1');
  const compare = [join(__dirname, 'read_back.py'), join(files, 'types.parquet'), folder];
  expect(mustRun(DELTA_RS, compare)).toBe('different: nothing rows: 5000 version: 1\n');
  expect(await load('types.parquet', folder)).toBe('types: 0 rows written, 5,000 unchanged; version 1');
});

test('rows that do not fit are rejected by their numbers', async () => {
  expect(await load('refused.parquet', temporaryFolder())).toBe(
    [
      'types: 2 rows written, 3 rejected; version 1',
      "  refused.parquet row 2  column 'id': expected a value, got: null",
      `  refused.parquet row 3  column 'id': expected a value, got: ""`,
      "  refused.parquet row 4  column 'at': expected whole microseconds, got: 1704067200000001001 nanoseconds",
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
  );
});

test('fails on columns of other types, and writes nothing', async () => {
  const folder = join(temporaryFolder(), 'none');
  await expect(load('naive.parquet', folder)).rejects.toMatchObject({
    name: 'UserError',
    message: ["naive.parquet: column 'at': expected timestamp, got: timestamp_ntz, which has no time zone", 'nothing was written'].join(
      '\n',
    ),
  });
});
