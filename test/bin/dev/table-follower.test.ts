import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type FollowerEvents, TableFollower } from '../../../bin/dev/table-follower';
import { materializationText } from '../../../bin/tables/materialization-text';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { deltaSchemaOf } from '../../../lambda/offline/feature-schema';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { commitPath } from '../../../lambda/delta/log-path';
import { type TableWriterIo, tableWriterIo } from '../../../lambda/delta/writer-io';
import type { OnlineTable } from '../../../lambda/online/online-table';
import type { MaterializationSpec } from '../../../lib/contract/table-document';
import { temporaryFolder } from '../../helpers/files';
import { createOnlineTable, onlineTable, startDynalite, storeClient, type TestStore } from '../../helpers/store';
import { HOUSES } from '../../helpers/table-app';

let store: TestStore;
let made = 0;
beforeAll(async () => (store = await startDynalite()));
afterAll(() => store.close());

let online: OnlineTable;
let folder: string;
let io: TableWriterIo;
let told: string[];
let follower: TableFollower;
beforeEach(async () => {
  const client = storeClient(store);
  await createOnlineTable(client, `followed_${made}`);
  client.destroy();
  online = onlineTable(store, `followed_${made++}`);
  folder = join(temporaryFolder(), 'houses');
  io = tableWriterIo(new FolderStore(folder));
  told = [];
});
afterEach(() => follower.stop());

const EVENTS: FollowerEvents = {
  materialized: (report) => told.push(materializationText(report)),
  failed: (_, error) => told.push((error as Error).message),
};

function follow(mode: MaterializationSpec['mode'] = 'continuous', events = EVENTS): TableFollower {
  const document = {
    documentVersion: 1,
    table: HOUSES,
    offlineStore: { prefix: '' },
    materialization: { mode, tombstoneSeconds: 60 },
  } as const;
  follower = new TableFollower({ document, folder, online }, events, new AbortController().signal);
  follower.follow();
  return follower;
}

/** What another writer does to the table. */
const create = () => createTable(io, { schema: deltaSchemaOf(HOUSES) });
async function append(...ids: string[]): Promise<void> {
  const columns = [ids, ids.map(() => 1704067200000000n), ids.map(() => 1n), ids.map(() => null)];
  await appendRows(io, { rows: (async function* () { yield await Promise.resolve({ rowCount: ids.length, columns }); })() }); // prettier-ignore
}

/** Waits until what is expected holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(10);
}
const isOnline = async (id: string): Promise<boolean> => (await online.get([id])).has(id);

test('brings online what is there when it is asked to', async () => {
  await create();
  await append('a', 'b');
  await follow('triggered').bringOnline();
  expect(told).toEqual(['houses: version 1 is online, 2 rows written']);
  await follower.bringOnline();
  expect(told).toHaveLength(1);
});

test('brings a table online that is made later, and each of its commits', async () => {
  follow();
  await create();
  await append('a');
  await until(() => isOnline('a'));
  const before = Date.now();
  await append('b');
  await until(() => isOnline('b'));
  expect(Date.now() - before).toBeLessThan(1000);
  await append('c');
  await until(() => told.length === 3);
  expect(told).toEqual([1, 2, 3].map((version) => `houses: version ${version} is online, 1 row written`));
});

test('tells once of a version that cannot be brought online, and goes on when it is mended', async () => {
  await create();
  await append('a');
  await follow().bringOnline();
  writeFileSync(join(folder, commitPath(2)), 'no JSON\n');
  await until(() => told.length === 2);
  await follower.bringOnline();
  await follower.bringOnline();
  const reason = `${commitPath(2)}: line 1: expected a JSON object, got: "no JSON"`;
  expect(told.slice(1)).toEqual([['houses: version 1 is online', `  version 2 cannot be materialized: ${reason}`].join('\n')]);
  rmSync(join(folder, commitPath(2)));
  await append('b');
  await follower.bringOnline();
  expect(told.at(-1)).toBe('houses: version 2 is online, 1 row written');
});

test('tells of a failure, and tries again at the next commit', async () => {
  await create();
  await append('a');
  const { get } = online;
  online.get = () => Promise.reject(new Error('the network is gone'));
  await follow().bringOnline();
  expect(told).toEqual(['the network is gone']);
  online.get = get;
  await append('b');
  await until(() => told.length === 2);
  expect(told[1]).toBe('houses: version 2 is online, 2 rows written');
});

test('does not follow a table whose rows come online when somebody asks', async () => {
  await create();
  await follow('triggered').bringOnline();
  await append('a');
  await setTimeout(500);
  expect(await isOnline('a')).toBe(false);
});

test('a folder that holds something else is no table', async () => {
  mkdirSync(join(folder, '_delta_log'), { recursive: true });
  writeFileSync(join(folder, '_delta_log', '.hidden'), '');
  await follow().bringOnline();
  await setTimeout(500);
  expect(told).toEqual([]);
});
