import { Command, InvalidArgumentError } from 'commander';
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';
import { leftOutLines, reportRejections } from '../rows/rejection';
import type { AppOptions } from '../app/app-settings';
import { runtimeModules } from '../functions/runtime-modules';
import { findEntity } from '../app/endpoints';
import { openSource } from '../rows/input-source';
import { ProgressBar } from '../terminal/progress-bar';
import { checkApart, openOutput } from '../rows/output';
import { tableOutput } from '../rows/table-output';
import { beginRun, type Scoring } from './begin-run';
import { modelPath, servedModel } from './model-path';
import { runScore } from './run-score';
import { namedTable } from './score-tables';
import { asUserError } from '../stores/store-error';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { qualifiedName } from '../app/find-table';
import { synthesize } from '../app/synthesize';
import { UserError } from '../terminal/user-error';

interface ScoreCommandOptions extends AppOptions, StoreOptions {
  readonly input: string;
  readonly output: string;
  readonly workers: number;
}

/** `cdk-ml-serving score`: what an endpoint would answer to each row of a file or table. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .summary('score the rows of a file or a feature table')
    .description(
      'Scores each row of an input with the model of an endpoint, by the code that serves it, and writes the predictions beside the columns of ' +
        'the input. Features are looked up in the offline stores, else in the online stores. A run that was interrupted goes on where it ' +
        'stopped. Rows that serving would refuse are listed and written to a file beside the output; then the exit code is 1.',
    )
    .argument('<endpoint>', 'the endpoint whose model scores, or <endpoint>/<served entity>')
    .requiredOption(
      '--input <file or table>',
      'a .csv, .jsonl, .ndjson or .parquet file, the folder of a Delta Lake table, or a feature table: the latest row of each key',
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
    const endpoint = findEntity(assembly, name);
    const entity = servedModel(endpoint);
    const table = namedTable(assembly, options.output);
    const scoring: Scoring = {
      assembly,
      endpoint,
      entity,
      input: namedTable(assembly, options.input) ?? options.input,
      output: table === undefined ? openOutput(options.output) : tableOutput(table, options),
      table,
      options,
      clock: Date.now(),
    };
    checkApart(placeOf(scoring.input), scoring.output, table && placeOf(table));
    const { lines, isWhole, rejected, source } = await runScore({
      identity: identityOf(scoring),
      code: { folder: endpoint.folder, spec: endpoint.spec, model: modelPath(endpoint, entity.model, appFolder) },
      begin: () => beginRun(scoring),
      output: scoring.output,
      host: { script: join(__dirname, 'score-worker.js'), modules: modules.folders, workers: options.workers },
      progress: (share) => bar.show(share),
    });
    bar.clear();
    const input = await openSource(source);
    process.stdout.write(`${[...lines, ...leftOutLines(input), ...reportRejections(rejected, input, scoring.output.path)].join('\n')}\n`);
    if (!isWhole || rejected.length > 0) process.exitCode = 1;
  } catch (error) {
    bar.clear();
    throw asUserError(error);
  } finally {
    dispose();
  }
}

/** Of a file its path, of a feature table its name. */
function placeOf(input: Scoring['input']): string {
  return typeof input === 'string' ? resolve(input) : qualifiedName(input);
}

/** What must be the same for a run to go on: the code that scores, the input as it was, and where the output goes. */
function identityOf({ endpoint, input, output, options }: Scoring): JsonValue {
  const { stack, folder, spec } = endpoint;
  const stat = typeof input === 'string' ? statSync(input, { throwIfNoEntry: false }) : undefined;
  return [
    [stack.displayName, spec.endpointName, spec.servedEntities[0]!.name, basename(folder)],
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
