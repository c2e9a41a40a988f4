// Models trained here by scikit-learn, XGBoost and LightGBM, converted by the command line, and what it wrote read back by others: by a Python
// program that knows only the form of the files, and by the runtime that serves them.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column } from '../../../lib/features';
import { CONVERT_PACKAGES } from '../../helpers/convert-packages';
import { modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { expectClose, type Tolerance } from '../../helpers/expect-close';
import { endpointOf } from '../../helpers/http-api';
import { packageOf } from '../../helpers/models';
import { CHECKOUT, type Finished, mustRun, pythonEnvironment, run } from '../../helpers/parts';
import { NOTED, REFUSED } from './said';

/** The models of train.py: the file or directory of each, the layout that it gets, and its outputs. */
const MODELS: Record<string, { file: string; target?: string; layout: 'matrix' | 'columns'; outputs: string[] }> = {
  mixed_forest: { file: 'model.pkl', target: 'price', layout: 'columns', outputs: ['variable'] },
  mixed_histogram: { file: 'model.pkl', layout: 'columns', outputs: ['label', 'probabilities'] },
  mixed_logistic: { file: 'model.pkl', layout: 'columns', outputs: ['label', 'probabilities'] },
  mixed_search: { file: 'model.pkl', layout: 'columns', outputs: ['variable'] },
  ordinal_boosting: { file: 'model.pkl', layout: 'columns', outputs: ['variable'] },
  histogram_gaps: { file: 'model.pkl', layout: 'matrix', outputs: ['variable'] },
  boosting_array: { file: 'model.pkl', layout: 'matrix', outputs: ['label', 'probabilities'] },
  forest_classes: { file: 'model.pkl', layout: 'matrix', outputs: ['label', 'probabilities'] },
  scaled_svc: { file: 'model.pkl', layout: 'matrix', outputs: ['label'] },
  outliers: { file: 'model.pkl', layout: 'matrix', outputs: ['label', 'scores'] },
  text_sublinear: { file: 'model.pkl', layout: 'columns', outputs: ['label', 'probabilities'] },
  xgb_regressor: { file: 'model.pkl', layout: 'matrix', outputs: ['variable'] },
  xgb_early_stop: { file: 'model.pkl', layout: 'matrix', outputs: ['label', 'probabilities'] },
  xgb_booster: { file: 'model.json', layout: 'matrix', outputs: ['label', 'probabilities'] },
  xgb_booster_ubj: { file: 'model.ubj', layout: 'matrix', outputs: ['variable'] },
  lgbm_classifier: { file: 'model.pkl', layout: 'matrix', outputs: ['label', 'probabilities'] },
  lgbm_pipeline: { file: 'model.pkl', layout: 'columns', outputs: ['variable'] },
  lgbm_booster: { file: 'model.txt', layout: 'matrix', outputs: ['variable'] },
  lgbm_booster_classes: { file: 'model.txt', layout: 'matrix', outputs: ['label', 'probabilities'] },
  lgbm_on_the_branch: { file: 'model.pkl', layout: 'matrix', outputs: ['variable'] },
  mlflow_sklearn: { file: 'model', layout: 'matrix', outputs: ['variable'] },
  mlflow_xgboost: { file: 'model', layout: 'matrix', outputs: ['variable'] },
  mlflow_lightgbm: { file: 'model', layout: 'matrix', outputs: ['variable'] },
};
const NAMES = Object.keys(MODELS);

/** Those that the command converts, as its user would: one of each kind of file. */
const BY_COMMAND = [
  'mixed_forest',
  'text_sublinear',
  'xgb_booster_ubj',
  'lgbm_classifier',
  'lgbm_booster',
  'mlflow_sklearn',
  'mlflow_xgboost',
];

const COMMAND = join(CHECKOUT, 'assets', 'cli', 'cdk-ml-serving.js');
const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-convert-'));
const converted: Record<string, Finished> = {};
let python: string;

beforeAll(async () => {
  python = join(pythonEnvironment('convert-venv', CONVERT_PACKAGES), 'python');
  mustRun(python, ['-B', join(__dirname, 'train.py'), join(folder, 'models')]);
  // what one process does for many; the rest through the command, two at a time
  const many = NAMES.filter((name) => !BY_COMMAND.includes(name));
  const inOne = ['-B', join(__dirname, 'many.py'), join(CHECKOUT, 'assets', 'convert'), join(folder, 'models')];
  Object.assign(converted, JSON.parse(mustRun(python, [...inOne, ...many.map((name) => `${name}=${MODELS[name]!.file}`)])));
  const waiting = [...BY_COMMAND];
  await Promise.all(
    [1, 2].map(async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) converted[name] = await convert(name);
    }),
  );
}, 900_000);
afterAll(() => {
  removeAssets();
  rmSync(folder, { recursive: true });
});

