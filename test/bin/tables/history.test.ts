import { join } from 'node:path';
import { readHistory } from '../../../lambda/delta/history';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { version } from '../../../package.json';
import { historyText } from '../../../bin/tables/history';
import { DELTA_TABLES } from '../../helpers/delta';
import { startDynalite } from '../../helpers/store';
import { HOUSES, tableApp } from '../../helpers/table-app';

/** The history of a fixture, without times, which are those of its files here. */
async function historyOf(name: string, limit: number): Promise<string[]> {
  const entries = await readHistory(new FolderStore(join(DELTA_TABLES, name)), limit);
  return historyText(entries.map((entry) => ({ ...entry, timestamp: 0 })))
    .replaceAll('1970-01-01T00:00:00.000Z', '<time>')
    .split('\n');
}

test('lists the commits of delta-rs, the latest first', async () => {
  expect(await historyOf('house_features_deltars', 9)).toEqual([
    'version  time                      operation  added  updated  deleted  by',
    '     13  <time>  WRITE          1                    delta-rs:py-1.6.6',
    '     12  <time>  OPTIMIZE                            delta-rs:py-1.6.6',
    ...[11, 10, 9, 8].map((version) => `${String(version).padStart(7)}  <time>  WRITE          5                    delta-rs:py-1.6.6`),
    '      7  <time>  UPDATE                 11           delta-rs:py-1.6.6',
    '      6  <time>  WRITE         30                    delta-rs:py-1.6.6',
    '      5  <time>  MERGE         30       25        5  delta-rs:py-1.6.6',
  ]);
});

test('lists the commits of Spark', async () => {
  const [, ...commits] = await historyOf('spark_basic', 9);
  expect([commits[0], commits[1], commits.at(-1)]).toEqual([
    '     12  <time>  WRITE          2                    Apache-Spark/3.5.9 Delta-Lake/3.3.2',
    '     11  <time>  OPTIMIZE                            Apache-Spark/3.5.9 Delta-Lake/3.3.2',
    '      4  <time>  MERGE         10       10        3  Apache-Spark/3.5.9 Delta-Lake/3.3.2',
  ]);
});

test('lists our own commits', async () => {
  const store = await startDynalite();
  const app = await tableApp(store, HOUSES);
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,1', 'b,2024-01-01T00:00:00Z,1');
  await app.load('id,updated_at,rooms', 'a,2024-01-01T00:00:00Z,2', 'c,2024-01-01T00:00:00Z,1');
  const { stdout } = await app.run('history', '--limit', '2');
  await store.close();
  expect(stdout.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<------- time ------->').split('\n')).toEqual([
    'version  time                      operation  added  updated  deleted  by',
    `      2  <------- time ------->  MERGE          1        1        0  cdk-ml-serving/${version}`,
    `      1  <------- time ------->  MERGE          2        0        0  cdk-ml-serving/${version}`,
  ]);
});
