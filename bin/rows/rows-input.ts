import type { FieldType } from '../../lambda/parquet/schema';
import type { ValueReader } from '../../lambda/protocols/read-value';
import type { DataType } from '../../lib/contract/data-types';
import type { TextRange } from './file-text';
import type { RefusedRow, RowsFile } from './rows-file';
import type { RowsOfFile } from './typed-file';

/** A column of an input. */
export interface InputColumn {
  readonly name: string;
  /** What its values are written as. */
  readonly type: FieldType;
  /** Makes such a value of a cell that is not null; undefined where cells are such values. */
  readonly value?: (cell: unknown) => unknown;
}

/** Some rows that follow one another. */
export interface InputSlice {
  /** The place of each row in its input, counted in the input's unit from 1. */
  readonly lines: readonly number[];
  /** The cells of each column of the input, in that order; null or undefined where a row has none. */
  readonly cells: readonly (readonly unknown[])[];
  /** Each row as it stands in a file of text, without the end of its line; absent of other inputs. */
  readonly texts?: readonly string[];
  /** What could not be read as rows between these. */
  readonly refused: readonly RefusedRow[];
}

/** Rows of an input that are read by themselves, as one process tells another. */
export interface InputPiece {
  /** About how many there are to be read. */
  readonly bytes: number;
  /** Where they are: lines of a file of text, or rows of a file of an input whose columns have types. */
  readonly at: TextRange | TypedPiece;
}

/** Rows of a file whose columns have types. */
export interface TypedPiece extends RowsOfFile {
  /** The place of its first row in the input, from 1. */
  readonly line: number;
  /** Whether no row between its first and its last is left out. */
  readonly isDense: boolean;
}

/** Rows that are answered: a file, or a table. */
export interface RowsInput {
  /** As reports call it. */
  readonly name: string;
  readonly unit: RowsFile['unit'];
  /** In bytes. */
  readonly size: number;
  readonly columns: readonly InputColumn[];
  /** Columns that are there and no part of the input, because nothing can be made of their types. */
  readonly unreadable: readonly InputColumn[];
  /** The key of a row of a feature table, as it is kept online; absent of files. */
  readonly keyOf?: (cells: InputSlice['cells'], row: number) => string;
  /** Divides the rows, in their order. */
  pieces(): Promise<readonly InputPiece[]>;
  /**
   * The rows; `read` is told the bytes of each part of them that is read.
   * @param piece only those of it
   * @throws UserError when the input is damaged
   */
  slices(read: (bytes: number) => void, piece?: InputPiece): AsyncIterable<InputSlice>;
  /**
   * How a column's cells that are not null become values of a type, which throws `Mismatch`; undefined where none of them can be one.
   * @param read reads the JSON form of the type
   */
  cellReader(column: InputColumn, type: DataType, read: ValueReader): ValueReader | undefined;
}
