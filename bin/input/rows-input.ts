import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { FolderStore } from '../../lambda/offline/folder-store';
import type { DeltaType } from '../../lambda/offline/schema';
import type { ValueReader } from '../../lambda/protocols/read-value';
import type { DataType } from '../../lib/spec/data-types';
import { openRows, type RefusedRow, type RowsFile } from '../load/rows-file';
import { openDelta, openParquet } from '../load/typed-file';
import { textInput } from './text-input';
import { typedInput } from './typed-input';

/** A column of an input. */
export interface InputColumn {
  readonly name: string;
  /** What its values are written as. */
  readonly type: DeltaType;
  /** Makes such a value of a cell that is not null. */
  readonly value: (cell: unknown) => unknown;
}

/** Some rows that follow one another. */
export interface InputSlice {
  /** The place of each row in its input, counted in the input's unit from 1. */
  readonly lines: readonly number[];
  /** The cells of each column of the input, in that order; null or undefined where a row has none. */
  readonly cells: readonly (readonly unknown[])[];
  /** What could not be read as rows between these. */
  readonly refused: readonly RefusedRow[];
}

/** Rows that are answered: a file, or a table. */
export interface RowsInput {
  /** As reports call it. */
  readonly name: string;
  readonly unit: RowsFile['unit'];
  /** In bytes. */
  readonly size: number;
  readonly columns: readonly InputColumn[];
  /** The rows; `read` is told the bytes of each piece read. @throws UserError when the input is damaged */
  slices(read: (bytes: number) => void): AsyncIterable<InputSlice>;
  /**
   * How a column's cells that are not null become values of a type, which throws `Mismatch`; undefined where none of them can be one.
   * @param read reads the JSON form of the type
   */
  cellReader(column: InputColumn, type: DataType, read: ValueReader): ValueReader | undefined;
}

/**
 * Opens a file, or the folder of a Delta Lake table.
 * @param typed whether the columns of text files get types: those that hold all of their values
 * @throws UserError when it cannot be read
 */
export async function openInput(path: string, typed: boolean): Promise<RowsInput> {
  const name = basename(path);
  const rows = openRows(path);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder) return typedInput(name, await openDelta(new FolderStore(path), path));
  if (extname(path).toLowerCase() === '.parquet') return typedInput(name, await openParquet(path));
  return textInput(path, rows, typed);
}
