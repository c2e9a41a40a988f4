import { Command, InvalidArgumentError } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { basename, delimiter, extname, join } from 'node:path';
import { UserError } from '../terminal/user-error';

/** How a model is converted. */
export interface ConvertOptions {
  readonly sample: string;
  readonly target?: string;
  readonly out?: string;
  readonly tolerance?: number;
  readonly python: string;
  /** Whether the files and what to do with them are told by the caller. */
  readonly callerTells?: boolean;
}

/** The Python module that converts; only the user's own Python ever loads a pickle. */
const MODULE = 'cdk_ml_serving_convert';

/** The command that most systems have Python under. */
export const DEFAULT_PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/**
 * `cdk-ml-serving convert`: makes an ONNX file of a model of scikit-learn, XGBoost or LightGBM, and proves it on a sample.
 * @param modules the folder that holds the Python module
 */
export function convertCommand(modules = join(__dirname, '..', 'convert')): Command {
  return new Command('convert')
    .summary('make an ONNX file of a scikit-learn, XGBoost or LightGBM model, and prove it on a sample')
    .description(
      'Converts a model by your own Python, holds the answers of ONNX Runtime against those of the model on every row of the sample, and ' +
        'writes model.onnx, its typed columns as JSON and as code, and cases.json: rows with the answers to expect. Nothing is written ' +
        'where the answers differ by more than the tolerance. A pickle runs code when it is loaded: convert only files that you trust.',
    )
    .argument('<model>', 'a pickle (.pkl, .joblib), an MLflow directory, or a booster of XGBoost (.json, .ubj) or LightGBM (.txt)')
    .requiredOption(
      '-s, --sample <file.csv>',
      'rows as the model gets them: CSV in UTF-8 with a header; best are some hundred of the training',
    )
    .option('-t, --target <column>', 'the column of the sample that the model predicts; it is set aside')
    .option('-o, --out <folder>', 'where the files are written (default: the name of the model with -onnx)')
    .option('--tolerance <number>', 'how far answers may lie apart, relative to their size (default: 1e-4)', toleranceOf)
    .option('--python <command>', 'the Python that the model was trained with', DEFAULT_PYTHON)
    .action(async (model: string, options: ConvertOptions) => {
      process.exitCode = await convertModel(modules, model, options);
    });
}

/**
 * Converts a model by the user's Python, which says on this terminal what it does.
 * @param modules the folder that holds the Python module
 * @returns the status that Python ended with: 0 where the files are written
 * @throws UserError when a file is not there, or no Python
 */
export async function convertModel(modules: string, model: string, options: ConvertOptions): Promise<number> {
  const { sample, python, target, tolerance, callerTells } = options;
  if (!existsSync(model)) throw new UserError(`the model: expected a file or an MLflow directory, got: ${model}, which is not there`);
  if (!statSync(sample, { throwIfNoEntry: false })?.isFile())
    throw new UserError(`--sample: expected a CSV file, got: ${sample}, which is none`);
  const out = options.out ?? `${basename(model, extname(model))}-onnx`;
  if (existsSync(out) && !statSync(out).isDirectory()) throw new UserError(`--out: expected a folder, got: ${out}, which is a file`);
  return runPython(python, modules, [
    ...[`--model=${model}`, `--sample=${sample}`, `--out=${out}`],
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...(tolerance === undefined ? [] : [`--tolerance=${tolerance}`]),
    ...(callerTells === true ? ['--caller-tells'] : []),
  ]);
}

/** Runs the Python program with this terminal; the status that it ends with. */
function runPython(python: string, modules: string, args: readonly string[]): Promise<number> {
  const path = [modules, process.env.PYTHONPATH].filter((part) => part !== undefined && part !== '').join(delimiter);
  return new Promise((ended, failed) => {
    // -B: the package's folder may be read-only, and stays as it was installed
    const child = spawn(python, ['-B', '-m', MODULE, ...args], { stdio: 'inherit', env: { ...process.env, PYTHONPATH: path } });
    child.on('error', (error: NodeJS.ErrnoException) =>
      failed(new UserError(`--python: expected a command that runs Python 3.9 or newer, got: ${python} (${error.code ?? error.message})`)),
    );
    child.on('exit', (status) => ended(status ?? 1));
  });
}

function toleranceOf(text: string): number {
  const tolerance = Number(text);
  if (!(tolerance >= 0 && tolerance < Infinity) || text.trim() === '') throw new InvalidArgumentError('expected a number of at least 0');
  return tolerance;
}
