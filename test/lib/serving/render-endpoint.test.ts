import { writeFileSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Column, FeatureFunction, FeatureSpec, InferenceTable, ServedEntity, ServingEndpoint } from '../../../lib';
import { type EndpointSpec } from '../../../lib/contract/endpoint-spec';
import { endpointFiles, houseModel, temporaryFolder, testStack } from '../../helpers/app';

/** The asset of an endpoint that doubles a number in a function of a file. */
function doubled(source: string): { folder: string; spec: EndpointSpec } {
  const entry = join(temporaryFolder(), 'double.js');
  writeFileSync(entry, source);
  const stack = testStack();
  const output = Column.double('twice');
  const features = new FeatureSpec({
    requestColumns: [Column.double('n')],
    functions: [FeatureFunction.fromModule({ entry, inputs: { n: 'n' }, output })],
  });
  new ServingEndpoint(stack, 'numbers', { servedEntities: [ServedEntity.featureSpec('doubled', features)] });
  return endpointFiles(stack);
}

test('the endpoint spec has the hash of each file, so that another file makes another spec', () => {
  const [first, same, other] = ['n * 2', 'n * 2', 'n + n'].map((value) => doubled(`exports.handler = ({ n }) => ${value};\n`));
  const path = 'functions/twice.js';
  const sha256 = createHash('sha256')
    .update(readFileSync(join(first!.folder, path)))
    .digest('hex');
  expect(first!.spec.files).toEqual({ [path]: sha256 });
  expect(same!.spec).toEqual(first!.spec);
  expect(other!.spec.files).not.toEqual(first!.spec.files);
});

test('the endpoint spec contains the inference table and the hashes of the models', () => {
  const stack = testStack();
  const servedEntities = [ServedEntity.model('price', houseModel(stack).version('1'))];
  new ServingEndpoint(stack, 'prices', { servedEntities, inferenceTable: new InferenceTable(stack, 'Log') });
  const { spec } = endpointFiles(stack);
  expect(spec.inferenceTable).toEqual({ sampledShare: 1, maxPayloadBytes: 49_152 });
  expect(Object.keys(spec.files!)).toEqual(['models/HousePrice/1/model.onnx']);
});
