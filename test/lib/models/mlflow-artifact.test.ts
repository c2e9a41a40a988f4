import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations } from 'aws-cdk-lib/assertions';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Column, Model, ModelArtifact } from '../../../lib';
import { folderOf } from '../../helpers/folder';
import { MLFLOW, mlflowFolder, mlflowPackage, mlflowVersion, mlmodel } from '../../helpers/mlflow';
import { identityOf } from '../../helpers/onnx';

const HOUSE_A = [
  'overall_qual',
  'gr_liv_area',
  'total_bsmt_sf',
  'garage_cars',
  'full_bath',
  'house_age',
  'lot_area',
  'overall_cond',
  'mo_sold',
];
const HOUSE_MATRIX = { name: 'float_input', type: 'float32', shape: [-1, 9], columns: HOUSE_A.map((name) => ({ name, type: 'float' })) };
const PIXELS = { name: 'pixels', type: 'float32', shape: [-1, 64], columns: [{ name: 'pixels', type: 'array<float>[64]' }] };
const X = identityOf({ name: 'x', shape: ['n', 1] });

test.each([
  [
    'mlflow_onnx_house',
    [
      ['neighborhood', 'string', 'string'],
      ['overall_qual', 'int64', 'long'],
      ['overall_cond', 'int64', 'long'],
      ['full_bath', 'int64', 'long'],
      ['house_age', 'int64', 'long'],
      ['gr_liv_area', 'float32', 'double'],
      ['total_bsmt_sf', 'float32', 'double'],
      ['garage_cars', 'float32', 'double'],
      ['lot_area', 'float32', 'double'],
    ].map(([name, tensor, type]) => ({ name, type: tensor, shape: [-1, 1], columns: [{ name, type }] })),
  ],
  ['mlflow_onnx_house_matrix', [HOUSE_MATRIX]],
  ['mlflow_onnx_v2', [HOUSE_MATRIX]],
  ['mlflow_onnx_params_optional', [HOUSE_MATRIX]],
  ['mlflow_onnx_tensor_signature', [PIXELS]],
  ['mlflow_onnx_unnamed_tensor', [PIXELS]],
  [
    'mlflow_onnx_no_signature',
    [{ name: 'float_input', type: 'float32', shape: [-1, 9], columns: [{ name: 'float_input', type: 'array<float>[9]' }] }],
  ],
  ['mlflow_onnx_external_data', [{ name: 'x', type: 'float32', shape: [-1, 4], columns: [{ name: 'x', type: 'array<float>[4]' }] }]],
])('reads the signature of %s', (directory, inputs) => {
  expect(mlflowVersion(`${MLFLOW}/${directory}`).signature.inputs).toEqual(inputs);
});

test('an optional column is nullable', () => {
  const [input] = mlflowPackage(`${MLFLOW}/mlflow_onnx_params_optional`).spec.inputs;
  expect(input!.columns.filter(({ nullable }) => nullable)).toEqual([{ name: 'mo_sold', type: 'float', nullable: true }]);
});

test('params are part of the signature', () => {
  expect(mlflowVersion(`${MLFLOW}/mlflow_onnx_params_optional`).signature.params).toEqual([
    { name: 'currency', type: 'string', defaultValue: 'USD' },
    { name: 'scale', type: 'double', defaultValue: 1 },
  ]);
  expect(mlflowVersion(`${MLFLOW}/mlflow_onnx_v2`).signature.params).toEqual([{ name: 'currency', type: 'string', defaultValue: 'USD' }]);
});

test('weights in a file beside the model are packaged with the same name', () => {
  const { files } = mlflowPackage(`${MLFLOW}/mlflow_onnx_external_data`);
  expect(files.map(({ path }) => path)).toEqual(['models/Model/1/model.onnx', 'models/Model/1/62814eb2-e62d-11f1-8767-02fc00000001.data']);
});

test('the first record of the input example is kept for the columns that it fits', () => {
  const { example } = mlflowPackage(`${MLFLOW}/mlflow_onnx_house`).spec;
  expect(example).toEqual({
    neighborhood: 'NAmes',
    overall_qual: 6,
    overall_cond: 5,
    full_bath: 1,
    house_age: 50,
    gr_liv_area: 1656,
    total_bsmt_sf: 1080,
    garage_cars: 2,
    lot_area: 31770,
  });
  expect(mlflowPackage(`${MLFLOW}/mlflow_onnx_tensor_signature`).spec.example!.pixels).toHaveLength(64);
  expect(mlflowPackage(`${MLFLOW}/mlflow_onnx_no_signature`).spec.example).toBeUndefined();
});

test('the file may be in a folder, alone or as model.onnx', () => {
  const folders: Record<string, Uint8Array | string>[] = [{ 'onnx/model.onnx': X, 'onnx/other.onnx': 'x' }, { 'onnx/price.onnx': X }];
  for (const files of folders)
    expect(mlflowVersion(mlflowFolder(mlmodel(undefined, { data: 'onnx' }), files)).signature.inputs).toHaveLength(1);
});