function convert(name: string): Promise<Finished> {
  const { file, target } = MODELS[name]!;
  const args = [file, '--sample', 'sample.csv', '--out', 'onnx', '--python', python, ...(target === undefined ? [] : ['--target', target])];
  const child = spawn(process.execPath, [COMMAND, 'convert', ...args], { cwd: join(folder, 'models', name) });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (chunk) => (printed[stream] += String(chunk)));
  return new Promise((ended, failed) => {
    child.on('error', failed);
    child.on('close', (status) => ended({ status, ...printed }));
  });
}

interface Cases {
  readonly layout: string;
  readonly outputs: readonly { readonly name: string }[];
  readonly tolerance: Tolerance;
  readonly cases: readonly { readonly name: string; readonly row: Record<string, unknown>; readonly expected: Record<string, unknown> }[];
}

const written = (name: string, file: string): string => join(folder, 'models', name, 'onnx', file);
const casesOf = (name: string): Cases => JSON.parse(readFileSync(written(name, 'cases.json'), 'utf8')) as Cases;

describe.each(NAMES)('%s', (name) => {
  test('is converted', () => {
    expect(converted[name]).toMatchObject({ status: 0, stderr: '' });
    const { layout, outputs, cases } = casesOf(name);
    expect({ layout, outputs: outputs.map((output) => output.name) }).toEqual({
      layout: MODELS[name]!.layout,
      outputs: MODELS[name]!.outputs,
    });
    expect(cases.length).toBeGreaterThanOrEqual(name === 'lgbm_on_the_branch' ? 5 : 35);
  });

  test('is served: the columns as code fit the file, and the runtime answers the cases as the library did', async () => {
    const { columns } = (await import(written(name, 'columns.ts'))) as { columns: Column[] };
    const { spec, files } = packageOf(written(name, 'model.onnx'), { columns });
    const asset = writeAsset(
      modelEndpoint(spec),
      Object.fromEntries(files.map(({ path, source }) => [path, typeof source === 'string' ? { from: source } : { content: source }])),
    );
    const endpoint = endpointOf(asset);
    const { cases, tolerance } = casesOf(name);
    const { status, body } = await endpoint.post({ dataframe_records: cases.map(({ row }) => row) });
    expect({ status, ...(status === 200 ? {} : { body }) }).toEqual({ status: 200 });
    cases.forEach(({ expected }, i) => expectClose((body.predictions as unknown[])[i], expected, tolerance));
  });
});

test('another reader of the files gets the answers of the libraries, row by row and as one batch', () => {
  const script = join(__dirname, 'read_back.py');
  const found = JSON.parse(mustRun(python, ['-B', script, ...NAMES.map((name) => join(folder, 'models', name))])) as Record<
    string,
    { cases: number; compared: number; wrong: string[] }
  >;
  expect(Object.keys(found)).toEqual(NAMES);
  for (const name of NAMES) {
    expect({ name, wrong: found[name]!.wrong }).toEqual({ name, wrong: [] });
    // each case is held against what the library said at training in at least one output
    expect(found[name]!.compared).toBeGreaterThanOrEqual(found[name]!.cases);
  }
});

