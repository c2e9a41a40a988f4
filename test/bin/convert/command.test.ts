import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { convertCommand } from '../../../bin/convert/command';
import { folderOf } from '../../helpers/folder';

/** Writes down how it was started, and ends with the status that the model's file says. */
const FAKE_PYTHON = `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs');
const model = process.argv.find((argument) => argument.startsWith('--model=')).slice('--model='.length);
writeFileSync('started.json', JSON.stringify({ args: process.argv.slice(2), path: process.env.PYTHONPATH }));
const status = readFileSync(model, 'utf8');
if (status === 'killed') process.kill(process.pid, 'SIGKILL');
process.exitCode = Number(status);
`;

const PYTHON_LACKS = '--python: expected a command that runs Python 3.9 or newer, got: no-such-python (ENOENT)';

const before = { folder: process.cwd(), exitCode: process.exitCode, path: process.env.PYTHONPATH };
let folder: string;

beforeEach(() => {
  folder = folderOf({ 'model.pkl': '0', 'refused.pkl': '1', 'killed.pkl': 'killed', 'sample.csv': 'a\n1\n', python: FAKE_PYTHON });
  chmodSync(join(folder, 'python'), 0o755);
  process.chdir(folder);
  delete process.env.PYTHONPATH;
  process.exitCode = undefined;
});
afterEach(() => {
  process.chdir(before.folder);
  process.exitCode = before.exitCode;
  if (before.path !== undefined) process.env.PYTHONPATH = before.path;
});

function convert(...args: string[]): Promise<unknown> {
  const python = join(folder, 'python');
  const command = convertCommand('/modules')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  return command.parseAsync(args.includes('--python') ? args : [...args, '--python', python], { from: 'user' });
}

function started(): { args: string[]; path: string } {
  return JSON.parse(readFileSync(join(folder, 'started.json'), 'utf8')) as { args: string[]; path: string };
}

describe('what Python is started with', () => {
  test('the module of the package, the files, and a folder named for the model', async () => {
    await convert('model.pkl', '--sample', 'sample.csv');
    expect(started()).toEqual({
      args: ['-B', '-m', 'cdk_ml_serving_convert', '--model=model.pkl', '--sample=sample.csv', '--out=model-onnx'],
      path: '/modules',
    });
    expect(process.exitCode).toBe(0);
  });

  test('the target, the folder and the tolerance where they are said', async () => {
    await convert('model.pkl', '--sample', 'sample.csv', '--target', '-y', '--out', 'made/here', '--tolerance', '1e-3');
    expect(started().args.slice(3)).toEqual([
      '--model=model.pkl',
      '--sample=sample.csv',
      '--out=made/here',
      '--target=-y',
      '--tolerance=0.001',
    ]);
  });

  test('the parts of a model in their order, with the folder named after the last', async () => {
    await convert('refused.pkl', 'model.pkl', '--sample', 'sample.csv');
    expect(started().args.slice(3)).toEqual(['--model=refused.pkl', '--model=model.pkl', '--sample=sample.csv', '--out=model-onnx']);
  });

  test('no sample for an MLflow directory, which may have an input example', async () => {
    mkdirSync('house');
    await expect(convert('house', '--python', 'no-such-python')).rejects.toHaveProperty('message', PYTHON_LACKS);
  });

  test('the time that a step may take', async () => {
    await convert('model.pkl', '--sample', 'sample.csv', '--time-limit', '90');
    expect(started().args).toContain('--time-limit=90');
  });

  test('a tolerance of 0 is one', async () => {
    await convert('model.pkl', '-s', 'sample.csv', '--tolerance', '0');
    expect(started().args).toContain('--tolerance=0');
  });

  test('the modules of the user come after those of the package', async () => {
    process.env.PYTHONPATH = '/own';
    await convert('model.pkl', '-s', 'sample.csv');
    expect(started().path).toBe(`/modules${delimiter}/own`);
  });
});

describe('how it ends', () => {
  test('with the status of Python: 1 where the model is refused', async () => {
    await convert('refused.pkl', '-s', 'sample.csv');
    expect(process.exitCode).toBe(1);
  });

  test('with 1 where Python is killed', async () => {
    await convert('killed.pkl', '-s', 'sample.csv');
    expect(process.exitCode).toBe(1);
  });
});

describe('before Python is started', () => {
  afterEach(() => expect(existsSync(join(folder, 'started.json'))).toBe(false));

  test('fails on a model that is not there', async () => {
    await expect(convert('nowhere.pkl', '-s', 'sample.csv')).rejects.toHaveProperty(
      'message',
      'the model: expected a file or an MLflow directory, got: nowhere.pkl, which does not exist',
    );
  });

  test.each(['nowhere.csv', '.'])('fails on the sample %s', async (sample) => {
    await expect(convert('model.pkl', '-s', sample)).rejects.toHaveProperty(
      'message',
      `--sample: expected a CSV or Parquet file, got: ${sample}, which is not a file`,
    );
  });

  test('fails without a sample', async () => {
    await expect(convert('model.pkl')).rejects.toHaveProperty(
      'message',
      '--sample: expected a CSV or Parquet file with input rows of model.pkl, got: none',
    );
  });

  test('fails on a folder for the output that is a file', async () => {
    writeFileSync('taken', '');
    await expect(convert('model.pkl', '-s', 'sample.csv', '--out', 'taken')).rejects.toHaveProperty(
      'message',
      '--out: expected a folder, got: taken, which is a file',
    );
  });

  test.each(['-1', 'much', 'NaN', 'Infinity', ''])("fails on the tolerance '%s'", async (tolerance) => {
    await expect(convert('model.pkl', '-s', 'sample.csv', `--tolerance=${tolerance}`)).rejects.toHaveProperty(
      'message',
      `error: option '--tolerance <number>' argument '${tolerance}' is invalid. expected a number of 0 or more`,
    );
  });

  test.each(['0', '-1', 'NaN', 'Infinity', ''])("fails on the time limit '%s'", async (seconds) => {
    await expect(convert('model.pkl', '-s', 'sample.csv', `--time-limit=${seconds}`)).rejects.toHaveProperty(
      'message',
      `error: option '--time-limit <seconds>' argument '${seconds}' is invalid. expected a number above 0`,
    );
  });

  test('fails on a Python that is not there', async () => {
    await expect(convert('model.pkl', '-s', 'sample.csv', '--python', 'no-such-python')).rejects.toHaveProperty('message', PYTHON_LACKS);
  });
});

test('an MLflow directory is a model', async () => {
  mkdirSync('house');
  await expect(convert('house', '-s', 'sample.csv', '--python', 'no-such-python')).rejects.toHaveProperty('message', PYTHON_LACKS);
});
