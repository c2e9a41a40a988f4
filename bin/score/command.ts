import { Command, InvalidArgumentError } from 'commander';
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';
import type { ModelEntitySpec, ModelSpec } from '../../lib/contract/endpoint-spec';
import type { AppOptions } from '../app/app-settings';
import { type CloudAssembly, featureTablesOf, modelCopiesOf, type StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, findEntity, findSplit } from '../app/endpoints';
import { findTable, qualifiedName } from '../app/find-table';
import { synthesize } from '../app/synthesize';
import { runtimeModules } from '../functions/runtime-modules';
import { openSource } from '../rows/open-rows';
import { checkApart, openOutput } from '../rows/output';
import { changedColumnLines, reportRejected } from '../rows/rejected-rows';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { ProgressBar } from '../terminal/progress-bar';
import { asUserError, UserError } from '../terminal/user-error';
import { prepareRun, type Scoring } from './prepare-run';
import { runScore } from './run-score';
import { tableOutput } from './table-output';

interface ScoreCommandOptions extends AppOptions, StoreOptions {
  readonly input: string;
  readonly output: string;
  readonly workers: number;
}

/** `cdk-ml-serving score`: writes the answers of an endpoint for each row of a file or table. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .summary('score the rows of a file or a feature table')
    .description(
      'Scores each row of an input with the model of an endpoint, with the same code as serving, and writes the columns of the input and ' +
        'the predictions. Features are looked up in the offline stores, or online for tables without one. A run that was interrupted continues ' +
        'where it stopped. Rows that the endpoint would refuse are rejected: they are printed and written to a file beside the output, and the ' +
        'exit code is 1.',
    )
    .argument(
      '<endpoint>',
      'the endpoint whose model scores, or <endpoint>/<served entity>; with a split, each row is scored by the entity that the split gives it',
    )
    .requiredOption(
      '--input <file or table>',
      'a .csv, .jsonl, .ndjson or .parquet file, the folder of a Delta Lake table, or a feature table, whose latest row of each key is scored',
    )
    .requiredOption(
      '--output <file or table>',
      'a .csv, .jsonl, .ndjson or .parquet file, a folder for a Delta Lake table, or a feature table, whose rows are replaced by key',
    )
    .option('--workers <number>', 'how many processes score', workersOf, availableParallelism());
  return addStoreOptions(command).action((endpoint: string, options: ScoreCommandOptions) => score(endpoint, options));
}

async function score(name: string, options: ScoreCommandOptions): Promise<void> {
  const appFolder = process.cwd();
  const modules = runtimeModules({ platform: process.platform, arch: process.arch, assets: join(__dirname, '..'), appFolder });
  if (modules.advice !== undefined) throw new UserError(modules.advice);
  const { assembly, dispose } = await synthesize({ folder: appFolder, app: options.app, context: options.context });
  const bar = new ProgressBar('scored', process.stderr);
  try {
    const endpoint = findSplit(assembly, name) ?? findEntity(assembly, name);
    const entities = servedModels(endpoint);
    const table = namedTable(assembly, options.output);
    const scoring: Scoring = {
      assembly,
      endpoint,
      entities,
      input: namedTable(assembly, options.input) ?? options.input,
      output: table === undefined ? openOutput(options.output) : tableOutput(table, options),
      table,
      options,
      clock: Date.now(),
    };
    checkApart(placeOf(scoring.input), scoring.output, table && placeOf(table));
    const { lines, isWhole, rejected, source } = await runScore({
      identity: identityOf(scoring),
      code: {
        folder: endpoint.folder,
        spec: endpoint.spec,
        models: entities.map(({ model }) => modelPath(endpoint, model, appFolder)),
      },
      prepare: () => prepareRun(scoring),
      output: scoring.output,
      host: { script: join(__dirname, 'score-worker.js'), modules: modules.folders, workers: options.workers },
      progress: (share) => bar.show(share),
    });
    bar.clear();
    const input = await openSource(source);
    process.stdout.write(
      `${[...lines, ...changedColumnLines(input), ...reportRejected(rejected, input, scoring.output.path)].join('\n')}\n`,
    );
    if (!isWhole || rejected.length > 0) process.exitCode = 1;
  } catch (error) {
    bar.clear();
    throw asUserError(error);
  } finally {
    dispose();
  }
}

/** Finds the feature table that an input or output names; undefined if it is a path. */
function namedTable(assembly: CloudAssembly, name: string): StackFeatureTable | undefined {
  const isNamed = featureTablesOf(assembly).some((table) => table.spec.name === name || qualifiedName(table) === name);
  return isNamed && extname(name) === '' ? findTable(assembly, name) : undefined;
}

/** Returns the path of a file, or the full name of a feature table. */
function placeOf(input: Scoring['input']): string {
  return typeof input === 'string' ? resolve(input) : qualifiedName(input);
}

/** A run continues an interrupted run only with the same code, input, output and stores. */
function identityOf({ endpoint, input, output, options }: Scoring): JsonValue {
  const { stack, folder, spec } = endpoint;
  const stat = typeof input === 'string' ? statSync(input, { throwIfNoEntry: false }) : undefined;
  return [
    [stack.displayName, spec.endpointName, ...spec.servedEntities.map(({ name }) => name), basename(folder)],
    typeof input === 'string' ? [resolve(input), stat?.size ?? -1, stat?.mtimeMs ?? -1] : [qualifiedName(input)],
    [output.path, output.format.kind],
    [options.local ?? false, options.region ?? '', options.profile ?? ''],
  ];
}

function workersOf(text: string): number {
  const workers = Number(text);
  if (!/^\d+$/.test(text) || workers < 1 || workers > 256) throw new InvalidArgumentError('expected a number from 1 to 256');
  return workers;
}

/** Returns the models that an endpoint serves. @throws UserError if it serves features */
function servedModels({ spec }: AppEndpoint): ModelEntitySpec[] {
  return spec.servedEntities.map((entity) => {
    if (entity.kind === 'model') return entity;
    throw new UserError(`expected an endpoint that serves a model, got: ${spec.endpointName}/${entity.name}, which serves features`);
  });
}

/**
 * Returns the path of a model: in the serving function's code or, for a model in S3, the copy that the app read its signature from.
 * @throws UserError if there is no copy
 */
function modelPath({ folder, resource }: AppEndpoint, { scorer, modelName, version }: ModelSpec, appFolder: string): string {
  if (scorer.kind === 'file') return join(folder, scorer.file);
  const copy = modelCopiesOf(resource)?.[scorer.sha256];
  if (copy !== undefined && existsSync(resolve(appFolder, copy))) return resolve(appFolder, copy);
  throw new UserError(
    `expected a copy of model ${modelName} version ${version}, which is in S3 as ${scorer.key}, got: none; ` +
      'read its signature from a copy of it (SignatureSource.fromOnnx)',
  );
}