describe('the columns', () => {
  const MIXED = [
    { name: 'Living Area', type: 'double', nullable: true },
    { name: 'rooms', type: 'double', nullable: true },
    { name: 'age', type: 'double', nullable: true },
    { name: 'heating', type: 'string', nullable: false, defaultValue: '' },
    { name: 'district', type: 'string', nullable: false },
    { name: 'garage', type: 'boolean', nullable: false },
  ];

  test('have the types of the sample and take missing values where the model fills them', () => {
    const columns = JSON.parse(readFileSync(written('mixed_forest', 'columns.json'), 'utf8')) as { name: string }[];
    expect([...columns].sort((a, b) => a.name.localeCompare(b.name))).toEqual([...MIXED].sort((a, b) => a.name.localeCompare(b.name)));
    expect(converted.mixed_forest!.stdout).toContain("  heating      string   default '', ");
  });

  test('are code of TypeScript and of Python', () => {
    expect(readFileSync(written('mixed_forest', 'columns.ts'), 'utf8')).toContain("  Column.string('heating', { defaultValue: '' }),\n");
    expect(readFileSync(written('mixed_forest', 'columns.ts'), 'utf8')).toContain(
      "  Column.double('Living Area', { nullable: true }), // whole numbers in the sample; the model takes fractions too\n",
    );
    expect(readFileSync(written('mixed_forest', 'columns.py'), 'utf8')).toContain('    Column.string("heating", default_value=""),\n');
    expect(readFileSync(written('mixed_forest', 'columns.py'), 'utf8')).toContain('    Column.double("age", nullable=True),\n');
  });

  test('of an array are those of the sample, in its order', () => {
    expect(JSON.parse(readFileSync(written('boosting_array', 'columns.json'), 'utf8'))).toEqual([
      { name: 'Living Area', type: 'double', nullable: false },
      { name: 'rooms', type: 'double', nullable: false },
      { name: 'age', type: 'double', nullable: false },
    ]);
  });
});

