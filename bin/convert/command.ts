import { Command, InvalidArgumentError } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { basename, delimiter, extname, join } from 'node:path';
import { UserError } from '../terminal/user-error';

/** The options of a conversion. */
export interface ConvertOptions {
  /** A CSV or Parquet file. @default - the input example of an MLflow directory */
  readonly sample?: string;
  readonly target?: string;
  readonly out?: string;
  readonly tolerance?: number;
  readonly python: string;
  /** Whether the caller, and not the Python program, says which files were written and what to do next. */
  readonly callerReports?: boolean;
  /** The longest time that a step may take, in seconds. */
  readonly timeLimit?: number;
}

/** The Python module that converts models. Only the user's own Python loads a pickle. */
const MODULE = 'cdk_ml_serving_convert';

/** The usual command of Python on this platform. */
export const DEFAULT_PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/**
 * `cdk-ml-serving convert`: converts a scikit-learn, XGBoost or LightGBM model to ONNX and proves the result on a sample.
 * @param modules the folder of the Python module
 */
export function convertCommand(modules = join(__dirname, '..', 'convert')): Command {
  return new Command('convert')
    .summary('convert a scikit-learn, XGBoost or LightGBM model to ONNX, and prove it on a sample')
    .description(
      'Converts a model with your own Python, compares the answers of ONNX Runtime with those of the model on every row of the sample and ' +
        'on probe rows made from the model, and writes model.onnx, its typed columns as JSON and as code, and cases.json: rows with their ' +
        'expected answers. Nothing is written if the answers differ by more than the tolerance. Several files are an encoder and its model. ' +
        'A pickle runs code when it is loaded: convert only files that you trust.',
    )
    .argument('<models...>', 'a pickle (.pkl, .joblib), an MLflow directory, or an XGBoost (.json, .ubj) or LightGBM (.txt) booster')
    .option(
      '-s, --sample <file>',
      'input rows of the model: UTF-8 CSV with a header, or Parquet; best a few hundred rows of the training data (default: the input ' +
        'example of an MLflow directory)',
    )
    .option('-t, --target <column>', 'the column of the sample that the model predicts; it is not an input')
    .option('-o, --out <folder>', 'the folder for the files (default: the name of the model with -onnx)')
    .option('--tolerance <number>', 'the largest difference between answers, relative to their size (default: 1e-4)', toleranceOf)
    .option('--time-limit <seconds>', 'the longest time that a step may take (default: 600)', secondsOf)
    .option('--python <command>', 'the Python in which the model was trained', DEFAULT_PYTHON)
    .action(async (models: string[], options: ConvertOptions) => {
      process.exitCode = await convertModel(modules, models, options);
    });
}

/**
 * Converts a model with the user's Python, which reports on this terminal.
 * @param modules the folder of the Python module
 * @param models the file of the model, or its parts in their order, the model last
 * @returns Python's exit status: 0 if the files are written
 * @throws UserError if a file or Python is not found
 */
export async function convertModel(modules: string, models: readonly string[], options: ConvertOptions): Promise<number> {
  const { sample, python, target, tolerance, timeLimit, callerReports } = options;
  for (const model of models)
    if (!existsSync(model)) throw new UserError(`the model: expected a file or an MLflow directory, got: ${model}, which does not exist`);
  const model = models.at(-1)!;
  if (sample === undefined && !statSync(model).isDirectory())
    throw new UserError(`--sample: expected a CSV or Parquet file with input rows of ${model}, got: none`);
  if (sample !== undefined && !statSync(sample, { throwIfNoEntry: false })?.isFile())
    throw new UserError(`--sample: expected a CSV or Parquet file, got: ${sample}, which is not a file`);
  const out = options.out ?? `${basename(model, extname(model))}-onnx`;
  if (existsSync(out) && !statSync(out).isDirectory()) throw new UserError(`--out: expected a folder, got: ${out}, which is a file`);
  return runPython(python, modules, [
    ...models.map((path) => `--model=${path}`),
    ...(sample === undefined ? [] : [`--sample=${sample}`]),
    `--out=${out}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...(tolerance === undefined ? [] : [`--tolerance=${tolerance}`]),
    ...(timeLimit === undefined ? [] : [`--time-limit=${timeLimit}`]),
    ...(callerReports === true ? ['--caller-reports'] : []),
  ]);
}

/** Runs the Python program on this terminal. @returns its exit status */
function runPython(python: string, modules: string, args: readonly string[]): Promise<number> {
  const path = [modules, process.env.PYTHONPATH].filter((part) => part !== undefined && part !== '').join(delimiter);
  return new Promise((ended, failed) => {
    // -B: write no bytecode, because the package's folder may be read-only
    const child = spawn(python, ['-B', '-m', MODULE, ...args], { stdio: 'inherit', env: { ...process.env, PYTHONPATH: path } });
    child.on('error', (error: NodeJS.ErrnoException) =>
      failed(new UserError(`--python: expected a command that runs Python 3.9 or newer, got: ${python} (${error.code ?? error.message})`)),
    );
    child.on('exit', (status) => ended(status ?? 1));
  });
}

function toleranceOf(text: string): number {
  const tolerance = Number(text);
  if (!(tolerance >= 0 && tolerance < Infinity) || text.trim() === '') throw new InvalidArgumentError('expected a number of 0 or more');
  return tolerance;
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds < Infinity)) throw new InvalidArgumentError('expected a number above 0');
  return seconds;
}
