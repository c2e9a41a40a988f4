import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import type { ColumnSpec, JsonValue } from '../../lib/contract/data-types';
import { defaultValueProblem } from '../../lib/contract/json-values';
import { convertModel } from '../convert/command';
import { exampleValue } from '../dev/example-request';
import { UserError } from '../terminal/user-error';
import type { AppArtifact, AppModel, Copy, RequestRecord } from './app-model';
import { chooseColumns } from './choose-columns';
import { modelName } from './names';
import type * as ReadModel from './read-model';
import { readSample, type Sample } from './sample';

/** The options of `init` about the model. */
export interface GivenModel {
  /** The path of the model; absent for the example model. */
  readonly model?: string;
  readonly sample?: string;
  readonly target?: string;
  /** The Python that converts the model. */
  readonly python: string;
}

/** Loads the code that reads models only when it is needed: aws-cdk-lib is slow to load, and other commands do without it. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const reading = () => require('./read-model') as typeof ReadModel;

/** The files that `convert` writes beside a model. */
const COLUMNS_FILE = 'columns.json';
const CASES_FILE = 'cases.json';

const EXAMPLE_NAME = 'house_price';

/** A model for a new app. Call `dispose` when the app is written. */
export interface OpenedModel {
  readonly model: AppModel;
  /** Removes the temporary files of a conversion. */
  dispose(): void;
}

/**
 * Reads the model for a new app. A model that is neither an ONNX file nor an MLflow directory with one is converted by the user's Python.
 * @param root the absolute path of the app's folder
 * @param assets the package's `assets` folder, which has the example model
 * @throws UserError if the model cannot be served, or if its columns are not known
 */
export async function openModel(given: GivenModel, root: string, assets: string): Promise<OpenedModel> {
  if (given.model === undefined) {
    if (given.sample !== undefined) throw new UserError(`--sample: expected a sample of the model in --model, got: no --model`);
    const file = join(assets, 'init', EXAMPLE_NAME, 'model.onnx');
    return { model: await onnxModel(EXAMPLE_NAME, file, {}, root), dispose: () => undefined };
  }
  if (!existsSync(given.model))
    throw new UserError(`--model: expected a file or an MLflow directory, got: ${given.model}, which does not exist`);
  const { needsConversion } = reading();
  const name = modelName(given.model, root);
  const isDirectory = statSync(given.model).isDirectory();
  if (isDirectory ? needsConversion(given.model) : extname(given.model).toLowerCase() !== '.onnx')
    return converted(name, given, root, assets);
  const model = isDirectory ? await mlflowModel(name, given, root) : await onnxModel(name, given.model, given, root);
  return { model, dispose: () => undefined };
}

async function converted(name: string, { model, sample, target, python }: GivenModel, root: string, assets: string): Promise<OpenedModel> {
  if (sample === undefined && !reading().hasInputExample(model!)) {
    throw new UserError(
      `--sample: expected a CSV or Parquet file with input rows of the model, which the conversion of ${model} needs, got: none`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-init-'));
  const dispose = (): void => rmSync(folder, { recursive: true });
  try {
    const status = await convertModel(join(assets, 'convert'), [model!], {
      sample,
      target,
      python,
      out: join(folder, name),
      callerReports: true,
    });
    if (status !== 0) throw new UserError(`no app was written, because ${model} was not converted (see above)`);
    return { model: await onnxModel(name, join(folder, name, 'model.onnx'), {}, root), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function onnxModel(
  name: string,
  path: string,
  { sample, target }: Pick<GivenModel, 'sample' | 'target'>,
  root: string,
): Promise<AppModel> {
  const { readOnnx } = reading();
  const { tensors, outputs, externalFiles, columns: columnsOf } = readOnnx(path);
  const beside = dirname(resolve(path));
  const recorded = readJson<readonly ColumnSpec[]>(join(beside, COLUMNS_FILE));
  const rows = sample === undefined ? undefined : await readSample(sample);
  const chosen = recorded === undefined ? chooseColumns(path, tensors, rows, target) : { columns: recorded, notes: [] };
  const columns = columnsOf(chosen.columns);
  const cases = readCases(beside);

  const place = placeOf(name, beside, root);
  const file = place.isInside ? basename(path) : 'model.onnx';
  const copies: Copy[] = [
    { from: resolve(path), to: posix.join(place.path, file) },
    ...externalFiles.map((external) => ({ from: external.source as string, to: posix.join(place.path, external.path) })),
    ...(cases === undefined ? [] : [{ from: join(beside, CASES_FILE), to: posix.join(place.path, CASES_FILE) }]),
  ];
  const leftOut =
    outputs === undefined ? [] : [`only these outputs of ${path} are tensors, so only these are answered: ${outputs.join(', ')}`];
  return {
    name,
    artifact: { kind: 'onnx', path: posix.join(place.path, file), columns, ...(outputs !== undefined && { outputs }) },
    ...(cases !== undefined && { cases: posix.join(place.path, CASES_FILE) }),
    request: requestOf(columns, rows, cases?.[0]?.row),
    copies: place.isInside ? [] : copies,
    notes: [...chosen.notes, ...leftOut],
  };
}

async function mlflowModel(name: string, { model, sample }: GivenModel, root: string): Promise<AppModel> {
  const { readMlflow } = reading();
  const { inputs, example } = readMlflow(model!);
  const columns = inputs.flatMap((input) => input.columns);
  const rows = sample === undefined ? undefined : await readSample(sample);
  const place = placeOf(name, resolve(model!), root);
  const artifact: AppArtifact = { kind: 'mlflow', path: place.path };
  const copies = place.isInside ? [] : [{ from: resolve(model!), to: place.path }];
  return { name, artifact, request: requestOf(columns, rows, example), copies, notes: [] };
}

/** The model's path in the app. A model inside the app's folder stays there; another one goes to a folder for the first version. */
function placeOf(name: string, folder: string, root: string): { path: string; isInside: boolean } {
  const path = existsSync(root) ? relative(realpathSync(root), realpathSync(folder)) : '..';
  const isInside = path.split(sep)[0] !== '..' && !isAbsolute(path);
  return isInside ? { path: posix.join(...path.split(sep)), isInside } : { path: `models/${name}/1`, isInside };
}

/** A record for the model: a row of the sample, else the example that came with the model, else made-up values of the columns' types. */
function requestOf(columns: readonly ColumnSpec[], sample: Sample | undefined, example: RequestRecord = {}): RequestRecord {
  if (sample !== undefined) {
    const missing = columns.filter(({ name }) => !sample.columns.some((column) => column.name === name));
    if (missing.length > 0) {
      throw new UserError(
        `${sample.file}: expected the columns of the model, got: no column for ${missing.map(({ name }) => `'${name}'`).join(', ')}`,
      );
    }
    return sample.record(columns);
  }
  return Object.fromEntries(columns.map((column) => [column.name, knownValue(column, example) ?? exampleValue(column.type)]));
}

function knownValue({ name, type, defaultValue }: ColumnSpec, example: RequestRecord): JsonValue | undefined {
  const value = example[name];
  return value !== undefined && value !== null && defaultValueProblem(type, value) === undefined ? value : defaultValue;
}

function readCases(folder: string): readonly { readonly row: RequestRecord }[] | undefined {
  const document = readJson<{ readonly cases?: readonly { readonly row: RequestRecord }[] }>(join(folder, CASES_FILE));
  return Array.isArray(document?.cases) ? document.cases : undefined;
}

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}
