import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { join } from 'node:path';
import { writeDevState } from '../../../bin/app/dev-state';
import { tablesCommand } from '../../../bin/tables/command';
import { UserError } from '../../../bin/terminal/user-error';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { type FakeServer, fakeServer, type Reaction } from '../../helpers/fake-dynamodb';
import { temporaryFolder } from '../../helpers/files';
import { createOnlineTable, startDynalite, storeClient, storedItem, storeEnvironment, type TestStore } from '../../helpers/store';

const TABLE: TableSpec = { name: 'houses', primaryKey: [{ name: 'id', type: 'string' }], features: [{ name: 'size', type: 'integer' }] };

let store: TestStore;
let client: DynamoDBClient;
const environment = { ...process.env };
beforeAll(async () => {
  store = await startDynalite();
  client = storeClient(store);
  await createOnlineTable(client, 'physical-name');
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

let cloudFormation: FakeServer | undefined;
afterEach(async () => {
  await cloudFormation?.close();
  cloudFormation = undefined;
  process.env = { ...environment };
  process.exitCode = undefined;
  jest.restoreAllMocks();
});

/** An app's folder with its cloud assembly and a file of rows; what the command prints. */
function appFolder(rows: string) {
  const folder = temporaryFolder({
    'houses.csv': rows,
    'manifest.json': JSON.stringify({
      version: '54.0.0',
      artifacts: {
        Stack: {
          type: 'aws:cloudformation:stack',
          environment: 'aws://unknown-account/unknown-region',
          properties: { templateFile: 'template.json', stackName: 'the-stack' },
        },
      },
    }),
    'template.json': JSON.stringify({
      Resources: { Houses1: { Type: 'AWS::DynamoDB::GlobalTable', Metadata: { 'cdk-ml-serving:featureTable': TABLE } } },
    }),
  });
  jest.spyOn(process, 'cwd').mockReturnValue(folder);
  const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  return {
    folder,
    load: (...args: string[]) =>
      tablesCommand().parseAsync(['load', ...args, join(folder, 'houses.csv'), '--app', folder], { from: 'user' }),
    printed: () => printed.mock.calls.map(([text]) => String(text)).join(''),
  };
}

/** Sets the environment of a machine whose AWS is the store and a CloudFormation that reacts so. */
async function awsWith(reaction: Reaction) {
  cloudFormation = await fakeServer(() => reaction);
  Object.assign(process.env, storeEnvironment(store), { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url });
}

const xml = (body: string, status = 200): Reaction => ({ status, headers: { 'content-type': 'text/xml' }, body });
const RESOURCE = xml(
  '<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail><PhysicalResourceId>physical-name</PhysicalResourceId>' +
    '</StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>',
);

test('loads into the deployed table', async () => {
  await awsWith(RESOURCE);
  const { load, printed } = appFolder('id,size\na,1\nb,2\n');
  await load('houses', '--region', 'eu-west-1');
  expect(printed()).toBe('houses: 2 rows written\n');
  expect(process.exitCode).toBeUndefined();
  expect(await storedItem(client, 'physical-name', 'b')).toMatchObject({ size: { N: '2' } });
  const asked = new URLSearchParams(cloudFormation!.requests[0]!.body);
  expect([asked.get('Action'), asked.get('StackName'), asked.get('LogicalResourceId')]).toEqual([
    'DescribeStackResource',
    'the-stack',
    'Houses1',
  ]);
});

test('loads into a running `dev`, and says by the exit code that rows were rejected', async () => {
  const { folder, load, printed } = appFolder('id,size\nc,3\nd,x\n');
  writeDevState(folder, {
    dynamodbEndpoint: store.endpoint,
    tables: { 'Stack/houses': 'physical-name' },
    offlineFolders: {},
    inferenceFolders: {},
  });
  await load('Stack/houses', '--local');
  expect(printed()).toBe(
    [
      'houses: 1 row written, 1 rejected',
      `  houses.csv:3  column 'size': expected a whole number from -2147483648 to 2147483647, got: "x"`,
      'correct these rows and load the same file again; rows already written stay as they are',
      '',
    ].join('\n'),
  );
  expect(process.exitCode).toBe(1);
  expect(await storedItem(client, 'physical-name', 'c')).toMatchObject({ size: { N: '3' } });
});

test('fails if no `dev` runs', async () => {
  const { load } = appFolder('id,size\n');
  await expect(load('houses', '--local')).rejects.toThrow(
    new UserError('expected a `cdk-ml-serving dev` that runs in this folder, got: none; start it, or leave out --local'),
  );
});

test('fails if the `dev` runs another app', async () => {
  const { folder, load } = appFolder('id,size\n');
  writeDevState(folder, { dynamodbEndpoint: store.endpoint, tables: {}, offlineFolders: {}, inferenceFolders: {} });
  await expect(load('houses', '--local')).rejects.toThrow(
    new UserError('expected Stack/houses in the running `dev`, got: an app without it; restart `dev`'),
  );
});

test('fails if the stack is not deployed', async () => {
  await awsWith(
    xml(
      '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack the-stack does not exist</Message></Error></ErrorResponse>',
      400,
    ),
  );
  const { load } = appFolder('id,size\n');
  await expect(load('houses')).rejects.toMatchObject({
    name: 'UserError',
    message:
      'expected the stack the-stack as the app has it, got: Stack the-stack does not exist; deploy it first, or use a running `dev` with --local',
  });
});

test('fails with the message of AWS', async () => {
  await awsWith(
    xml('<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>', 403),
  );
  const { load } = appFolder('id,size\n');
  await expect(load('houses')).rejects.toMatchObject({ name: 'UserError', message: 'AccessDenied: not authorized' });
});

/** Sets the environment of a machine where nothing is said about AWS. */
function withoutAws(folder: string): void {
  const none = join(folder, 'none');
  const others = Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'));
  process.env = {
    ...Object.fromEntries(others),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: none,
    AWS_SHARED_CREDENTIALS_FILE: none,
  };
}

test('fails without credentials', async () => {
  const { folder, load } = appFolder('id,size\n');
  withoutAws(folder);
  await expect(load('houses', '--region', 'eu-west-1')).rejects.toMatchObject({
    name: 'UserError',
    message: 'CredentialsProviderError: Could not load credentials from any providers',
  });
});

test('fails without a region', async () => {
  const { folder, load } = appFolder('id,size\n');
  withoutAws(folder);
  await expect(load('houses')).rejects.toMatchObject({ name: 'UserError', message: expect.stringMatching(/Region is missing$/) });
});
