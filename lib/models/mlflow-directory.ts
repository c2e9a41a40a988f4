// A model as MLflow saves it: a directory whose file MLmodel says in YAML what lies beside it
// (https://mlflow.org/docs/latest/ml/model/#storage-format). Only what serving an ONNX model needs is read.
import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, posix, relative, resolve, sep, win32 } from 'node:path';
import { refuse } from '../refuse';
import { MODEL_FILE } from './loaded-model';
import { isLfsPointer } from './onnx-reader';
import { quoted } from './onnx-signature';
import { parseYaml } from './yaml';

/** The file that describes the model. */
const MLMODEL = 'MLmodel';

/** What an MLmodel file says of an ONNX model; what is inside of each part is not checked yet. */
export interface MlflowDirectory {
  /** The MLmodel file, as the user wrote its folder. */
  readonly mlmodel: string;
  /** The ONNX file, likewise. */
  readonly file: string;
  /** Absent where the model was logged without a signature. */
  readonly signature?: YamlMap;
  readonly sessionOptions?: unknown;
  readonly providers?: unknown;
  /** The file of the input example, likewise; absent where there is none. */
  readonly example?: string;
}

/** A mapping of a YAML document. */
export type YamlMap = { readonly [key: string]: unknown };

/** Reads what a directory says of its ONNX model; what is wrong is refused on behalf of `scope`. `path` is as the user wrote it. */
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
        `make one by \`npx cdk-ml-serving convert ${path} --sample <its data>.csv\`, or log it in Python by \`mlflow.onnx.log_model\``,
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

/** What a value is, as errors write it. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return JSON.stringify(value);
}

function readMlmodel(scope: Construct, path: string, mlmodel: string): YamlMap {
  const stop = (got: string) => refuse(scope, `${path}: expected an MLflow model directory, with a file ${MLMODEL}, got: ${got}`);
  if (!existsSync(path)) return stop('nothing at this path, which is relative to the folder that the app runs in');
  if (!statSync(path).isDirectory()) return stop('a file');
  if (!existsSync(mlmodel) || !statSync(mlmodel).isFile()) {
    const files = readdirSync(path).sort();
    return stop(
      files.length === 0 ? 'an empty folder' : `a folder with ${quoted(files.slice(0, 5))}${files.length > 5 ? ' and more' : ''}`,
    );
  }
  const bytes = readFileSync(mlmodel);
  if (isLfsPointer(bytes))
    return refuse(scope, `${mlmodel}: expected YAML, got: a Git LFS pointer in place of the file: run \`git lfs pull\``);
  let content: unknown;
  try {
    content = parseYaml(bytes.toString('utf8'));
  } catch (error) {
    return refuse(scope, `${mlmodel}: expected YAML, got: ${(error as Error).message}`);
  }
  return isMap(content) ? content : refuse(scope, `${mlmodel}: expected a YAML mapping, got: ${kindOf(content)}`);
}

/** The ONNX file: the one that `data` names, or the one in the folder that it names. */
function findModel(scope: Construct, path: string, mlmodel: string, data: unknown): string {
  const where = `${mlmodel}: \`data\` of the flavor onnx`;
  if (typeof data !== 'string' || data === '') return refuse(scope, `${where}: expected the path of the ONNX file, got: ${kindOf(data)}`);
  if (leads(data)) return refuse(scope, `${where}: expected a path inside of the directory, got: ${data}`);
  const named = join(path, data);
  if (!existsSync(named))
    return refuse(
      scope,
      `${where}: expected a file, got: nothing at ${named}; copy the whole directory, as \`mlflow artifacts download\` does`,
    );
  const file = statSync(named).isDirectory() ? findInside(scope, where, named) : named;
  if (relative(realpathSync(path), realpathSync(file)).split(sep)[0] === '..')
    return refuse(scope, `${where}: expected a path inside of the directory, got: ${data}, a link that leads out of it`);
  return file;
}

/** Whether a path leads out of the folder that it is relative to. */
function leads(path: string): boolean {
  return posix.isAbsolute(path) || win32.isAbsolute(path) || path.split(/[/\\]/).includes('..');
}

function findInside(scope: Construct, where: string, folder: string): string {
  const models = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  const [only, ...others] = models.includes(MODEL_FILE) ? [MODEL_FILE] : models;
  if (only === undefined || others.length > 0)
    return refuse(
      scope,
      `${where}: expected ${MODEL_FILE} or a single .onnx file in the folder, got: ${quoted(models.sort()) || 'none'} in ${folder}`,
    );
  return join(folder, only);
}

/** An example that is not there is none: it is a help for callers, and no part of the model. */
function findExample(path: string, info: unknown): Pick<MlflowDirectory, 'example'> {
  if (!isMap(info) || typeof info.artifact_path !== 'string' || leads(info.artifact_path)) return {};
  const file = resolve(path, info.artifact_path);
  return existsSync(file) && statSync(file).isFile() ? { example: file } : {};
}
