// pandas stores integers with a gap as floats: whole numbers load into integer columns, as they do from JSON and CSV.
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { ParquetEncoder } from '../../../lambda/parquet/encoder';
import { readTable } from '../../helpers/delta';
import { schemaOf } from '../../helpers/delta-writer';
import { temporaryFile } from '../../helpers/files';
import { tableApp } from '../../helpers/table-app';
import { startDynalite, type TestStore } from '../../helpers/store';

const COUNTS: TableSpec = {
  name: 'counts',
  primaryKey: [{ name: 'id', type: 'string' }],
  features: [{ name: 'i', type: 'integer', nullable: true }, { name: 'l', type: 'long', nullable: true }],
}; // prettier-ignore

let store: TestStore;
beforeAll(async () => {
  store = await startDynalite();
});
afterAll(() => store.close());

function parquet(...rows: [string, number | null, number | null][]): string {
  const encoder = new ParquetEncoder(schemaOf({ id: 'string', i: 'double', l: 'double' }).fields);
  encoder.append(
    [0, 1, 2].map((column) => rows.map((row) => row[column])),
    rows.map((_, row) => row),
  );
  return temporaryFile('counts.parquet', encoder.finish());
}

test('whole doubles are loaded, and other doubles are rejected by row', async () => {
  const { run, folder } = await tableApp(store, COUNTS);
  const file = parquet(['a', 3, -4], ['b', null, 2 ** 53], ['c', 0.5, 1], ['d', 2 ** 31, 1], ['e', 1, 1e300]);
  expect(await run('load', file)).toMatchObject({
    stdout: [
      'counts: 2 rows written, 3 rejected; version 1',
      "  counts.parquet row 3  column 'i': expected a whole number from -2147483648 to 2147483647, got: 0.5",
      "  counts.parquet row 4  column 'i': expected a whole number from -2147483648 to 2147483647, got: 2147483648",
      `  counts.parquet row 5  column 'l': expected a whole number from -2^63 to 2^63-1, got: "1000000000000000052504760255204420248704…"`,
      'correct these rows and load the same file again; rows already written stay as they are',
    ].join('\n'),
    exitCode: 1,
  });
  expect((await readTable(folder, undefined, ['id'])).rows).toEqual([
    ['a', 3, -4],
    ['b', null, '9007199254740992'],
  ]);
});
