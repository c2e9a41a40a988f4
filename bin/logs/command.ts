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
      "Prints the latest requests that an endpoint's inference table has, the oldest first: when, how it ended, who answered why, and how long it took. " +
        'Those of the last minutes are on their way there.',
    )
    .argument('<endpoint>', 'its name, or Stack/name where several have it')
    .option('-s, --since <time>', 'from this time on: 2026-01-31T12:00:00Z, or 30m, 12h, 7d ago', sinceOf)
    .option('-e, --entity <name>', 'those of which this served entity answered a record')
    .option('--errors', 'those that were refused or failed')
    .option('-n, --limit <number>', 'how many at most', limitOf, 20)
    .addOption(
      new Option('-f, --format <format>', 'a line a request to read, or all columns as JSON Lines').choices(FORMATS).default('text'),
    );
  return addStoreOptions(command).action((name: string, options: LogsOptions) => logs(name, options));
}

async function logs(name: string, options: LogsOptions): Promise<void> {
  const { app, context } = options;
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app, context });
  try {
    const { files, place } = await openInferenceTable(assembly, name, options);
    if ((await latestVersion(files)) === undefined) {
      throw new UserError(`expected an inference table in ${place}, got: none; the first request makes it, some minutes later`);
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
    throw new InvalidArgumentError('expected a time as 2026-01-31T12:00:00Z, or how long ago as 30m, 12h or 7d');
  }
}
