// A batch in which a feature is missing in every row: pandas writes a Parquet column of the null type, and delta-rs a void column.
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { readTable } from '../../helpers/delta';
import { temporaryFolder } from '../../helpers/files';
import { tableApp } from '../../helpers/table-app';
import { startDynalite, type TestStore } from '../../helpers/store';

const REPORTS = join(__dirname, '..', '..', 'fixtures', 'reports', 'load_all_null_column');
const EVERY: TableSpec = {
  name: 'every',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'ts', type: 'timestamp' },
  features: [{ name: 's', type: 'string', nullable: true }],
};
const ROWS = [['n0', '2026-01-01T00:00:00.000000Z', null]];

let store: TestStore;
beforeAll(async () => {
  store = await startDynalite();
});
afterAll(() => store.close());

test.each(['batch.parquet', 'batch_delta', 'undeclared.parquet', 'undeclared_delta'])('%s is loaded', async (file) => {
  const { run, folder } = await tableApp(store, EVERY);
  const skipped = file.startsWith('undeclared') ? "\n  column 'extra' is not declared by the table and was skipped" : '';
  const stdout = `every: 1 row written; version 1${skipped}`;
  expect(await run('load', join(REPORTS, file))).toMatchObject({ stdout, exitCode: 0 });
  expect((await readTable(folder, undefined, ['id'])).rows).toEqual(ROWS);
});

test('a link to a Parquet file is loaded', async () => {
  const { run, folder } = await tableApp(store, EVERY);
  const link = join(temporaryFolder(), 'latest.parquet');
  symlinkSync(join(REPORTS, 'batch.parquet'), link);
  expect(await run('load', link)).toMatchObject({ stdout: 'every: 1 row written; version 1', exitCode: 0 });
  expect((await readTable(folder, undefined, ['id'])).rows).toEqual(ROWS);
});

test.each(['batch_delta', 'undeclared_delta'])('an offline table with a void column, %s, accepts rows', async (name) => {
  const { run, folder } = await tableApp(store, EVERY);
  cpSync(join(REPORTS, name), folder, { recursive: true });
  expect(await run('describe')).toMatchObject({ exitCode: 0 });
  expect(await run('load', join(REPORTS, 'batch.parquet'))).toMatchObject({ exitCode: 0 });
  expect((await readTable(folder, undefined, ['id'])).rows).toHaveLength(1);
});
