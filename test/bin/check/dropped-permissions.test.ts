import { Stack } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Key } from 'aws-cdk-lib/aws-kms';
import { TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import { droppedPermissions } from '../../../bin/check/dropped-permissions';
import type { Template } from '../../../bin/app/cloud-assembly';
import { Column, FeatureSpec, FeatureTable, KeptPermission, ServedEntity, ServingEndpoint } from '../../../lib';
import { testApp } from '../../helpers/app';
import { runCli } from '../../helpers/dev';
import { folderOf } from '../../helpers/folder';

interface Variant {
  readonly reads?: string;
  readonly keeps?: readonly string[];
  /** The id of the endpoint's construct. */
  readonly id?: string;
}

/** The cloud assembly of an endpoint that reads one of two tables. */
function assembly({ reads = 'Houses', keeps = [], id: endpointId = 'Prices' }: Variant): CloudAssembly {
  const app = testApp();
  const stack = new Stack(app, 'Stack', { env: { region: 'eu-west-1', account: '111111111111' } });
  const encryption = TableEncryptionV2.customerManagedKey(new Key(stack, 'Key'));
  const tables = new Map(
    ['Houses', 'Flats'].map((id) => [
      id,
      new FeatureTable(stack, id, {
        primaryKey: [Column.string('id')],
        features: [Column.long('price')],
        ...(id === 'Flats' && { encryption }),
      }),
    ]),
  );
  const features = new FeatureSpec({ lookups: [tables.get(reads)!.lookup({ lookupKey: ['id'] })] });
  new ServingEndpoint(stack, endpointId, {
    endpointName: 'prices',
    servedEntities: [ServedEntity.featureSpec('price', features)],
    keepPermissionsFor: keeps.map((id) => KeptPermission.featureTable(tables.get(id)!)),
  });
  return app.synth();
}

function template(variant: Variant): Template {
  return assembly(variant).getStackByName('Stack').template as Template;
}

test('finds the permissions of a table that the endpoint no longer reads', () => {
  expect(droppedPermissions(template({}), template({ reads: 'Flats' }))).toEqual([
    { endpoint: 'prices', action: 'dynamodb:BatchGetItem', resource: expect.stringMatching(/^\$\{HousesTable\w+\.Arn\}$/) },
  ]);
});

test('finds the permission to decrypt too', () => {
  expect(droppedPermissions(template({ reads: 'Flats' }), template({})).map(({ action }) => action)).toEqual([
    'dynamodb:BatchGetItem',
    'kms:Decrypt',
  ]);
});

test('finds nothing if the permissions are kept', () => {
  expect(droppedPermissions(template({}), template({ reads: 'Flats', keeps: ['Houses'] }))).toEqual([]);
});

test('finds nothing if only kept permissions are dropped', () => {
  expect(droppedPermissions(template({ keeps: ['Flats'] }), template({}))).toEqual([]);
});

test('finds nothing for the same template, and for a function that is replaced', () => {
  expect(droppedPermissions(template({}), template({}))).toEqual([]);
  expect(droppedPermissions(template({}), template({ id: 'Other', reads: 'Flats' }))).toEqual([]);
});

test('reads inline policies, wildcards and conditions', () => {
  const roleWith = (...statements: object[]): Template => ({
    Resources: {
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
        Metadata: { 'cdk-ml-serving:endpoint': 'prices' },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { Policies: [{ PolicyDocument: { Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) as never } }] },
      },
    },
  });
  const object = { Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Models', 'Arn'] }, '/a/1.onnx']] } };
  const pattern = { Action: ['s3:Get*'], Resource: [{ 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Models', 'Arn'] }, '/a/*']] }] };
  expect(droppedPermissions(roleWith(object), roleWith(pattern))).toEqual([]);
  expect(droppedPermissions(roleWith(pattern), roleWith(object))).toEqual([
    { endpoint: 'prices', action: 's3:Get*', resource: '${Models.Arn}/a/*' },
  ]);
  const condition = { Condition: { Bool: { 'aws:SecureTransport': 'true' } } };
  expect(droppedPermissions(roleWith({ ...object, ...condition }), roleWith(object))).toEqual([]);
  expect(droppedPermissions(roleWith(object), roleWith({ ...object, ...condition }))).toHaveLength(1);
  expect(droppedPermissions(roleWith(object), roleWith({ ...object, Effect: 'Deny' }))).toHaveLength(1);
});

describe('check --against', () => {
  const check = (app: CloudAssembly, against: string) => runCli(folderOf({}), ['check', '--app', app.directory, '--against', against]);
  const dropped = /^Stack, endpoint 'prices': drops dynamodb:BatchGetItem on \$\{HousesTable\w+\.Arn\}$/m;

  test('fails on permissions that the app drops', async () => {
    const { code, stdout, stderr } = await check(assembly({ reads: 'Flats' }), assembly({}).directory);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(dropped);
    expect(stdout).toContain(
      '1 stack compared, 1 permission dropped\nkeep them with `keepPermissionsFor`, roll out, and remove them in the next deployment\n',
    );
  });

  test('passes if the app keeps them', async () => {
    const { code, stdout } = await check(assembly({ reads: 'Flats', keeps: ['Houses'] }), assembly({}).directory);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 stack compared, no permission dropped\n') });
  });
});