test('`columns` replace the signature, and `outputs` choose outputs', () => {
  const version = mlflowVersion(`${MLFLOW}/mlflow_onnx_wrong_signature`, {
    columns: HOUSE_A.map((name) => Column.integer(name)),
    outputs: ['variable'],
  });
  expect(version.signature.inputs[0]!.columns).toEqual(HOUSE_A.map((name) => ({ name, type: 'integer' })));
});

test('later changes of the options have no effect', () => {
  const columns = [Column.float('x')];
  const artifact = ModelArtifact.fromMlflow(mlflowFolder(mlmodel(), { 'model.onnx': X }), { columns });
  columns.push(Column.float('y'));
  const model = new Model(new Stack(), 'Model');
  expect(model.addVersion('1', { artifact }).signature.inputs[0]!.columns).toHaveLength(1);
});

test('session options are kept, and a warning names those without effect', () => {
  const path = mlflowFolder(
    mlmodel(undefined, {
      onnx_session_options: { graph_optimization_level: 99, log_severity_level: 0, extra_session_config: { 'session.x': '1' } },
    }),
    { 'model.onnx': X },
  );
  const stack = new Stack(new App(), 'App');
  const version = new Model(stack, 'Model').addVersion('1', { artifact: ModelArtifact.fromMlflow(path) });
  expect(version._package(stack).spec.session).toEqual({ graphOptimizationLevel: 'all' });
  Annotations.fromStack(stack).hasWarning(
    '/App/Model',
    `${path}/MLmodel: these entries of \`onnx_session_options\` have no effect: log_severity_level, session.x [ack: cdk-ml-serving:onnxSessionOptions]`,
  );
});

test.each([
  [['CUDAExecutionProvider'], 'CUDAExecutionProvider'],
  [['TensorrtExecutionProvider', ['CUDAExecutionProvider', { device_id: 0 }]], 'TensorrtExecutionProvider, CUDAExecutionProvider'],
])('warns of providers without the CPU: %j', (providers, names) => {
  const path = mlflowFolder(mlmodel(undefined, { providers }), { 'model.onnx': X });
  const stack = new Stack(new App(), 'App');
  new Model(stack, 'Model').addVersion('1', { artifact: ModelArtifact.fromMlflow(path) });
  Annotations.fromStack(stack).hasWarning(
    '/App/Model',
    `${path}/MLmodel: \`providers\` names ${names} and not CPUExecutionProvider; the endpoint runs the model on the CPU [ack: cdk-ml-serving:onnxProviders]`,
  );
});

test('gives no warning for the defaults of MLflow', () => {
  const stack = new Stack(new App(), 'App');
  new Model(stack, 'Model').addVersion('1', { artifact: ModelArtifact.fromMlflow(`${MLFLOW}/mlflow_onnx_house`) });
  Annotations.fromStack(stack).hasNoWarning('*', '*');
});

const ADVICE = '; log the model with the signature of its data, or set `columns` in place of the signature';

test('fails on a signature with other columns than the file, and names both', () => {
  const path = `${MLFLOW}/mlflow_onnx_wrong_signature`;
  expect(() => mlflowVersion(path)).toThrow(
    new Error(
      `App/Model: ${path}/MLmodel: columns of input 'float_input': expected 9 for its shape [?,9], got: 3 (overall_qual: double, gr_liv_area: double, basement: double)${ADVICE}`,
    ),
  );
});

test('fails on a directory without the flavor onnx, with the commands that make one', () => {
  const path = `${MLFLOW}/mlflow_sklearn_house`;
  expect(() => mlflowVersion(path)).toThrow(
    new Error(
      `App/Model: ${path}/MLmodel: expected the flavor onnx, got: python_function, sklearn; run \`npx cdk-ml-serving convert ${path} --sample <its data>.csv\`, or log the model in Python with \`mlflow.onnx.log_model\``,
    ),
  );
});

test('fails on a path that is a token', () => {
  expect(() => mlflowVersion(Lazy.string({ produce: () => 'x' }))).toThrow(
    new Error('App/Model: the path of an MLflow model directory must be a literal, got: a token'),
  );
});

const NO_DIRECTORY = 'expected an MLflow model directory, with a file MLmodel, got:';

test.each([
  ['nowhere', 'no directory at this path, which is relative to the working folder of the app'],
  [`${MLFLOW}/mlflow_onnx_house/MLmodel`, 'a file'],
  [
    MLFLOW,
    "a folder with 'mlflow_onnx_external_data', 'mlflow_onnx_house', 'mlflow_onnx_house_matrix', 'mlflow_onnx_no_signature', 'mlflow_onnx_params_optional' and more",
  ],
])('fails on the path %s', (path, got) => {
  expect(() => mlflowVersion(path)).toThrow(new Error(`App/Model: ${path}: ${NO_DIRECTORY} ${got}`));
});

