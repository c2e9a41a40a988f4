import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Column,
  FeatureSpec,
  FeatureTable,
  KeptPermission,
  Model,
  ModelArtifact,
  type ModelVersion,
  Rollout,
  ServedEntity,
  ServingEndpoint,
  type ServingEndpointProps,
  SignatureSource,
  TrafficSplit,
} from '../../../lib';
import { HOUSE_COLUMNS, testApp, testStack } from '../../helpers/app';

const FILE = 'test/fixtures/house_price_a/model.onnx';

function table(stack: Stack, id: string): FeatureTable {
  return new FeatureTable(stack, id, { primaryKey: [Column.string('id')], features: [Column.long(`${id}_value`)] });
}

function entity(name: string, from: FeatureTable, enabled = true): ServedEntity {
  return ServedEntity.featureSpec(name, new FeatureSpec({ lookups: [from.lookup({ lookupKey: ['id'] })] }), { enabled });
}

function serve(stack: Stack, props: Partial<ServingEndpointProps> & Pick<ServingEndpointProps, 'servedEntities'>): ServingEndpoint {
  return new ServingEndpoint(stack, 'prices', props);
}

function addVersion(model: Model, version: string, bucket: IBucket): ModelVersion {
  const sha256 = createHash('sha256').update(readFileSync(FILE)).digest('hex');
  const columns = HOUSE_COLUMNS.map((name) => Column.float(name));
  const signature = SignatureSource.fromOnnx(FILE, { columns });
  return model.addVersion(version, { artifact: ModelArtifact.fromS3(bucket, `models/${version}.onnx`, { sha256, signature }) });
}

interface Policy {
  readonly Properties: {
    readonly PolicyDocument: { readonly Statement: readonly { readonly Action: unknown; readonly Resource: unknown }[] };
  };
  readonly Metadata?: Record<string, unknown>;
}

/** The statements of the policy of permissions that the current version does not need; undefined without such a policy. */
function keptStatements(stack: Stack): readonly object[] | undefined {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as Policy[];
  const kept = policies.filter(({ Metadata }) => Metadata?.['cdk-ml-serving:keptPermissions'] === true);
  expect(kept.length).toBeLessThanOrEqual(1);
  return kept[0]?.Properties.PolicyDocument.Statement;
}

test('an endpoint keeps permissions for a table, objects and a key', () => {
  const stack = testStack();
  const [before, after] = [table(stack, 'Before'), table(stack, 'After')];
  const bucket = new Bucket(stack, 'Models');
  const key = new Key(stack, 'Key');
  const keepPermissionsFor = [KeptPermission.featureTable(before), KeptPermission.objects(bucket, 'models/*'), KeptPermission.key(key)];
  serve(stack, { servedEntities: [entity('entity', after)], keepPermissionsFor });
  expect(keptStatements(stack)).toEqual([
    { Effect: 'Allow', Action: 'dynamodb:BatchGetItem', Resource: stack.resolve(before.tableArn) },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: stack.resolve(bucket.arnForObjects('models/*')) },
    { Effect: 'Allow', Action: 'kms:Decrypt', Resource: stack.resolve(key.keyArn) },
  ]);
  // the function does not start before it has its permissions
  Template.fromStack(stack).hasResource('AWS::Lambda::Function', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^pricesFunctionRoleKeptPermissions')]),
  });
});

test('an endpoint keeps permissions for all declared versions of its models, also for later ones', () => {
  const stack = testStack();
  const bucket = new Bucket(stack, 'Models');
  const model = new Model(stack, 'HousePrice');
  addVersion(model, '1', bucket);
  const served = addVersion(model, '2', bucket);
  serve(stack, { servedEntities: [ServedEntity.model('price', served)] });
  addVersion(model, '3', bucket);
  expect(keptStatements(stack)).toEqual(
    ['1', '3'].map((version) => ({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: stack.resolve(bucket.arnForObjects(`models/${version}.onnx`)) as unknown,
    })),
  );
});

test('an endpoint keeps permissions for disabled entities', () => {
  const stack = testStack();
  const [one, other] = [table(stack, 'One'), table(stack, 'Other')];
  const servedEntities = [entity('one', one), entity('other', other, false)];
  serve(stack, { servedEntities, traffic: TrafficSplit.all('one') });
  expect(keptStatements(stack)).toEqual([{ Effect: 'Allow', Action: 'dynamodb:BatchGetItem', Resource: stack.resolve(other.tableArn) }]);
});

test('an endpoint has no policy of kept permissions if it needs all its permissions', () => {
  const stack = testStack();
  serve(stack, { servedEntities: [entity('entity', table(stack, 'Houses'))] });
  expect(keptStatements(stack)).toBeUndefined();
});

test('fails to keep permissions for a table of another region', () => {
  const app: App = testApp();
  const env = { account: '111111111111', region: 'eu-west-1' };
  const elsewhere = table(new Stack(app, 'Tables', { env: { ...env, region: 'us-east-1' } }), 'Before');
  const stack = new Stack(app, 'Stack', { env });
  const keepPermissionsFor = [KeptPermission.featureTable(elsewhere)];
  expect(() => serve(stack, { servedEntities: [entity('entity', table(stack, 'After'))], keepPermissionsFor })).toThrow(
    new Error(
      "Stack/prices/Function: the online store of feature table 'Before' must be in account and region 111111111111/eu-west-1, got: 111111111111/us-east-1 for Tables/Before/Table; remove it from `keepPermissionsFor`",
    ),
  );
});

describe('a warning about permissions of the previous version', () => {
  const step = { percentage: 10, interval: Duration.minutes(5) };
  const warnings = (props: Partial<ServingEndpointProps>): string[] => {
    const stack = testStack();
    serve(stack, { servedEntities: [entity('entity', table(stack, 'Houses'))], ...props });
    return Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => entry.data as string);
  };

  test.each([
    ['weighted', Rollout.weighted({ previousVersion: '7', weight: 10 })],
    ['canary', Rollout.canary(step)],
    ['linear', Rollout.linear(step)],
  ])('is added for a %s roll-out', (_, rollout) => {
    expect(warnings({ rollout })).toEqual([
      "during the roll-out, the previous version of endpoint 'prices' has only the permissions of this deployment. If it reads a feature table, a model in S3 or a key that this version does not read, deploy with it in `keepPermissionsFor`, and remove it in the next deployment; `cdk-ml-serving check --against` lists such permissions. Set `keepPermissionsFor: []` if there are none [ack: cdk-ml-serving:keepPermissions]",
    ]);
    expect(warnings({ rollout, keepPermissionsFor: [] })).toEqual([]);
  });

  test('is not added if only one version gets requests', () => {
    expect(warnings({ rollout: Rollout.allAtOnce() })).toEqual([]);
    expect(warnings({})).toEqual([]);
  });
});
