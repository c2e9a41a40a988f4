// Scoring a file beside pandas and ONNX Runtime in Python, in turns within one run: rows a second of CPU of both, whole processes with their
// start, and the ratio. Python's session has one thread, `score` one worker; both read and write the same columns. Python and its packages are
// installed in the cache that the extra suites use. Needs `npm run build:assets`.
//
//   node bench/score.mjs [rounds] [rows]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tsImport } from 'tsx/esm/api';

const ROUNDS = Number(process.argv[2] ?? 5);
const ROWS = Number(process.argv[3] ?? 1_000_000);
const ROOT = dirname(import.meta.dirname);
const CLI = join(ROOT, 'assets/cli/cdk-ml-serving.js');
const SCRIPT = join(import.meta.dirname, 'score.py');
const MODELS = ['house_price_a', 'house_price_b'];
const FORMATS = ['csv', 'parquet'];

const COLUMN_TYPES = { 'tensor(string)': 'string', 'tensor(int64)': 'long', 'tensor(float)': 'float' };
const TENSOR_TYPES = { 'tensor(string)': 'string', 'tensor(int64)': 'int64', 'tensor(float)': 'float32' };

const modelFolder = (name) => join(ROOT, 'test/fixtures', name);

/** The endpoint of a model whose columns all come with the request. */
function endpointSpec(name) {
  const { layout, columns, inputs } = JSON.parse(readFileSync(join(modelFolder(name), 'cases.json'), 'utf8'));
  const matrix = layout === 'matrix' && columns.map((column) => ({ name: column, type: 'float' }));
  const own = matrix || inputs.map((input) => ({ name: input.name, type: COLUMN_TYPES[input.type] }));
  const tensors = matrix
    ? [{ name: inputs[0].name, type: 'float32', shape: [null, columns.length], layout: 'matrix', columns: matrix }]
    : inputs.map((input, i) => ({
        name: input.name,
        type: TENSOR_TYPES[input.type],
        shape: [null, 1],
        layout: 'column',
        columns: [own[i]],
      }));
  const outputs = [{ name: 'variable', type: 'float32', shape: [null, 1] }];
  const model = { modelName: name, version: '1', scorer: { kind: 'file', file: 'model.onnx' }, inputs: tensors, outputs };
  const features = { requestColumns: own.map((column) => column.name), lookups: [], functions: [], exclude: [] };
  return {
    specVersion: 2,
    endpointName: name,
    tables: [],
    requestColumns: own,
    servedEntities: [{ kind: 'model', name: 'main', model, features }],
  };
}

/** A cloud assembly with an endpoint for each model. */
function makeApp(folder) {
  const write = (path, content) => writeFileSync(join(folder, path), JSON.stringify(content));
  const stack = {
    type: 'aws:cloudformation:stack',
    environment: 'aws://unknown-account/unknown-region',
    dependencies: ['Assets'],
    properties: { templateFile: 'template.json', stackName: 'bench' },
  };
  write('manifest.json', {
    version: '54.0.0',
    artifacts: { Assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } }, Stack: stack },
  });
  const resources = MODELS.map((name) => [
    name.replaceAll('_', ''),
    { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: `${name}.zip` } }, Metadata: { 'cdk-ml-serving:endpoint': name } },
  ]);
  write('template.json', { Resources: Object.fromEntries(resources) });
  const files = MODELS.map((name) => [name, { source: { path: name }, destinations: { here: { objectKey: `${name}.zip` } } }]);
  write('assets.json', { files: Object.fromEntries(files) });
  for (const name of MODELS) {
    mkdirSync(join(folder, name));
    write(join(name, 'endpoint.json'), endpointSpec(name));
    cpSync(join(modelFolder(name), 'model.onnx'), join(folder, name, 'model.onnx'));
  }
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The predictions of both must be the same numbers. */
function check(format) {
  const code = `
import pandas, sys
read = pandas.read_csv if sys.argv[1].endswith("csv") else pandas.read_parquet
ours, theirs = (read(path)["prediction"] for path in sys.argv[1:])
assert len(ours) == len(theirs) and (ours - theirs).abs().max() <= 1e-6 * theirs.abs().max(), (ours - theirs).abs().max()`;
  run(python, ['-c', code, join(folder, `ours.${format}`), join(folder, `theirs.${format}`)]);
}

const folder = mkdtempSync(join(tmpdir(), 'ml-serving-bench-'));
const { pythonEnvironment } = await tsImport('../test/helpers/parts.ts', import.meta.url);
const python = join(pythonEnvironment('score-bench', ['pandas==2.3.3', 'pyarrow==21.0.0', 'onnxruntime==1.23.2']), 'python');
makeApp(folder);
run(python, [SCRIPT, 'make', String(ROWS), folder]);
console.log(`${ROWS.toLocaleString('en-US')} rows of 11 columns; ${cpus()[0].model}, Node.js ${process.version}`);
for (const model of MODELS) {
  for (const format of FORMATS) {
    const input = join(folder, `rows.${format}`);
    const commands = {
      ours: [process.execPath, CLI, 'score', model, '--input', input, '--output', `ours.${format}`, '--app', folder, '--workers', '1'],
      theirs: [python, SCRIPT, 'score', modelFolder(model), input, `theirs.${format}`],
    };
    const used = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of ['ours', 'theirs']) used[side].push(JSON.parse(run(python, [SCRIPT, 'measure', ...commands[side]])));
    }
    check(format);
    const [ours, theirs] = [used.ours, used.theirs].map((all) => ROWS / median(all.map(({ cpu }) => cpu)));
    const [mine, other] = [used.ours, used.theirs].map((all) => median(all.map(({ memory }) => memory)));
    const rate = (rows) => `${Math.round(rows).toLocaleString('en-US').padStart(9)} rows/s`;
    console.log(
      `${model} ${format.padEnd(7)} score ${rate(ours)}, ${Math.round(mine)} MB   pandas ${rate(theirs)}, ${Math.round(other)} MB   ratio ${(ours / theirs).toFixed(2)}`,
    );
  }
}
rmSync(folder, { recursive: true });
