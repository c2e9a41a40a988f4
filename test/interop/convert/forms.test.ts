// Models in the forms in which people keep them: in several files, in tuples, frozen, behind functions of NumPy, with samples in Parquet or
// from MLflow, and boosters with options that the converters leave out.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column } from '../../../lib/features';
import { CONVERT_PACKAGES } from '../../helpers/convert-packages';
import { modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { expectClose, type Tolerance } from '../../helpers/expect-close';
import { endpointOf } from '../../helpers/http-api';
import { packageOf } from '../../helpers/models';
import { CHECKOUT, mustRun, pythonEnvironment } from '../../helpers/parts';

interface Converted {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly written: boolean;
}

interface Cases {
  readonly classes?: readonly unknown[];
  readonly tolerance: Tolerance;
  readonly cases: readonly { readonly name: string; readonly row: Record<string, unknown>; readonly expected: Record<string, unknown> }[];
}

const root = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-forms-'));
const folder = join(root, 'forms');
const at = (name: string, file: string): string => join(folder, name, 'onnx', file);
const casesOf = (name: string): Cases => JSON.parse(readFileSync(at(name, 'cases.json'), 'utf8')) as Cases;
let found: Record<string, Converted>;

beforeAll(() => {
  const python = join(pythonEnvironment('convert-venv', CONVERT_PACKAGES), 'python');
  const printed = mustRun(python, ['-B', join(__dirname, 'forms.py'), join(CHECKOUT, 'assets', 'convert'), folder]);
  found = JSON.parse(printed.trim().split('\n').at(-1)!) as Record<string, Converted>;
});
afterAll(() => {
  removeAssets();
  rmSync(root, { recursive: true });
});

const CONVERTED = [
  'a tuple of a DictVectorizer and a model',
  'a pipeline of a DictVectorizer',
  'an encoder and its model',
  'an encoder and a model that names its columns',
  'frozen parts',
  'a calibrated frozen model',
  'the function log1p',
  'the function expm1',
  'the function sqrt',
  'the function log10',
  'the function square',
  'the function cbrt',
  'the function tanh',
  'a function before trees',
  'a boolean label',
  'a Parquet sample',
  'an input example',
  'multi:softmax',
  'reg_sqrt',
  'multiclassova',
  'sigmoid',
  'cross_entropy',
  'use_missing=False',
];

test.each(CONVERTED)('%s: converted, and served as the library answers', async (name) => {
  expect(found[name]).toMatchObject({ status: 0, err: '', written: true });
  const { columns } = (await import(at(name, 'columns.ts'))) as { columns: Column[] };
  const { spec, files } = packageOf(at(name, 'model.onnx'), { columns });
  const asset = writeAsset(
    modelEndpoint(spec),
    Object.fromEntries(files.map(({ path, source }) => [path, typeof source === 'string' ? { from: source } : { content: source }])),
  );
  const { cases, tolerance } = casesOf(name);
  const { status, body } = await endpointOf(asset).post({ dataframe_records: cases.map(({ row }) => row) });
  expect({ status, ...(status === 200 ? {} : { body }) }).toEqual({ status: 200 });
  cases.forEach(({ expected }, i) => expectClose((body.predictions as unknown[])[i], expected, tolerance));
});

const OBJECTIVE = 'train it again with another objective';

const REFUSED: Record<string, readonly string[]> = {
  'an encoder and a model of unknown columns': [
    'ohe.pkl and model.pkl: OneHotEncoder makes 8 columns and Ridge takes 10: nothing says where the others come from',
    'join them where the model is trained, with the columns in its order, and convert pipeline.pkl:',
    "columns = make_column_transformer((FrozenEstimator(encoder), ['city', 'zone']), remainder='passthrough').fit(X)",
    "pipeline = Pipeline([('columns', columns), ('model', model)])",
    "joblib.dump(pipeline, 'pipeline.pkl')",
  ],
  'two models': [
    "model.pkl: expected encoders and one model, got: 'RandomForestRegressor', 'RandomForestRegressor'",
    "save the model alone: joblib.dump(model, 'model.pkl')",
  ],
  'a field of numbers and texts': [
    "DictVectorizer has the field 'a' as numbers and as texts, or in several places",
    'train it on one kind of value a field, with sort=True',
  ],
  'a run directory': [
    'run: expected an MLflow directory with a file MLmodel, got: a folder without one',
    'did you mean run/artifacts/model?',
  ],
  'no sample': [
    '--sample: expected a CSV or Parquet file with rows as the model takes them, got: none',
    'only an MLflow directory with an input example that is a table goes without',
  ],
  gblinear: [
    "XGBRegressor has booster='gblinear', a linear model, which the converter of XGBoost's trees does not know",
    'train Ridge, Lasso or LogisticRegression of scikit-learn in its place',
  ],
  'reg:logistic': ["XGBRegressor has the objective 'reg:logistic', which the converter does not know", OBJECTIVE],
  linear_tree: [
    "LGBMRegressor has linear_tree=True: its leaves are linear models, which ONNX's trees do not have",
    'train it again without linear_tree',
  ],
  cross_entropy_lambda: ["LGBMRegressor has the objective 'cross_entropy_lambda', which the converter does not know", OBJECTIVE],
  'a model that never loads': [
    'loading the model took longer than 1 s',
    'allow more by --time-limit <seconds>, or take a smaller sample or model',
  ],
};

test.each(Object.entries(REFUSED))('%s: refused', (name, lines) => {
  expect(found[name]).toMatchObject({ status: 1, written: false });
  expect(found[name]!.err).toBe([`not converted: ${lines[0]}`, ...lines.slice(1).map((line) => `  ${line}`), ''].join('\n'));
});

test('knows every form', () => {
  expect(Object.keys(found).sort()).toEqual([...CONVERTED, ...Object.keys(REFUSED)].sort());
});

test('a boolean label is a boolean, in the cases and in the answers', () => {
  expect(casesOf('a boolean label').cases.map(({ expected }) => typeof expected.label)).toEqual(
    casesOf('a boolean label').cases.map(() => 'boolean'),
  );
});

test('the classes are in the cases and in the file, in the order of the probabilities', () => {
  expect(casesOf('a boolean label').classes).toEqual([false, true]);
  expect(readFileSync(at('a boolean label', 'model.onnx')).includes('[false, true]')).toBe(true);
});

test('rows of a Parquet sample are named by their number', () => {
  expect(casesOf('a Parquet sample').cases[0]!.name).toMatch(/^row \d+$/);
  expect(JSON.parse(readFileSync(at('a Parquet sample', 'columns.json'), 'utf8'))).toEqual([
    { name: 'city', type: 'string', nullable: false, defaultValue: '' },
    { name: 'zone', type: 'string', nullable: false },
    { name: 'distance', type: 'double', nullable: false },
    { name: 'age', type: 'double', nullable: false },
  ]);
});
