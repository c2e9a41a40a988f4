import { CfnWaitConditionHandle, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type CfnFunction } from 'aws-cdk-lib/aws-lambda';
import fs, { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Model, ModelArtifact, ServedEntity, ServingEndpoint } from '../../../lib';
import { houseModel, testApp, testStack } from '../../helpers/app';

/** The asset folders that `run` writes and that exist afterwards. */
function remainingFolders(run: () => void): string[] {
  const make = jest.spyOn(fs, 'mkdtempSync');
  run();
  const folders = make.mock.results.map(({ value }) => value as string);
  make.mockRestore();
  expect(folders.length).toBeGreaterThan(0);
  return folders.filter((folder) => existsSync(folder));
}

function makeEndpoint(stack: Stack): ServingEndpoint {
  return new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('price', houseModel(stack).version('1'))] });
}

test('the alias live points to a published version, and versions are retained', () => {
  const stack = testStack();
  const { servingFunction, alias, logGroup } = makeEndpoint(stack);
  expect(alias).toBe(servingFunction!.alias);
  expect(logGroup).toBe(servingFunction!.logGroup);
  const template = Template.fromStack(stack);
  // a version that a failed deployment published is deleted, so that the next deployment can publish it
  template.hasResource('AWS::Lambda::Version', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  template.hasResourceProperties('AWS::Lambda::Alias', {
    Name: 'live',
    FunctionVersion: { 'Fn::GetAtt': [Match.stringLikeRegexp('^pricesFunctionCurrentVersion'), 'Version'] },
  });
});

test('a function sends traces, and its log group receives its lines unchanged', () => {
  const stack = testStack();
  const { servingFunction, logGroup } = makeEndpoint(stack);
  const template = Template.fromStack(stack);
  template.hasResource('AWS::Lambda::Function', {
    Properties: {
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'Text', LogGroup: stack.resolve(logGroup.logGroupName) },
      Role: stack.resolve(servingFunction!.role.roleArn),
      Handler: 'index.handler',
    },
    Metadata: { 'cdk-ml-serving:endpoint': 'prices' },
  });
  const group = stack.getLogicalId(logGroup.node.defaultChild as CfnFunction);
  expect(template.findResources('AWS::Logs::LogGroup')[group]).toMatchObject({
    Properties: { RetentionInDays: 180 },
    DeletionPolicy: 'Retain',
  });
});

test('a function depends on its policy and on the dependencies that the user adds', () => {
  const stack = testStack();
  const endpoint = makeEndpoint(stack);
  endpoint.node.addDependency(new CfnWaitConditionHandle(stack, 'Other'));
  Template.fromStack(stack).hasResource('AWS::Lambda::Function', {
    DependsOn: ['Other', Match.stringLikeRegexp('^pricesFunctionRoleDefaultPolicy')],
  });
});

test('all functions of a stack share one layer', () => {
  const stack = testStack();
  const version = houseModel(stack).version('1');
  for (const id of ['One', 'Two']) new ServingEndpoint(stack, id, { servedEntities: [ServedEntity.model('price', version)] });
  const template = Template.fromStack(stack);
  const [layer, ...more] = Object.keys(template.findResources('AWS::Lambda::LayerVersion'));
  expect(more).toEqual([]);
  for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
    expect(Properties.Layers).toEqual([{ Ref: layer }]);
  }
});

test('the folder of the asset is removed after the CDK has copied it', () => {
  const stack = testStack();
  expect(remainingFolders(() => makeEndpoint(stack))).toEqual([]);
});

test('the folder of the asset stays if asset staging is disabled', () => {
  const stack = new Stack(testApp({ 'aws:cdk:disable-asset-staging': true }), 'Stack');
  const folders = remainingFolders(() => makeEndpoint(stack));
  expect(folders.map((folder) => readdirSync(folder).sort())).toEqual([['endpoint.json', 'index.js', 'models', 'package.json']]);
  for (const folder of folders) rmSync(folder, { recursive: true });
});

test('fails on more than Lambda can unpack, with the size of each part', () => {
  const stack = testStack();
  const model = new Model(stack, 'Big');
  const version = model.addVersion('1', { artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx') });
  const packed = version._package(stack);
  jest.spyOn(version, '_package').mockReturnValue({
    ...packed,
    files: [...packed.files, { path: 'models/Big/1/model.onnx.data', source: new Uint8Array(230 * 1_048_576) }],
  });
  const layer = JSON.parse(readFileSync(join(__dirname, '../../../assets/layer-arm64.json'), 'utf8'));
  const model_bytes = packed.files.reduce(
    (sum, { source }) => sum + (typeof source === 'string' ? readFileSync(source) : source).length,
    0,
  );
  const make = () => new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('price', version)] });
  const remaining = remainingFolders(() =>
    expect(make).toThrow(
      new Error(
        `Stack/prices/Function: function and layer must be at most 250.0 MB unpacked, got: ${(230 + model_bytes / 1_048_576).toFixed(1)} MB of spec, models and functions, and ${(layer.bytes / 1_048_576).toFixed(1)} MB of layer; store large models in S3 (ModelArtifact.fromS3)`,
      ),
    ),
  );
  expect(remaining).toEqual([]);
});
