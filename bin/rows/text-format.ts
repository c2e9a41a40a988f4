import type { ValueReader } from '../../lambda/protocols/read-value';
import type { DataType } from '../../lib/contract/data-types';
import type { RejectedRow, RowSlice, TextRange } from './rows';

/** A format of text files. */
export interface TextFormat {
  readonly kind: 'csv' | 'json lines';
  /** Reads the names of all columns. @throws UserError if the file is not of the format */
  columnNames(path: string): Promise<readonly string[]>;
  /**
   * Reads some columns. A column that the file does not have is undefined in every row.
   * @param read gets the number of bytes of each part that is read
   * @param range reads these lines only: whole rows, without a header
   */
  slices(path: string, names: readonly string[], read: (bytes: number) => void, range?: TextRange): AsyncIterable<RowSlice>;
  /**
   * Makes the function that turns a value of the file, not null, into a value of a type. The function throws `Mismatch`.
   * @param read reads the JSON form of the type; the default reads it as in a request
   */
  valueReader(type: DataType, read?: ValueReader): ValueReader;
}

/** Collects the rows of a slice. */
export class SliceBuilder implements RowSlice {
  public readonly lines: number[] = [];
  public readonly columns: unknown[][];
  public readonly texts: string[] = [];
  public readonly rejected: RejectedRow[] = [];

  constructor(columnCount: number) {
    this.columns = Array.from({ length: columnCount }, () => []);
  }

  /** Adds a row. @param indexes the index of each column's value in `values` */
  public add(line: number, text: string, values: readonly unknown[], indexes: readonly number[]): void {
    this.lines.push(line);
    this.texts.push(text);
    for (let i = 0; i < indexes.length; i++) this.columns[i]!.push(values[indexes[i]!]);
  }
}
