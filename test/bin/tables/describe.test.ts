import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitPath } from '../../../lambda/delta/log-path';
import { storedItem, startDynalite, storeClient, type TestStore } from '../../helpers/store';
import { HOUSES, type TableApp, tableApp } from '../../helpers/table-app';

const CONTINUOUS = { mode: 'continuous', tombstoneSeconds: 3600 } as const;
const SCHEMA = [
  'houses',
  '  primary key      id string',
  '  timestamp key    updated_at timestamp',
  '  features         rooms long, default 5',
  '                   price double, nullable',
];

let store: TestStore;
let app: TableApp;
beforeAll(async () => (store = await startDynalite()));
beforeEach(async () => (app = await tableApp(store, HOUSES, CONTINUOUS)));
afterAll(() => store.close());

/** What `tables describe` prints, without times and sizes. */
async function described(): Promise<string[]> {
  const { stdout } = await app.run('describe');
  return stdout
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/, \d+ bytes$/gm, ', <size>')
    .replaceAll(/for \d+ seconds?$/gm, 'for <long>')
    .split('\n');
}

test('prints the columns, where the rows are, and what is materialized', async () => {
  expect(await described()).toEqual([
    ...SCHEMA,
    `  online           DynamoDB table ${app.online.name}`,
    `  offline          ${app.folder}: no Delta Lake table yet; \`tables load\` creates it`,
    '  materialization  continuous',
    '                   no version is online',
  ]);

  await app.load('id,updated_at,rooms,price', 'a,2024-01-01T00:00:00Z,1,0.5', 'b,2024-01-01T00:00:00Z,2,');
  const stored = [
    ...SCHEMA,
    `  online           DynamoDB table ${app.online.name}`,
    `  offline          ${app.folder}`,
    '                   version 1, committed <time>',
    '                   2 rows in 1 file, <size>',
    '  materialization  continuous',
  ];
  expect(await described()).toEqual([
    ...stored,
    '                   no version is online',
    '                   2 commits behind, for <long>',
  ]);

  await app.run('materialize');
  expect(await described()).toEqual([...stored, '                   version 1 is online since <time>']);
});

test('prints the time of a commit that `history` prints, even if its file has another', async () => {
  await app.load('id,updated_at,rooms,price', 'a,2024-01-01T00:00:00Z,1,0.5');
  const [first, second] = [0, 1].map((version) => join(app.folder, commitPath(version)));
  const time = new Date('2024-05-01T00:00:00Z');
  utimesSync(first!, time, time);
  utimesSync(second!, new Date(0), new Date(0));
  expect((await app.run('describe')).stdout).toContain('version 1, committed 2024-05-01T00:00:00.001Z\n');
  expect((await app.run('history')).stdout).toContain('1  2024-05-01T00:00:00.001Z');
});

test('prints the ages, and that rows are materialized by hand', async () => {
  app = await tableApp(store, { ...HOUSES, maxAgeSeconds: 30 * 86_400, timeToLiveSeconds: 5400 * 1000 });
  const { stdout } = await app.run('describe');
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining(['  max age          30 days', '  time to live     1,500 hours', '  materialization  by hand']),
  );
});

test('names the version that cannot be materialized, and what to do; the rows before it stay online', async () => {
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  await app.run('materialize');
  writeFileSync(join(app.folder, commitPath(2)), 'no JSON\n');
  expect(await app.run('materialize')).toEqual({
    stdout: [
      'houses: version 1 is online',
      `  version 2 cannot be materialized: ${commitPath(2)}: line 1: expected a JSON object, got: "no JSON"`,
    ].join('\n'),
    stderr: '',
    exitCode: 1,
  });
  expect((await described()).slice(-6)).toEqual([
    '                   version 2, committed <time>',
    `                   cannot be read: ${commitPath(2)}: line 1: expected a JSON object, got: "no JSON"`,
    '  materialization  continuous',
    '                   version 1 is online since <time>',
    '                   1 commit behind, for <long>',
    `                   version 2 cannot be materialized: ${commitPath(2)}: line 1: expected a JSON object, got: "no JSON"`,
  ]);
  const client = storeClient(store);
  expect(await storedItem(client, app.online.name, 'a')).toMatchObject({ rooms: { N: '1' } });
  client.destroy();
});

test('describes a table whose log no longer has the next commit', async () => {
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1');
  rmSync(join(app.folder, commitPath(0)));
  expect((await described()).slice(-4)).toEqual([
    `                   cannot be read: expected commit 0 or a checkpoint from it up to 1 in _delta_log, got: neither`,
    '  materialization  continuous',
    '                   no version is online',
    '                   2 commits behind',
  ]);
});
