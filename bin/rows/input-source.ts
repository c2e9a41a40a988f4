import { statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import type { ColumnSpec } from '../../lib/contract/data-types';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { openRows } from './rows-file';
import { deltaRows, openParquet } from './typed-file';
import { atPlace } from '../stores/at-place';
import { type OfflinePlace, placeText } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import type { AwsOptions } from '../stores/store-options';
import { inferTypes, type InferredColumn } from './infer-types';
import type { RowsInput } from './rows-input';
import { isCsvFile, textInput } from './text-input';
import { typedInput } from './typed-input';

/** Where the rows of an input are, as one process tells another. */
export type InputSource =
  | { readonly kind: 'text'; readonly path: string; readonly columns: readonly InferredColumn[] }
  | { readonly kind: 'parquet'; readonly path: string }
  | {
      readonly kind: 'delta';
      /** As reports call it. */
      readonly name: string;
      readonly place: OfflinePlace;
      readonly settings: AwsOptions;
      readonly version: number;
      /** The columns that are part of the input; by default all. */
      readonly columns?: readonly string[];
      /** The primary key of a feature table, by which its rows are told apart; absent of other tables. */
      readonly primaryKey?: readonly ColumnSpec[];
    };

/**
 * Finds a file, or the folder of a Delta Lake table.
 * @param typed whether the columns of text files get types: those that hold all of their values, for which the file is read once
 * @throws UserError when it is not there, or none of these
 */
export async function findSource(path: string, typed: boolean): Promise<InputSource> {
  const file = openRows(path);
  if (statSync(path).isDirectory()) return deltaSource(basename(path), { kind: 'folder', folder: resolve(path) }, {});
  if (extname(path).toLowerCase() === '.parquet') return { kind: 'parquet', path: resolve(path) };
  const names = [...(await file.columns())];
  const columns = typed ? await inferTypes(file, names, isCsvFile(path)) : names.map((name) => ({ name, type: 'string' as const }));
  return { kind: 'text', path: resolve(path), columns };
}

/** The latest version of a Delta Lake table. @throws UserError when it cannot be read */
export async function deltaSource(name: string, place: OfflinePlace, settings: AwsOptions): Promise<InputSource & { kind: 'delta' }> {
  const { version } = await atPlace(placeText(place), () => readSnapshot(openPlace(place, settings)));
  return { kind: 'delta', name, place, settings, version };
}

/** Opens a source. @throws UserError when it cannot be read */
export async function openSource(source: InputSource): Promise<RowsInput> {
  switch (source.kind) {
    case 'text':
      return textInput(source.path, source.columns);
    case 'parquet':
      return typedInput(basename(source.path), await openParquet(source.path));
    case 'delta': {
      const { name, place, settings, version, columns, primaryKey } = source;
      const store = openPlace(place, settings);
      const snapshot = await atPlace(placeText(place), () => readSnapshot(store, version));
      return typedInput(name, deltaRows(store, placeText(place), snapshot), columns, primaryKey);
    }
  }
}

/** Opens a file, or the folder of a Delta Lake table; see {@link findSource}. */
export async function openInput(path: string, typed: boolean): Promise<RowsInput> {
  return openSource(await findSource(path, typed));
}
