import { Lazy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Column,
  Compute,
  Model,
  ModelArtifact,
  ServedEntity,
  ServingEndpoint,
  type S3Options,
  SignatureSource,
  TensorElement,
} from '../../../lib';
import { endpointFiles, HOUSE_COLUMNS, testStack } from '../../helpers/app';
import { folderOf } from '../../helpers/folder';
import { MLFLOW } from '../../helpers/mlflow';
import { identityOf } from '../../helpers/onnx';

const FILE = 'test/fixtures/house_price_a/model.onnx';
const SHA256 = createHash('sha256').update(readFileSync(FILE)).digest('hex');
const columns = HOUSE_COLUMNS.map((name) => Column.float(name));
const COPY: S3Options = { sha256: SHA256, signature: SignatureSource.fromOnnx(FILE, { columns }) };
const X = { name: 'x', type: TensorElement.FLOAT32, shape: [-1, 4] };
const DECLARED = SignatureSource.declared({ inputs: [X], outputs: [{ name: 'y', type: TensorElement.FLOAT32, shape: [-1, 1] }] });

interface Made {
  readonly stack: Stack;
  readonly endpoint: ServingEndpoint;
}

function endpointWith(options: S3Options, bucketOf?: (stack: Stack) => IBucket, memory = 1_024, key = 'models/house.onnx'): Made {
  const stack = testStack();
  const bucket = bucketOf?.(stack) ?? new Bucket(stack, 'Models');
  const version = new Model(stack, 'Model', { modelName: 'house_price' }).addVersion('1', {
    artifact: ModelArtifact.fromS3(bucket, key, options),
  });
  const endpoint = new ServingEndpoint(stack, 'Endpoint', {
    servedEntities: [ServedEntity.model('model_A', version)],
    compute: Compute.lambdaFunction({ memorySize: Size.mebibytes(memory) }),
  });
  return { stack, endpoint };
}

function addTo(options: S3Options, key = 'k'): void {
  const stack = new Stack(undefined, 'App');
  new Model(stack, 'Model').addVersion('1', { artifact: ModelArtifact.fromS3(new Bucket(stack, 'Models'), key, options) });
}

test('the endpoint spec has the location by logical names, and the asset has no file', () => {
  const { stack } = endpointWith(COPY);
  const { spec, files } = endpointFiles(stack);
  expect(files).toEqual(['endpoint.json', 'index.js', 'package.json']);
  expect(spec.servedEntities[0]).toMatchObject({
    model: {
      scorer: { kind: 'object', bucket: 'house_price/1', key: 'models/house.onnx', sha256: SHA256, maxBytes: readFileSync(FILE).length },
    },
  });
  expect((spec.servedEntities[0] as { model: object }).model).not.toHaveProperty('file');
});

test('the function has the name of the bucket and may read only the object', () => {
  const template = Template.fromStack(endpointWith(COPY).stack);
  const [bucket] = Object.keys(template.findResources('AWS::S3::Bucket'));
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: {
        ML_SERVING_BINDINGS: { 'Fn::Join': ['', ['{"tables":{},"buckets":{"house_price/1":"', { Ref: bucket }, '"}}']] },
      },
    },
    EphemeralStorage: Match.absent(),
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Action: 's3:GetObject',
          Effect: 'Allow',
          Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/models/house.onnx']] },
        },
      ]),
    },
  });
});

test('the function may decrypt with the key of the bucket', () => {
  const { stack } = endpointWith(
    COPY,
    (stack) => new Bucket(stack, 'Own', { encryption: BucketEncryption.KMS, encryptionKey: new Key(stack, 'Key') }),
  );
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt' })]) },
  });
});

test('the bucket may be imported', () => {
  const { stack } = endpointWith(COPY, (stack) => Bucket.fromBucketName(stack, 'Imported', 'their-models'));
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { ML_SERVING_BINDINGS: '{"tables":{},"buckets":{"house_price/1":"their-models"}}' } },
  });
});

test('temporary storage grows with a model above the free size', () => {
  const { stack } = endpointWith({ sha256: SHA256, signature: DECLARED, size: Size.mebibytes(500) }, undefined, 2_048);
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { EphemeralStorage: { Size: 564 } });
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('cdk-ml-serving'));
});

