import { Command, InvalidArgumentError, Option } from 'commander';
import { columnsOf } from '../../lib/contract/table-columns';
import { InvalidKey, keyDecoder, keyEncoder } from '../../lambda/online/key';
import { Mismatch } from '../../lambda/protocols/mismatch';
import type { OnlineRow } from '../../lambda/online/row';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { openOfflineStore } from '../stores/offline-store';
import { openOnlineStore } from '../stores/online-store';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { readLatestRows } from './latest-rows';
import { readVersion } from './offline-version';
import { onTable } from './on-table';
import { onlineColumns, readOnlineRow, readOnlineRows } from './online-rows';
import { limitOf, timeOf, versionOf } from '../terminal/option-values';
import { cellReader } from '../rows/csv-file';
import { countOf } from '../terminal/quantities';
import { UserError } from '../terminal/user-error';
import { ROW_FORMATS, type Row, type RowFormat, rowsText } from './row-format';

interface TablesQueryOptions extends AppOptions, StoreOptions {
  readonly key?: ReadonlyMap<string, string>;
  readonly version?: number;
  readonly at?: number;
  readonly online?: boolean;
  readonly limit: number;
  readonly format: RowFormat;
}

interface Found {
  readonly columns: readonly ColumnSpec[];
  readonly rows: readonly Row[];
  /** Remarks about the rows. */
  readonly notes: readonly string[];
}

/** `cdk-ml-serving tables query`: prints rows of a feature table. */
export function tablesQueryCommand(): Command {
  const command = new Command('query')
    .summary('print the latest rows of a feature table')
    .description(
      'Prints the latest row of each key, or of one key, from the offline store of a feature table, at the latest version or an earlier one. ' +
        'With --online, prints rows of the online store; their column _v is the version of the offline store that the row came from.',
    )
    .argument('<feature table>', 'its name, or Stack/name if several stacks have it')
    .option('-k, --key <column=value>', 'print the row of this key; repeat it for a key of several columns', gatherKey)
    .addOption(new Option('--version <number>', 'read the offline store at this version').argParser(versionOf).conflicts(['at', 'online']))
    .addOption(new Option('--at <time>', 'read the offline store at this time').argParser(timeOf).conflicts('online'))
    .option('--online', 'read the online store')
    .option('-n, --limit <number>', 'the largest number of rows to print', limitOf, 20)
    .addOption(new Option('-f, --format <format>', 'how to print rows').choices(ROW_FORMATS).default('table'));
  return addStoreOptions(command).action((name: string, options: TablesQueryOptions) =>
    onTable(name, options, async (table) => print(options.format, await query(table, options))),
  );
}

async function query(table: StackFeatureTable, options: TablesQueryOptions): Promise<Found> {
  const key = options.key && keyOf(table.spec, options.key);
  return options.online ? queryOnline(table, key, options) : queryOffline(table, key, options);
}

async function queryOnline(table: StackFeatureTable, key: string | undefined, options: TablesQueryOptions): Promise<Found> {
  const online = await openOnlineStore(table, options);
  const columns = onlineColumns(table.spec);
  if (key === undefined) return { columns, rows: await readOnlineRows(online, table.spec, options.limit), notes: [] };
  const row = await readOnlineRow(online, table.spec, key);
  return { columns, rows: row === undefined ? [] : [row], notes: [] };
}

async function queryOffline(table: StackFeatureTable, key: string | undefined, options: TablesQueryOptions): Promise<Found> {
  const store = await openOfflineStore(table, options);
  const snapshot = await readVersion(store, options);
  const { rows, rejected, isCut } = await readLatestRows(store.files, snapshot, table.spec, { key, limit: options.limit });
  return {
    columns: columnsOf(table.spec),
    rows: rows.map((row) => rowOf(table.spec, row)),
    notes: [
      ...(isCut ? ['there are more keys; print more with --limit'] : []),
      ...(rejected > 0 ? [`${countOf(rejected, 'row')} rejected, because they do not fit the feature table`] : []),
    ],
  };
}

function rowOf({ primaryKey, timestampKey }: TableSpec, { key, eventTime, features }: OnlineRow): Row {
  return [...keyDecoder(primaryKey)(key), ...(timestampKey === undefined ? [] : [eventTime]), ...features];
}

function print(format: RowFormat, { columns, rows, notes }: Found): void {
  if (rows.length > 0) process.stdout.write(`${rowsText(format, columns, rows)}\n`);
  else process.stderr.write('no rows\n');
  for (const line of notes) process.stderr.write(`${line}\n`);
}

/** Collects the values of an option `--key <column=value>` that may be repeated. */
function gatherKey(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, column, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (column === undefined || value === undefined) throw new InvalidArgumentError('expected <column>=<value>');
  return new Map([...before, [column, value]]);
}

/**
 * Makes a key from the values of its columns, each written as in a cell of a CSV file.
 * @returns the key as `keyEncoder` makes it
 * @throws UserError if a column is missing, is not part of the key, or has a value of another type
 */
function keyOf({ name, primaryKey }: TableSpec, values: ReadonlyMap<string, string>): string {
  const columns = primaryKey.map((column) => column.name);
  const given = [...values.keys()];
  if (given.length !== columns.length || columns.some((column) => !values.has(column))) {
    throw new UserError(`--key: expected ${columns.map((column) => `'${column}'`).join(' and ')} of ${name}, got: ${given.join(', ')}`);
  }
  try {
    return keyEncoder(primaryKey)(primaryKey.map((column) => partOf(column, values.get(column.name)!)));
  } catch (error) {
    if (!(error instanceof InvalidKey)) throw error;
    throw new UserError(`--key: ${error.message}`, { cause: error });
  }
}

function partOf({ name, type }: ColumnSpec, cell: string): unknown {
  try {
    return cellReader(type)(cell);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new InvalidKey(name, error.expected, error.got);
  }
}
