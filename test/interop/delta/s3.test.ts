// Tables in S3, where conditional writes decide which writer commits.
import { join } from 'node:path';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import { rowsOf, schemaOf, slices } from '../../helpers/delta-writer';
import { mustRun } from '../../helpers/parts';
import { startVersitygw, type S3Server } from '../../helpers/versitygw';
import { DELTA_RS } from './delta-rs';
import { storeOf } from './write-many';

let server: S3Server;
const before = { ...process.env };

beforeAll(async () => {
  server = await startVersitygw();
  Object.assign(process.env, server.env);
});

afterAll(() => {
  server.stop();
  process.env = before;
});

test('if many writers create a file at once, one of them does', async () => {
  const stores = Array.from({ length: 20 }, () => storeOf(`s3://${server.bucket}/race`));
  for (let round = 0; round < 10; round++) {
    const created = await Promise.all(stores.map((store, i) => store.create(`log/${round}`, Buffer.alloc(1_000, i))));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await stores[0]!.read(`log/${round}`)).toEqual(Uint8Array.from(Buffer.alloc(1_000, created.indexOf(true))));
  }
  expect((await stores[0]!.list('log', '3')).map(({ name, size }) => [name, size])).toEqual(
    ['3', '4', '5', '6', '7', '8', '9'].map((name) => [name, 1_000]),
  );
});

test('partitions with odd characters are read by delta-rs', async () => {
  const table = `s3://${server.bucket}/odd`;
  const io = tableWriterIo(storeOf(table));
  const cities = [
    'plain',
    ' with spaces ',
    'ü€😀',
    'a/b=c',
    '100%',
    '%41',
    `'"`,
    '.',
    '..',
    '#?&+:;,!~*()',
    '\\',
    '{}[]^|`<>$@',
    '\t\n\r',
    null,
  ];
  const rows = cities.map((city, id) => [id, city, id / 4]);
  await createTable(io, { schema: schemaOf({ 'id!': 'integer', city: 'string', value: 'double' }), partitionColumns: ['city'] });
  await appendRows(io, { rows: slices(rows) });
  expect(await rowsOf(io.store)).toEqual(rows);
  const theirs = JSON.parse(
    mustRun(DELTA_RS, [join(__dirname, 'read_table.py'), table, '1'], { env: { ...process.env, ...server.env } }),
  ) as unknown[];
  expect(theirs).toEqual([{ version: 1, columns: ['id', 'city', 'value'], rows, sameInDeltaRs: true, lost: [] }]);
});