test("warns of a start beyond Lambda's limit, with the numbers", () => {
  const { stack } = endpointWith({ sha256: SHA256, signature: DECLARED, size: Size.mebibytes(900) }, undefined, 4_096);
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Endpoint/Function',
    "house_price version 1: a cold start takes about 17.0 s, longer than Lambda's limit of 10 s for initialization: 900 MiB from S3 at 70 MiB/s (12.9 s) and into memory at 250 MiB/s (3.6 s); the first request of an instance waits for the rest, and gets a 504 after 25 s [ack: cdk-ml-serving:modelStart]",
  );
});

test('warns of a model that does not fit the memory', () => {
  const { stack } = endpointWith({ sha256: SHA256, signature: DECLARED, size: Size.mebibytes(500) });
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Endpoint/Function',
    'house_price version 1: ONNX Runtime needs about 1128 MiB to load 500 MiB (2 × the file and 128 MiB), but `memorySize` is 1024 MiB: the function may run out of memory when it starts; increase `memorySize` [ack: cdk-ml-serving:modelMemory]',
  );
});

test('the metadata of the function names a copy, relative to the app, for local runs', () => {
  Template.fromStack(endpointWith(COPY).stack).hasResource('AWS::Lambda::Function', {
    Metadata: Match.objectLike({ 'cdk-ml-serving:modelCopies': { [SHA256]: FILE } }),
  });
  const other = { ...COPY, sha256: 'F'.repeat(64), size: Size.mebibytes(1) };
  Template.fromStack(endpointWith(other).stack).hasResource('AWS::Lambda::Function', {
    Metadata: Match.not(Match.objectLike({ 'cdk-ml-serving:modelCopies': Match.anyValue() })),
  });
});

test('the signature may be an MLflow directory, with its params', () => {
  const path = `${MLFLOW}/mlflow_onnx_params_optional`;
  const sha256 = createHash('sha256')
    .update(readFileSync(`${path}/model.onnx`))
    .digest('hex');
  const { spec } = endpointFiles(endpointWith({ sha256, signature: SignatureSource.fromMlflow(path, { columns }) }).stack);
  expect(spec.servedEntities[0]).toMatchObject({ model: { params: [{ name: 'currency' }, { name: 'scale' }] } });
});

test('a declared signature is checked and has columns like a file', () => {
  const inputs = [X, { name: 'n', type: TensorElement.INT64, shape: [-1] }];
  const signature = SignatureSource.declared({ inputs, outputs: [X], columns: ['a', 'b', 'c', 'd'].map((name) => Column.double(name)) });
  const { spec } = endpointFiles(endpointWith({ sha256: SHA256, signature, size: Size.kibibytes(1) }).stack);
  expect(spec.requestColumns.map(({ name, type }) => [name, type])).toEqual([
    ...['a', 'b', 'c', 'd'].map((name) => [name, 'double']),
    ['n', 'long'],
  ]);
});

const token = Lazy.string({ produce: () => 'x' });

test.each([
  ['', 'the key of an object must have 1 to 1024 bytes, got: 0'],
  ['x'.repeat(1_025), 'the key of an object must have 1 to 1024 bytes, got: 1025'],
  ['a*', 'the key of an object must not contain *, ? or $, which IAM policies read as patterns, got: a*'],
  ['a?', 'the key of an object must not contain *, ? or $, which IAM policies read as patterns, got: a?'],
  ['${aws:x}', 'the key of an object must not contain *, ? or $, which IAM policies read as patterns, got: ${aws:x}'],
  [token, 'the key of an object must be a literal, got: a token'],
])('fails on the key %j', (key, message) => {
  expect(() => addTo(COPY, key)).toThrow(new Error(`App/Model: ${message}`));
});

const declare = (tensor: Partial<typeof X>) => SignatureSource.declared({ inputs: [{ ...X, ...tensor }], outputs: [X] });
const SIZED = { sha256: SHA256, size: Size.mebibytes(1) };

