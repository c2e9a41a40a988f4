import { join } from 'node:path';
import type { StackFeatureTable, StackInferenceTable } from '../../../bin/app/cloud-assembly';
import { writeDevState } from '../../../bin/app/dev-state';
import { findOfflineStore, placeText } from '../../../bin/stores/offline-place';
import { inferenceFolders, offlineFolders } from '../../../bin/stores/offline-folders';
import { UserError } from '../../../bin/terminal/user-error';
import type { JsonValue } from '../../../lib/contract/data-types';
import { fakeServer, type FakeServer, type Reaction } from '../../helpers/fake-dynamodb';
import { temporaryFolder } from '../../helpers/files';

const ONLINE_ONLY: StackFeatureTable = {
  stack: {
    displayName: 'Prod/Features',
    stackName: 'Prod-Features',
    region: 'eu-west-1',
    template: { Resources: { Bucket1: { Type: 'AWS::S3::Bucket' } }, Parameters: { Given: { Type: 'String' } } },
    parameters: {},
    assets: new Map(),
    cases: new Map(),
    existingTables: [],
  },
  logicalId: 'Houses1',
  spec: { name: 'houses', primaryKey: [{ name: 'id', type: 'string' }], features: [{ name: 'size', type: 'integer' }] },
};
const tableIn = (bucket: JsonValue): StackFeatureTable => ({ ...ONLINE_ONLY, offlineStore: { bucket, prefix: 'tables/houses' } });

let cloudFormation: FakeServer | undefined;
const environment = { ...process.env };
afterEach(async () => {
  await cloudFormation?.close();
  cloudFormation = undefined;
  process.env = { ...environment };
  jest.restoreAllMocks();
});

/** Sets the environment of a machine whose CloudFormation answers so, request by request. */
async function cloudFormationWith(...answers: string[]): Promise<void> {
  const reactions = answers.map((body): Reaction => ({ headers: { 'content-type': 'text/xml' }, body }));
  cloudFormation = await fakeServer((_, n) => reactions[n]!);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
  });
}
const asked = (): (string | null)[][] =>
  cloudFormation!.requests.map(({ body }) =>
    ['Action', 'StackName', 'LogicalResourceId'].map((name) => new URLSearchParams(body).get(name)),
  );
const exportsText = (token: string, ...names: string[]): string => {
  const members = names.map((name) => `<member><Name>${name}</Name><Value>bucket-of-${name}</Value></member>`).join('');
  return `<ListExportsResponse><ListExportsResult><Exports>${members}</Exports>${token}</ListExportsResult></ListExportsResponse>`;
};

test('is in the bucket that the template names', async () => {
  const place = await findOfflineStore(tableIn('my-bucket'), {});
  expect(place).toEqual({ kind: 'bucket', bucket: 'my-bucket', prefix: 'tables/houses' });
  expect(placeText(place)).toBe('s3://my-bucket/tables/houses');
});

test('is in the bucket of the stack', async () => {
  await cloudFormationWith(
    '<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail><PhysicalResourceId>made</PhysicalResourceId>' +
      '</StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>',
  );
  expect(await findOfflineStore(tableIn({ Ref: 'Bucket1' }), {})).toMatchObject({ bucket: 'made' });
  expect(asked()).toEqual([['DescribeStackResource', 'Prod-Features', 'Bucket1']]);
});

test('is in the bucket that another stack exports, on any page of the exports', async () => {
  await cloudFormationWith(exportsText('<NextToken>more</NextToken>', 'other'), exportsText('', 'Data:Bucket'));
  expect(await findOfflineStore(tableIn({ 'Fn::ImportValue': 'Data:Bucket' }), {})).toMatchObject({ bucket: 'bucket-of-Data:Bucket' });
  expect(asked().map(([action]) => action)).toEqual(['ListExports', 'ListExports']);
});

test.each<[JsonValue]>([[{ Ref: 'Given' }], [{ 'Fn::Join': ['-', ['data', { Ref: 'AWS::AccountId' }]] }], [{ 'Fn::ImportValue': 'gone' }]])(
  'fails on %j, unless the bucket is named',
  async (bucket) => {
    await cloudFormationWith(exportsText(''));
    await expect(findOfflineStore(tableIn(bucket), {})).rejects.toThrow(
      new UserError(
        `expected the bucket of Prod/Features/houses as a name, a resource of the stack or an export, got: ${JSON.stringify(bucket)}; name it with --bucket`,
      ),
    );
    expect(await findOfflineStore(tableIn(bucket), { bucket: 'named' })).toMatchObject({ bucket: 'named' });
  },
);

test('is in the folder of the running `dev`', async () => {
  const folder = temporaryFolder({});
  jest.spyOn(process, 'cwd').mockReturnValue(folder);
  writeDevState(folder, {
    dynamodbEndpoint: '',
    tables: {},
    offlineFolders: { 'Prod/Features/houses': '/data/houses' },
    inferenceFolders: {},
  });
  const place = await findOfflineStore(tableIn({ Ref: 'Bucket1' }), { local: true });
  expect(place).toEqual({ kind: 'folder', folder: '/data/houses' });
  expect(placeText(place)).toBe('/data/houses');
});

test.each([{}, { local: true }, { bucket: 'b' }])('fails for a table without an offline store, with %j', async (options) => {
  await expect(findOfflineStore(ONLINE_ONLY, options)).rejects.toThrow(
    new UserError('expected a feature table with an offline store, got: Prod/Features/houses, which has an online store only'),
  );
});

test('has a folder with the name of the table, or of stack and table if two tables have one name', () => {
  const table = (displayName: string, name: string): StackFeatureTable => ({
    ...tableIn('b'),
    stack: { ...ONLINE_ONLY.stack, displayName },
    spec: { ...ONLINE_ONLY.spec, name },
  });
  const onlineOnly = { ...ONLINE_ONLY, spec: { ...ONLINE_ONLY.spec, name: 'towns' } };
  const folders = offlineFolders([table('Prod/A', 'houses'), table('Test/A', 'houses'), table('Prod/A', 'towns'), onlineOnly], '/root');
  expect([...folders]).toEqual([
    ['Prod/A/houses', join('/root', 'Prod', 'A', 'houses')],
    ['Test/A/houses', join('/root', 'Test', 'A', 'houses')],
    ['Prod/A/towns', join('/root', 'towns')],
  ]);
});

test('folders of inference tables are named like those of feature tables', () => {
  const table = (displayName: string, endpointName: string): StackInferenceTable => ({
    stack: { ...ONLINE_ONLY.stack, displayName },
    endpointName,
    bucket: 'b',
    prefix: 'p',
  });
  expect([...inferenceFolders([table('Prod', 'prices'), table('Test', 'prices'), table('Prod', 'rents')], '/root')]).toEqual([
    ['Prod/prices', join('/root', 'Prod', 'prices_inference')],
    ['Test/prices', join('/root', 'Test', 'prices_inference')],
    ['Prod/rents', join('/root', 'rents_inference')],
  ]);
});
