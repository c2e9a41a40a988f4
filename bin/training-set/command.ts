import { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { offlineLookups } from '../../lambda/lookups/offline-lookups';
import { makeFeaturePlan } from '../../lambda/serving/make-plan';
import type { AppOptions } from '../app/app-settings';
import { type AppEndpoint, findEntity, logicalBindings, moduleLoader } from '../app/endpoints';
import { synthesize } from '../app/synthesize';
import { openRows } from '../rows/open-rows';
import { checkApart, openOutput } from '../rows/output';
import { changedColumnLines, reportRejected } from '../rows/rejected-rows';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { ProgressBar } from '../terminal/progress-bar';
import { asUserError } from '../terminal/user-error';
import { historyTables } from './history-tables';
import { makeTrainingSet } from './make-training-set';

interface TrainingSetCommandOptions extends AppOptions, StoreOptions {
  readonly spec: string;
  readonly labels: string;
  readonly output: string;
  readonly time?: string;
  readonly asKnown?: boolean;
}

/** `cdk-ml-serving training-set`: joins features to labels, as serving would have known them at the time of each label. */
export function trainingSetCommand(): Command {
  const command = new Command('training-set')
    .summary('join features to labels, as they were at the time of each label')
    .description(
      "Joins to each label the features of an endpoint as the online store would have had them at the label's time. They come from the offline " +
        'store: the latest row at or before the time, with the ages, defaults and functions of serving. Rows that the endpoint would refuse are ' +
        'rejected: they are printed and written to a file beside the output, and the exit code is 1.',
    )
    .requiredOption(
      '--spec <endpoint>',
      'the endpoint whose features are joined, or <endpoint>/<served entity> if its served entities have other features',
    )
    .requiredOption('--labels <file>', 'a .csv, .jsonl, .ndjson or .parquet file, or the folder of a Delta Lake table')
    .option('--time <column>', "the column with the labels' times (default: the column named like a table's timestamp key)")
    .option('--as-known', 'use a row only if it was committed at or before the label: serving did not have it earlier')
    .requiredOption('--output <file>', 'a .csv, .jsonl, .ndjson or .parquet file, or a folder for a Delta Lake table');
  return addStoreOptions(command).action((options: TrainingSetCommandOptions) => trainingSet(options));
}

async function trainingSet(options: TrainingSetCommandOptions): Promise<void> {
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app: options.app, context: options.context });
  const bar = new ProgressBar('training set', process.stderr);
  try {
    const endpoint = findEntity(assembly, options.spec, haveSameFeatures);
    const output = openOutput(options.output);
    checkApart(resolve(options.labels), output);
    const labels = await openRows(options.labels, output.format.kind !== 'csv');
    const plan = planOf(endpoint);
    const tables = await historyTables(assembly, endpoint, plan, options.asKnown ?? false, options);
    const { lines, rejected } = await makeTrainingSet({
      plan,
      spec: endpoint.spec,
      labels,
      time: options.time,
      lookups: tables.size > 0 ? offlineLookups(tables) : undefined,
      output,
      runId: randomUUID(),
      now: Date.now,
      progress: (share) => bar.show(share),
    });
    bar.clear();
    process.stdout.write(`${[...lines, ...changedColumnLines(labels), ...reportRejected(rejected, labels, output.path)].join('\n')}\n`);
    if (rejected.length > 0) process.exitCode = 1;
  } catch (error) {
    bar.clear();
    throw asUserError(error);
  } finally {
    dispose();
  }
}

function planOf({ spec, folder }: AppEndpoint): ReturnType<typeof makeFeaturePlan> {
  return makeFeaturePlan(spec, logicalBindings(spec), moduleLoader(folder));
}

/** Whether two served entities make the same training set: they join the same columns, and refuse the same rows. */
function haveSameFeatures(first: AppEndpoint, other: AppEndpoint): boolean {
  const [one, two] = [first, other].map((endpoint) => {
    const { lookups, functions, exclude, ownColumns } = endpoint.spec.servedEntities[0]!.features;
    const { columns, answer, reading } = planOf(endpoint);
    const isNullable = columns.map(({ name, mayBeNull }) => [name, mayBeNull]);
    const required = reading.request.needed.map((column) => [column.name, column.required]);
    return JSON.stringify([lookups, functions, exclude, ownColumns, isNullable, required, answer.columns.map(({ name }) => name)]);
  });
  return one === two;
}