test.each<[string, S3Options, string]>([
  ['a hash that is none', { ...COPY, sha256: 'abc' }, '`sha256` must be 64 hexadecimal digits, got: "abc"'],
  ['a hash that is a token', { ...COPY, sha256: token }, '`sha256` must be a literal, got: a token'],
  [
    'a declared signature without a size',
    { sha256: SHA256, signature: DECLARED },
    '`size` must be set unless `signature` is read from a copy with this `sha256`, got: none',
  ],
  [
    'a copy of other bytes without a size',
    { ...COPY, sha256: '0'.repeat(64) },
    `\`size\` must be set unless \`signature\` is read from a copy with this \`sha256\`, got: none, and a file with another hash at ${FILE}`,
  ],
  [
    'a size above 2 GiB',
    { sha256: SHA256, signature: DECLARED, size: Size.gibibytes(2) },
    '`size` must be a literal above 0 and at most 2147483647 bytes, the maximum of an ONNX file, got: 2147483648',
  ],
  [
    'a size of nothing',
    { sha256: SHA256, signature: DECLARED, size: Size.mebibytes(0) },
    '`size` must be a literal above 0 and at most 2147483647 bytes, the maximum of an ONNX file, got: 0',
  ],
  [
    'a ZipMap',
    { ...SIZED, signature: SignatureSource.fromOnnx('test/fixtures/iris_forest_zipmap/model.onnx') },
    "output 'output_probability' of a model in S3 must be a tensor, got: a ZipMap; convert the model with `zipmap: False`, or leave the output out of `outputs`",
  ],
  [
    'weights in other files',
    {
      sha256: createHash('sha256').update(readFileSync('test/fixtures/external_data/model.onnx')).digest('hex'),
      signature: SignatureSource.fromOnnx('test/fixtures/external_data/model.onnx'),
    },
    'a model in S3 must be one file with all weights, got: weights in other files; save it without external data',
  ],
  [
    'a declared input of no batch',
    { ...SIZED, signature: declare({ shape: [] }) },
    "`signature`: input 'x': expected a first axis for the batch, of any length or of length 1, got: rank 0, no axis",
  ],
  [
    'a declared input of length 0',
    { ...SIZED, signature: declare({ shape: [-1, 0] }) },
    "`signature`: input 'x': each length of `shape` must be a whole number of at least 1, or -1 for any length, got: 0",
  ],
  [
    'a declared input without a name',
    { ...SIZED, signature: declare({ name: '' }) },
    "`signature`: the name of an input must have at least one character, got: ''",
  ],
  [
    'a declared input that is a token',
    { ...SIZED, signature: declare({ name: token }) },
    '`signature`: inputs must be literals, got: a token',
  ],
  [
    'no declared outputs',
    { ...SIZED, signature: SignatureSource.declared({ inputs: [X], outputs: [] }) },
    '`signature`: outputs: expected at least one output, got: none',
  ],
  [
    'declared columns that do not fit',
    { ...SIZED, signature: SignatureSource.declared({ inputs: [X], outputs: [X], columns: [Column.float('a'), Column.float('b')] }) },
    "`signature`: columns of input 'x': expected 4 for its shape [?,4], got: 2 (a: float, b: float)",
  ],
])('fails on %s', (_, options, message) => {
  expect(() => addTo(options)).toThrow(new Error(`App/Model: ${message}`));
});

test('a ZipMap may be left out of `outputs`', () => {
  const signature = SignatureSource.fromOnnx('test/fixtures/iris_forest_zipmap/model.onnx', { outputs: ['output_label'] });
  expect(() => addTo({ ...SIZED, signature })).not.toThrow();
});

test('a file that is only the source of the signature may have external data', () => {
  expect(() => addTo({ ...SIZED, signature: SignatureSource.fromOnnx('test/fixtures/external_data/model.onnx') })).not.toThrow();
});

test('later changes of the options have no effect', () => {
  const columns = [Column.float('x')];
  const path = `${folderOf({ 'model.onnx': identityOf({ name: 'x', shape: ['n', 1] }) })}/model.onnx`;
  const signature = SignatureSource.fromOnnx(path, { columns });
  columns.push(Column.float('y'));
  expect(() => addTo({ ...SIZED, signature })).not.toThrow();
});
