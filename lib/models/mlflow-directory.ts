// The model directories of MLflow, which the YAML file MLmodel describes (https://mlflow.org/docs/latest/ml/model/#storage-format). Only
// the parts that an ONNX model needs are read.
import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, posix, relative, resolve, sep, win32 } from 'node:path';
import { refuse } from '../refuse';
import { MODEL_FILE } from './loaded-model';
import { isLfsPointer } from './onnx-reader';
import { parseYaml } from './yaml';
import { namesText } from '../contract/finding';

/** The name of the file that describes the model. */
const MLMODEL = 'MLmodel';

/** The parts of an MLmodel file that concern an ONNX model, before their content is checked. */
export interface MlflowDirectory {
  /** The path of the MLmodel file. */
  readonly mlmodel: string;
  /** The path of the ONNX file. */
  readonly file: string;
  /** The signature; absent if the model was logged without one. */
  readonly signature?: YamlMap;
  readonly sessionOptions?: unknown;
  readonly providers?: unknown;
  /** The path of the input example; absent if there is none. */
  readonly example?: string;
}

/** A mapping of a YAML document. */
export type YamlMap = { readonly [key: string]: unknown };

/** Reads the MLmodel file of a directory. @throws Error with the path of `scope` if the directory has no valid ONNX model */
export function readMlflowDirectory(scope: Construct, path: string): MlflowDirectory {
  if (Token.isUnresolved(path)) refuse(scope, 'the path of an MLflow model directory must be a literal, got: a token');
  const mlmodel = join(path, MLMODEL);
  const content = readMlmodel(scope, path, mlmodel);
  const { flavors, signature, saved_input_example_info: example } = content;
  if (!isMap(flavors)) refuse(scope, `${mlmodel}: expected the model's \`flavors\`, got: ${kindOf(flavors)}`);
  const { onnx } = flavors;
  if (!isMap(onnx)) {
    refuse(
      scope,
      `${mlmodel}: expected the flavor onnx, got: ${Object.keys(flavors).join(', ') || 'no flavor'}; ` +
        `run \`npx cdk-ml-serving convert ${path} --sample <its data>.csv\`, or log the model in Python with \`mlflow.onnx.log_model\``,
    );
  }
  if (signature !== undefined && signature !== null && !isMap(signature))
    refuse(scope, `${mlmodel}: expected inputs, outputs and params in \`signature\`, got: ${kindOf(signature)}`);
  return {
    mlmodel,
    file: findModel(scope, path, mlmodel, onnx.data ?? MODEL_FILE),
    ...(isMap(signature) && { signature }),
    sessionOptions: onnx.onnx_session_options,
    providers: onnx.providers,
    ...findExample(path, example),
  };
}

/** Whether a value is a mapping. */
export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Formats a value for an error: scalars as JSON, others by their kind. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return JSON.stringify(value);
}

function readMlmodel(scope: Construct, path: string, mlmodel: string): YamlMap {
  const stop = (got: string) => refuse(scope, `${path}: expected an MLflow model directory, with a file ${MLMODEL}, got: ${got}`);
  if (!existsSync(path)) return stop('no directory at this path, which is relative to the working folder of the app');
  if (!statSync(path).isDirectory()) return stop('a file');
  if (!existsSync(mlmodel) || !statSync(mlmodel).isFile()) {
    const files = readdirSync(path).sort();
    return stop(
      files.length === 0 ? 'an empty folder' : `a folder with ${namesText(files.slice(0, 5))}${files.length > 5 ? ' and more' : ''}`,
    );
  }
  const bytes = readFileSync(mlmodel);
  if (isLfsPointer(bytes)) return refuse(scope, `${mlmodel}: expected YAML, got: a Git LFS pointer; run \`git lfs pull\``);
  let content: unknown;
  try {
    content = parseYaml(bytes.toString('utf8'));
  } catch (error) {
    return refuse(scope, `${mlmodel}: expected YAML, got: ${(error as Error).message}`);
  }
  return isMap(content) ? content : refuse(scope, `${mlmodel}: expected a YAML mapping, got: ${kindOf(content)}`);
}

/** Returns the ONNX file. `data` names the file or its folder. */
function findModel(scope: Construct, path: string, mlmodel: string, data: unknown): string {
  const where = `${mlmodel}: \`data\` of the flavor onnx`;
  if (typeof data !== 'string' || data === '') return refuse(scope, `${where}: expected the path of the ONNX file, got: ${kindOf(data)}`);
  if (leavesFolder(data)) return refuse(scope, `${where}: expected a path inside of the directory, got: ${data}`);
  const named = join(path, data);
  if (!existsSync(named))
    return refuse(
      scope,
      `${where}: expected an existing file, got: ${named}; copy the whole directory, as \`mlflow artifacts download\` does`,
    );
  const file = statSync(named).isDirectory() ? findInside(scope, where, named) : named;
  if (relative(realpathSync(path), realpathSync(file)).split(sep)[0] === '..')
    return refuse(scope, `${where}: expected a path inside of the directory, got: ${data}, a symbolic link to a file outside of it`);
  return file;
}

/** Whether a relative path may leave its folder. */
function leavesFolder(path: string): boolean {
  return posix.isAbsolute(path) || win32.isAbsolute(path) || path.split(/[/\\]/).includes('..');
}

function findInside(scope: Construct, where: string, folder: string): string {
  const models = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  const [only, ...others] = models.includes(MODEL_FILE) ? [MODEL_FILE] : models;
  if (only === undefined || others.length > 0)
    return refuse(
      scope,
      `${where}: expected ${MODEL_FILE} or a single .onnx file in the folder, got: ${namesText(models.sort())} in ${folder}`,
    );
  return join(folder, only);
}

/** Finds the input example. A missing file is no error, because the example only helps callers. */
function findExample(path: string, info: unknown): Pick<MlflowDirectory, 'example'> {
  if (!isMap(info) || typeof info.artifact_path !== 'string' || leavesFolder(info.artifact_path)) return {};
  const file = resolve(path, info.artifact_path);
  return existsSync(file) && statSync(file).isFile() ? { example: file } : {};
}