describe('what is printed', () => {
  test('says what ran, what it found, what it wrote and what comes next', () => {
    expect(
      converted.xgb_booster_ubj!.stdout.replace(/\d\.\d+(?:e-\d+)?|\d+ KiB|[\d,]+(?= probe rows)/g, '#').replace(/line \d+/, 'line #'),
    ).toBe(
      [
        'model    model.ubj: Booster of xgboost (xgboost #.0)',
        'sample   sample.csv: 600 rows, 3 columns',
        'columns',
        '  Living Area  float    whole numbers in the sample',
        '  rooms        float    whole numbers in the sample',
        `  age          float    nullable, ${missingAges()} missing`,
        'convert  skl2onnx #.0 and onnxmltools #.0: one matrix of all columns, opset ai.onnx 18, ai.onnx.ml 3, IR 8',
        'compare  600 rows and # probe rows by the model and by ONNX Runtime #.1, tolerance #',
        '  output            largest difference  relative  where',
        '  variable          #               #   line #',
        '  variable, probes  #                #',
        '  probes: 666 of 666 splits of its trees on both sides',
        'wrote    onnx',
        '  model.onnx               #',
        '  columns.json, .ts, .py   the columns, as data and as code',
        "  cases.json               99 rows with the model's own answers",
        "next     import { columns } from './onnx/columns';",
        "         ModelArtifact.fromOnnx('onnx/model.onnx', { columns })",
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['mixed_forest', 'its inputs are float64: as float32, numbers would be rounded across the branches of its trees'],
    ['lgbm_on_the_branch', "its inputs are float64: only these give the model's own answers"],
    ['text_sublinear', 'sublinear_tf: written as scikit-learn computes it (skl2onnx alone writes log(count + 1))'],
    ['scaled_svc', "output 'probabilities': the model has no answer a row to compare with: left out"],
    ['mlflow_sklearn', "column 'price' is what the signature says the model predicts: set aside, as if by --target price"],
    ['lgbm_classifier', "the model calls 'Living Area' otherwise ('Living_Area'): the sample's names are kept"],
  ])('of %s: %s', (name, note) => {
    expect(converted[name]!.stdout).toContain(`\n  ${note}\n`);
  });

  function missingAges(): number {
    const [, ...rows] = readFileSync(join(folder, 'models', 'xgb_booster_ubj', 'sample.csv'), 'utf8')
      .trim()
      .split('\n');
    return rows.filter((row) => row.endsWith(',')).length;
  }
});

describe('of bad input', () => {
  interface Said {
    readonly status: number;
    readonly out: string;
    readonly err: string;
    readonly written: boolean;
  }
  let said: Record<string, Said>;
  beforeAll(() => {
    const place = mkdtempSync(join(folder, 'bad-'));
    said = JSON.parse(mustRun(python, ['-B', join(__dirname, 'bad.py'), join(CHECKOUT, 'assets', 'convert'), place])) as Record<
      string,
      Said
    >;
  }, 120_000);

  test.each(Object.entries(REFUSED))('refuses: %s', (name, lines) => {
    expect(said[name]).toMatchObject({ status: 1, written: false });
    expect(said[name]!.err).toBe([`not converted: ${lines[0]}`, ...lines.slice(1).map((line) => `  ${line}`), ''].join('\n'));
  });

  test.each(Object.entries(NOTED))('says: %s', (name, notes) => {
    expect(said[name]).toMatchObject({ status: 0, written: true, err: '' });
    const after = said[name]!.out.split('\nnotes\n')[1] ?? '';
    expect(after.slice(0, after.indexOf('\nconvert '))).toBe(notes.map((note) => `  ${note}`).join('\n'));
  });

  test('names rows in which only rounding to float32 inside of the model decides', () => {
    const { status, err } = said['rounded inside']!;
    expect(status).toBe(1);
    expect(err).toMatch(
      /^not converted: \d+ rows of 200 differ by more than the tolerance 0\.0001\n {2}line \d+: the model branches at [ac] = [\d.]+, and computes with it closer than float32 can tell\n/,
    );
    expect(err).toContain(
      '\n  only the rounding to float32 is to blame: trees need no scaling, so train them on the numbers as they are\n',
    );
  });

  test('names probe rows in which only rounding to float32 inside of the model decides', () => {
    const { status, out, err } = said['rounded inside, beside the sample']!;
    expect(status).toBe(1);
    expect(out).toMatch(/\n {2}label {18}none\n {2}probabilities {10}[\d.]+e-0[5-9] /);
    expect(err).toMatch(
      /^not converted: \d+ probe rows of [\d,]+ differ by more than the tolerance 0\.0001\n {2}line \d+ with [ac] = [\d.]+/,
    );
    expect(err).toContain(
      '\n  as float32, scaled numbers are rounded across the branches of trees: trees need no scaling, so train them on the numbers as they are\n',
    );
  });

  test('takes a difference that is accepted', () => {
    expect(said['rounded inside, accepted']).toMatchObject({ status: 0, written: true, err: '' });
  });

  test('knows every case', () => {
    expect(Object.keys(said).sort()).toEqual(
      [
        ...Object.keys(REFUSED),
        ...Object.keys(NOTED),
        'rounded inside',
        'rounded inside, accepted',
        'rounded inside, beside the sample',
      ].sort(),
    );
  });
});

test('lets rounding decide the label where the model finds both classes equally likely, and only there', () => {
  const program = [
    'import json, numpy, sys',
    'sys.path.insert(0, sys.argv[1])',
    'from cdk_ml_serving_convert.comparing import compare',
    'probabilities = numpy.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])',
    'want = {"label": numpy.array(["a", "a", "b"]), "probabilities": probabilities}',
    'got = {"label": numpy.array(["b", "b", "b"]), "probabilities": probabilities.astype(numpy.float32)}',
    'found = compare(want, got, 1e-4, ["a", "b"])',
    'print(json.dumps({"ties": found.ties, "beyond": found.beyond}))',
  ].join('\n');
  expect(JSON.parse(mustRun(python, ['-B', '-c', program, join(CHECKOUT, 'assets', 'convert')]))).toEqual({ ties: [0], beyond: [1] });
});

test('says what to install where Python has none of it', () => {
  const bare = join(pythonEnvironment('convert-bare-venv', ['pip']), 'python');
  const at = join(folder, 'models', 'lgbm_booster');
  const { status, stdout, stderr } = run(
    process.execPath,
    [COMMAND, 'convert', 'model.txt', '--sample', 'sample.csv', '--out', 'never', '--python', bare],
    { cwd: at },
  );
  const packages = 'numpy pandas joblib scikit-learn onnx onnxruntime skl2onnx lightgbm onnxmltools';
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: `not converted: convert needs Python packages that ${bare} does not have: ${packages}\n  ${bare} -m pip install ${packages}\n  or name the Python that the model was trained with by --python\n`,
  });
  expect(existsSync(join(at, 'never'))).toBe(false);
});
