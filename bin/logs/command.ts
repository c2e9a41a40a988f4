import { Command, InvalidArgumentError, Option } from 'commander';
import type { AppOptions } from '../app/app-settings';
import { latestVersion } from '../../lambda/delta/log-segment';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { openInferenceTable } from '../stores/inference-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { jsonLine, textLine } from './line-text';
import { readRequests, type RequestsQuery } from './read-requests';
import { synthesize } from '../app/synthesize';
import { limitOf, timeOf } from '../terminal/option-values';
import { asUserError, UserError, withErrorPrefix } from '../terminal/user-error';

const FORMATS = ['text', 'jsonl'] as const;

interface LogsOptions extends AppOptions, StoreOptions, RequestsQuery {
  readonly format: (typeof FORMATS)[number];
}

/** `cdk-ml-serving logs`: prints the latest requests of an endpoint from its inference table. */
export function logsCommand(): Command {
  const command = new Command('logs')
    .summary('print the latest requests of an endpoint')
    .description(
      "Prints the latest requests in an endpoint's inference table, the oldest first: time, status, served entities and why they were assigned, " +
        'duration. A request appears in the table some minutes after its answer.',
    )
    .argument('<endpoint>', 'the name of the endpoint, or Stack/name if several stacks have one of this name')
    .option('-s, --since <time>', 'only requests since a time (2026-01-31T12:00:00Z), or since 30m, 12h or 7d ago', sinceOf)
    .option('-e, --entity <name>', 'only requests of which this served entity answered a record')
    .option('--errors', 'only requests that were refused or failed')
    .option('-n, --limit <number>', 'the largest number of requests', limitOf, 20)
    .addOption(
      new Option('-f, --format <format>', 'one readable line a request, or all columns as JSON Lines').choices(FORMATS).default('text'),
    );
  return addStoreOptions(command).action((name: string, options: LogsOptions) => logs(name, options));
}

async function logs(name: string, options: LogsOptions): Promise<void> {
  const { app, context } = options;
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app, context });
  try {
    const { files, place } = await openInferenceTable(assembly, name, options);
    if ((await latestVersion(files)) === undefined) {
      throw new UserError(
        `expected an inference table in ${place}, got: none; send a request and wait some minutes, because the first request makes the table`,
      );
    }
    const rows = await withErrorPrefix(place, async () => readRequests(files, await readSnapshot(files), options));
    const line = options.format === 'jsonl' ? jsonLine : textLine;
    if (rows.length === 0) process.stderr.write('no requests\n');
    else process.stdout.write(`${rows.map(line).join('\n')}\n`);
  } catch (error) {
    throw asUserError(error);
  } finally {
    dispose();
  }
}

const UNITS: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Date.now() - Number(count) * UNITS[unit]!;
  try {
    return timeOf(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError('expected a time such as 2026-01-31T12:00:00Z, or an age such as 30m, 12h or 7d');
  }
}
