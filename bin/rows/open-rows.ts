import { existsSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import type { ColumnSpec } from '../../lib/contract/data-types';
import { LOG_FOLDER } from '../../lambda/delta/log-path';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { type OfflinePlace, placeText } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import type { AwsOptions } from '../stores/store-options';
import { UserError, withErrorPrefix } from '../terminal/user-error';
import { CSV_FILE } from './csv-file';
import { JSON_LINES_FILE } from './json-lines-file';
import type { Rows } from './rows';
import type { TextFormat } from './text-format';
import { inferTypes, type InferredColumn, textRows } from './text-rows';
import { deltaRows, openParquet } from './typed-rows';

/** Where rows are. It is plain data, so it can be sent to another process. */
export type RowsSource =
  | { readonly kind: TextFormat['kind']; readonly path: string; readonly columns: readonly InferredColumn[] }
  | { readonly kind: 'parquet'; readonly path: string }
  | DeltaSource;

/** A version of a Delta Lake table. */
export interface DeltaSource {
  readonly kind: 'delta';
  /** The name in messages. */
  readonly name: string;
  readonly place: OfflinePlace;
  readonly settings: AwsOptions;
  readonly version: number;
  /** @default - all columns */
  readonly columns?: readonly string[];
  /** The primary key, if it is the Delta Lake table of a feature table. */
  readonly primaryKey?: readonly ColumnSpec[];
}

/**
 * Finds rows by their path: a file that ends in .csv, .jsonl, .ndjson or .parquet, or the folder of a Delta Lake table.
 * @param inferred whether the types of a text file's columns are inferred from the values; if not, all columns are strings
 * @throws UserError if there is no such file or folder
 */
export async function findRows(path: string, inferred: boolean): Promise<RowsSource> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UserError(`expected a file, got: ${path}, which does not exist`);
  if (stat.isDirectory()) {
    if (existsSync(join(path, LOG_FOLDER))) return deltaSource(basename(path), { kind: 'folder', folder: resolve(path) }, {});
    throw new UserError(`expected a file, or the folder of a Delta Lake table, got: ${path}, which has no ${LOG_FOLDER}`);
  }
  if (!stat.isFile()) throw new UserError(`expected a regular file, got: ${path}, which is a device or a pipe; write its rows to a file`);
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return textSource(path, CSV_FILE, inferred);
    case '.jsonl':
    case '.ndjson':
      return textSource(path, JSON_LINES_FILE, inferred);
    case '.parquet':
      return { kind: 'parquet', path: resolve(path) };
    default:
      throw new UserError(`expected a file that ends in .csv, .jsonl, .ndjson or .parquet, got: ${basename(path)}`);
  }
}

async function textSource(path: string, format: TextFormat, inferred: boolean): Promise<RowsSource> {
  const names = await format.columnNames(path);
  const columns = inferred ? await inferTypes(path, format, names) : names.map((name) => ({ name, type: 'string' as const }));
  return { kind: format.kind, path: resolve(path), columns };
}

/** The latest version of a Delta Lake table. @throws UserError if it cannot be read */
export async function deltaSource(name: string, place: OfflinePlace, settings: AwsOptions): Promise<DeltaSource> {
  const { version } = await withErrorPrefix(placeText(place), () => readSnapshot(openPlace(place, settings)));
  return { kind: 'delta', name, place, settings, version };
}

/** Opens the rows of a source. @throws UserError if they cannot be read */
export async function openSource(source: RowsSource): Promise<Rows> {
  switch (source.kind) {
    case 'csv':
      return textRows(source.path, CSV_FILE, source.columns);
    case 'json lines':
      return textRows(source.path, JSON_LINES_FILE, source.columns);
    case 'parquet':
      return openParquet(source.path);
    case 'delta': {
      const { name, place, settings, version, columns } = source;
      const store = openPlace(place, settings);
      const snapshot = await withErrorPrefix(placeText(place), () => readSnapshot(store, version));
      const rows = deltaRows(store, name, snapshot);
      return columns === undefined ? rows : rows.select(columns);
    }
  }
}

/** Opens rows by their path, as {@link findRows} does. */
export async function openRows(path: string, inferred = false): Promise<Rows> {
  return openSource(await findRows(path, inferred));
}
