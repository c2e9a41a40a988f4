import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCloudAssembly } from '../../../bin/app/cloud-assembly';
import { provideModels, s3Environment } from '../../../bin/functions/models-in-s3';
import { planLocalRun } from '../../../bin/dev/plan';
import type { LocalFunction } from '../../../bin/functions/local-function';
import { Model, ModelArtifact, ServedEntity, ServingEndpoint, SignatureSource } from '../../../lib';
import { testApp } from '../../helpers/app';
import { folderOf } from '../../helpers/folder';

const FILE = 'test/fixtures/house_price_a/model.onnx';
const SHA256 = createHash('sha256').update(readFileSync(FILE)).digest('hex');

/** The function of an endpoint whose model is in S3. */
function planned(): LocalFunction {
  const app = testApp();
  const stack = new Stack(app, 'Stack');
  const options = { sha256: SHA256, signature: SignatureSource.fromOnnx(FILE) };
  const artifact = ModelArtifact.fromS3(new Bucket(stack, 'Models'), 'models/house.onnx', options);
  const version = new Model(stack, 'Model', { modelName: 'house_price' }).addVersion('1', { artifact });
  new ServingEndpoint(stack, 'Endpoint', { endpointName: 'prices', servedEntities: [ServedEntity.model('model_A', version)] });
  const plan = planLocalRun(readCloudAssembly(app.synth().directory), () => 'http://127.0.0.1:3000');
  return plan.functions[0]!;
}

test('a bucket has a name here, which the function gets', () => {
  expect(JSON.parse(planned().environment.ML_SERVING_BINDINGS!)).toEqual({
    tables: {},
    buckets: { 'house_price/1': expect.stringMatching(/^Stack-Models/) as string },
  });
});

test('a copy lies where the function finds it, under its hash', () => {
  const folder = folderOf({});
  const fn = planned();
  expect(fn.modelCopies).toEqual({ [SHA256]: FILE });
  expect(provideModels([fn], process.cwd(), folder, {})).toEqual([]);
  expect(provideModels([fn], process.cwd(), folder, {})).toEqual([]);
  expect(readFileSync(join(folder, 'cdk-ml-serving-models', `${SHA256}.onnx`))).toEqual(readFileSync(FILE));
});

test('a model without a copy is named, unless there is an S3', () => {
  const folder = folderOf({});
  const fn = { ...planned(), modelCopies: {} };
  expect(provideModels([fn], process.cwd(), folder, {})).toEqual([
    'model house_price version 1 of prices, which is in S3 as models/house.onnx: give a local copy of it (SignatureSource.fromOnnx), or set AWS_ENDPOINT_URL_S3 to an S3 endpoint that has it',
  ]);
  expect(provideModels([{ ...planned(), modelCopies: { [SHA256]: 'gone.onnx' } }], process.cwd(), folder, {})).toHaveLength(1);
  expect(provideModels([fn], process.cwd(), folder, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' })).toEqual([]);
  expect(existsSync(join(folder, 'cdk-ml-serving-models'))).toBe(false);
});

test('functions that are not of an endpoint have no models', () => {
  expect(provideModels([{ ...planned(), endpointName: undefined }], '.', '.', {})).toEqual([]);
  expect(provideModels([{ ...planned(), folder: folderOf({}) }], '.', '.', {})).toEqual([]);
});

test('functions get the S3 that the developer names, with the credentials for it, and no other', () => {
  const credentials = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_PROFILE: 'me' };
  expect(s3Environment(credentials)).toEqual({});
  expect(s3Environment({ ...credentials, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' })).toEqual({
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
});