test('fails on a folder without MLmodel, and names its files', () => {
  const [empty, other, folder] = [folderOf({}), folderOf({ 'model.onnx': X }), folderOf({ 'MLmodel/x': '' })];
  expect(() => mlflowVersion(empty)).toThrow(new Error(`App/Model: ${empty}: ${NO_DIRECTORY} an empty folder`));
  expect(() => mlflowVersion(other)).toThrow(new Error(`App/Model: ${other}: ${NO_DIRECTORY} a folder with 'model.onnx'`));
  expect(() => mlflowVersion(folder)).toThrow(new Error(`App/Model: ${folder}: ${NO_DIRECTORY} a folder with 'MLmodel'`));
});

test.each([
  [
    'flavors: [',
    'expected YAML, got: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 11',
  ],
  ['a: *b', 'expected YAML, got: Unresolved alias (the anchor must be set before the alias): b'],
  ['- 1', 'expected a YAML mapping, got: a list'],
  ['', 'expected a YAML mapping, got: none'],
  ['version https://git-lfs.github.com/spec/v1\noid sha256:1\n', 'expected YAML, got: a Git LFS pointer; run `git lfs pull`'],
  ['x: 1', "expected the model's `flavors`, got: none"],
  [
    'flavors: {}',
    'expected the flavor onnx, got: no flavor; run `npx cdk-ml-serving convert FOLDER --sample <its data>.csv`, or log the model in Python with `mlflow.onnx.log_model`',
  ],
  ['flavors: { onnx: {} }\nsignature: x', 'expected inputs, outputs and params in `signature`, got: "x"'],
  ['flavors: { onnx: { data: 3 } }', '`data` of the flavor onnx: expected the path of the ONNX file, got: 3'],
  ['flavors: { onnx: { data: /etc/hostname } }', '`data` of the flavor onnx: expected a path inside of the directory, got: /etc/hostname'],
  ['flavors: { onnx: { data: "C:\\\\x" } }', '`data` of the flavor onnx: expected a path inside of the directory, got: C:\\x'],
  ['flavors: { onnx: { data: a/../../b } }', '`data` of the flavor onnx: expected a path inside of the directory, got: a/../../b'],
  [
    'flavors: { onnx: {} }',
    '`data` of the flavor onnx: expected an existing file, got: FOLDER/model.onnx; copy the whole directory, as `mlflow artifacts download` does',
  ],
  [
    'flavors: { onnx: { data: sub } }',
    "`data` of the flavor onnx: expected model.onnx or a single .onnx file in the folder, got: 'a.onnx', 'b.onnx' in FOLDER/sub",
  ],
  [
    'flavors: { onnx: { data: none } }',
    '`data` of the flavor onnx: expected model.onnx or a single .onnx file in the folder, got: none in FOLDER/none',
  ],
  [
    'flavors: { onnx: { data: link.onnx } }',
    '`data` of the flavor onnx: expected a path inside of the directory, got: link.onnx, a symbolic link to a file outside of it',
  ],
  ['flavors: { onnx: { data: x.onnx, onnx_session_options: [] } }', '`onnx_session_options`: expected a mapping of options, got: a list'],
  ['flavors: { onnx: { data: x.onnx } }\nsignature: { params: "{" }', 'signature, `params`: expected a list of params, as JSON, got: "{"'],
])('fails on an MLmodel file of %j', (content, message) => {
  const folder = mlflowFolder(content, { 'sub/a.onnx': X, 'sub/b.onnx': X, 'none/a.txt': '', 'x.onnx': X });
  symlinkSync('/etc/hostname', join(folder, 'link.onnx'));
  expect(() => mlflowVersion(folder)).toThrow(new Error(`App/Model: ${folder}/MLmodel: ${message.replaceAll('FOLDER', folder)}`));
});

test('fails on a model that is a Git LFS pointer', () => {
  const folder = mlflowFolder(mlmodel(), { 'model.onnx': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n' });
  expect(() => mlflowVersion(folder)).toThrow(
    new Error(`App/Model: ${folder}/model.onnx: expected an ONNX file, got: a Git LFS pointer; run \`git lfs pull\``),
  );
});

test('fails on a YAML alias that expands without end', () => {
  const bomb = [
    'a: &a [1,1,1,1,1,1,1,1,1,1]',
    ...'bcdefg'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdef'[i]}`).join(',')}]`),
  ].join('\n');
  const folder = mlflowFolder(bomb);
  expect(() => mlflowVersion(folder)).toThrow(
    new Error(`App/Model: ${folder}/MLmodel: expected YAML, got: Excessive alias count indicates a resource exhaustion attack`),
  );
});

test('an example that is missing or outside of the folder is ignored', () => {
  for (const artifact_path of ['gone.json', '../x.json', 3]) {
    const folder = mlflowFolder({ ...mlmodel(), saved_input_example_info: { artifact_path } }, { 'model.onnx': X });
    expect(mlflowPackage(folder).spec.example).toBeUndefined();
  }
  const folder = mlflowFolder({ ...mlmodel(), saved_input_example_info: { artifact_path: 'sub' } }, { 'model.onnx': X });
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub', 'x'), '');
  expect(mlflowPackage(folder).spec.example).toBeUndefined();
});
