import type { StackFeatureTable } from '../../../bin/app/cloud-assembly';
import { writeDevState } from '../../../bin/app/dev-state';
import { openOfflineStore } from '../../../bin/stores/offline-store';
import { fakeServer } from '../../helpers/fake-dynamodb';
import { temporaryFolder } from '../../helpers/files';

const TABLE: StackFeatureTable = {
  stack: {
    displayName: 'S',
    stackName: 'S',
    region: 'eu-central-1',
    template: {},
    parameters: {},
    assets: new Map(),
    cases: new Map(),
    existingTables: [],
  },
  logicalId: 'Houses1',
  spec: { name: 'houses', primaryKey: [], features: [] },
  offlineStore: { bucket: 'my-bucket', prefix: 'tables/houses' },
};

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
  jest.restoreAllMocks();
});

test('reads and writes the bucket of a deployed table, in the region of its stack', async () => {
  const s3 = await fakeServer(() => ({ body: 'content', headers: { 'content-type': 'binary/octet-stream' } }));
  Object.assign(process.env, { AWS_ENDPOINT_URL_S3: s3.url, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' });
  const { files, place } = await openOfflineStore(TABLE, {});
  expect(place).toBe('s3://my-bucket/tables/houses');
  expect(Buffer.from((await files.read('_delta_log/x'))!).toString()).toBe('content');
  await files.write('y', Buffer.from('bytes'));
  await s3.close();
  expect(s3.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /my-bucket/tables/houses/_delta_log/x?x-id=GetObject',
    'PUT /my-bucket/tables/houses/y?x-id=PutObject',
  ]);
  expect(s3.requests[0]!.headers.authorization).toContain('/eu-central-1/s3/');
});

test('reads and writes the folder of a running `dev`', async () => {
  const folder = temporaryFolder({ x: 'content' });
  jest.spyOn(process, 'cwd').mockReturnValue(folder);
  writeDevState(folder, { dynamodbEndpoint: '', tables: {}, offlineFolders: { 'S/houses': folder }, inferenceFolders: {} });
  const { files, place } = await openOfflineStore(TABLE, { local: true });
  expect(place).toBe(folder);
  expect(Buffer.from((await files.read('x'))!).toString()).toBe('content');
  expect(await files.create('x', Buffer.from('other'))).toBe(false);
});
