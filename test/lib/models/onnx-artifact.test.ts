import { Lazy } from 'aws-cdk-lib';
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { ModelArtifact } from '../../../lib/models';
import { folderOf } from '../../helpers/folder';
import { newModel, packageOf, refusalOf } from '../../helpers/models';

const BINDING = "ONNX Runtime's Node.js binding";
const ELEMENTS = 'bool, float16, float, double, int8, int16, int32, int64, uint8, uint16, uint32, uint64, string';
const NO_MODEL = 'expected an ONNX file, got: a damaged, truncated or different file';

/** What is said of the files of `bad/` that can be refused without a session. */
const REFUSALS: Record<string, string> = {
  'bfloat16_in.onnx': `input 'x': expected an element type that ${BINDING} supports: ${ELEMENTS}, got: tensor(bfloat16)`,
  'corrupt.onnx': `${NO_MODEL}: the field at byte 124 has wire type 3`,
  'dangling_input.onnx': "the Add node with output 'y': expected inputs that exist in the graph, got: 'nowhere'",
  'duplicate_output.onnx': "value 'y': expected one node that outputs it, got: two",
  'empty.onnx': 'expected an ONNX file, got: 0 bytes',
  'external_data_absolute.onnx':
    "external data of 'w': expected a path relative to the model's folder, got: the absolute path /etc/hostname",
  'external_data_escapes.onnx': "external data of 'w': expected a file inside of the model's folder, got: ../house_price_a/model.onnx",
  'external_data_missing.onnx':
    "external data of 'w': expected a file beside the model, got: weights_that_are_not_here.bin, which does not exist",
  'git_lfs_pointer.onnx': 'expected an ONNX file, got: a Git LFS pointer; run `git lfs pull`',
  'missing_opset.onnx': 'opset_import: expected the operator sets that the file uses, got: none',
  'needs_locale.onnx':
    "the StringNormalizer node with output 'normalized': expected locale C, which every machine has; convert the model with locale='C', got: 'en_US.UTF-8'",
  'next_ir.onnx': 'IR version: expected at most 13, the newest that ONNX Runtime 1.30 reads, got: 14',
  'next_ml_opset.onnx': 'opset of ai.onnx.ml: expected 1 to 5, as ONNX Runtime 1.30 supports, got: 6',
  'next_opset.onnx': 'opset of ai.onnx: expected 6 to 26, as ONNX Runtime 1.30 supports, got: 27',
  'no_batch_axis.onnx': "input 'x': expected a first axis for the batch, of any length or of length 1, got: rank 0, no axis",
  'no_tensor_output.onnx': `output 'both': expected a tensor, the only kind of value that ${BINDING} supports, got: seq(tensor(float))`,
  'not_onnx.onnx': 'expected an ONNX file, got: an HTML page, which may be the result of a failed download',
  'too_new_ir.onnx': 'IR version: expected at most 13, the newest that ONNX Runtime 1.30 reads, got: 99',
  'too_new_opset.onnx': 'opset of ai.onnx: expected 6 to 26, as ONNX Runtime 1.30 supports, got: 99',
  'too_old_opset.onnx': 'opset of ai.onnx: expected 6 to 26, as ONNX Runtime 1.30 supports, got: 5',
  'truncated.onnx': `${NO_MODEL}: the field at byte 33 has a length of 103486 bytes, but only 51738 remain`,
  'unknown_domain.onnx':
    "operators of domain 'com.example.custom': expected operators of ai.onnx, ai.onnx.ml, com.microsoft or functions of the file, because custom operators are not supported, got: Magic",
};

const { files } = JSON.parse(readFileSync('test/fixtures/bad/expected.json', 'utf8')) as {
  files: { file: string; stage: string; why: string }[];
};

test.each(files.filter(({ file, stage }) => stage !== 'session' || file in REFUSALS))('fails on $file: $why', ({ file }) => {
  const path = `test/fixtures/bad/${file}`;
  const artifact = ModelArtifact.fromOnnx(path);
  expect(() => newModel().addVersion('1', { artifact })).toThrow(new Error(`App/Model: ${path}: ${REFUSALS[file]}`));
});

test.each(files.filter(({ file, stage }) => stage === 'session' && !(file in REFUSALS)))(
  'leaves $file to ONNX Runtime: $why',
  ({ file }) => {
    expect(packageOf(`test/fixtures/bad/${file}`).spec.inputs).toHaveLength(1);
  },
);

test.each([
  ['nowhere/model.onnx', 'no file at this path, which is relative to the working folder of the app'],
  ['package.json/model.onnx', 'no file at this path, which is relative to the working folder of the app'],
  ['test/fixtures/bad', 'a folder'],
])('fails on the path %s', (path, got) => {
  expect(() => newModel().addVersion('1', { artifact: ModelArtifact.fromOnnx(path) })).toThrow(
    new Error(`App/Model: ${path}: expected an ONNX file, got: ${got}`),
  );
});

test('fails on a token as path', () => {
  const artifact = ModelArtifact.fromOnnx(Lazy.string({ produce: () => 'a.onnx' }));
  expect(() => newModel().addVersion('1', { artifact })).toThrow(
    new Error('App/Model: the path of an ONNX file must be a literal, got: a token'),
  );
});

test('lists every finding of a check on a line', () => {
  expect(refusalOf('test/fixtures/house_price_b/model.onnx', { outputs: ['a', 'b'] })).toBe(
    "`outputs`: expected names of 'variable', got: 'a'\n`outputs`: expected names of 'variable', got: 'b'",
  );
});

test('a file without ZipMap is packaged by its path, not by its bytes', () => {
  expect(packageOf('test/fixtures/house_price_b/model.onnx').files).toEqual([
    { path: 'models/Model/1/model.onnx', source: `${process.cwd()}/test/fixtures/house_price_b/model.onnx` },
  ]);
});

test('the same app gives the same package, from any folder', () => {
  const model = readFileSync('test/fixtures/iris_forest_zipmap/model.onnx');
  const packages = [model, model].map((bytes) => packageOf(`${folderOf({ 'm/model.onnx': bytes })}/m/model.onnx`));
  expect(packages[0]).toEqual(packages[1]);
  expect(JSON.stringify(packages[0]!.spec)).toBe(JSON.stringify(packages[1]!.spec));
});

test('fails on a file beyond the maximum size', () => {
  const folder = folderOf({ 'model.onnx': '' });
  truncateSync(`${folder}/model.onnx`, 2 ** 31);
  expect(refusalOf(`${folder}/model.onnx`)).toBe('expected an ONNX file, got: 2147483648 bytes, more than the maximum of 2147483647');
});

test.each(['iris_forest_zipmap', 'house_price_b'])('fails on a file that is gone when it is packaged, such as %s', (name) => {
  const folder = folderOf({ 'model.onnx': readFileSync(`test/fixtures/${name}/model.onnx`) });
  const model = newModel();
  const version = model.addVersion('1', { artifact: ModelArtifact.fromOnnx(`${folder}/model.onnx`) });
  rmSync(`${folder}/model.onnx`);
  expect(() => version._package(model)).toThrow(
    new Error(
      `App/Model: ${folder}/model.onnx: expected an ONNX file, got: no file at this path, which is relative to the working folder of the app`,
    ),
  );
});

test('an artifact can be used twice', () => {
  const artifact = ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx');
  const model = newModel();
  expect(model.addVersion('1', { artifact }).signature).toEqual(model.addVersion('2', { artifact }).signature);
});
