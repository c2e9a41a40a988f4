import type { ColumnSpec } from '../../lib/contract/data-types';
import type { TextRange } from './file-text';
import type { FileRow, RefusedRow, RowsFile } from './rows-file';

/** A file of text, whose rows come some at a time, too. */
export interface TextFile extends RowsFile {
  /**
   * The rows column by column; `read` is told the bytes of each piece read.
   * @param range those lines of the file that hold whole rows, and no header
   */
  batches(columns: readonly ColumnSpec[], read: (bytes: number) => void, range?: TextRange): AsyncIterable<TextBatch>;
}

/** Some rows of a file of text that follow one another, and what could not be read as rows between them. */
export class TextBatch {
  /** The line on which each row begins. */
  public readonly lines: number[] = [];
  /** Each row as it stands in the file, without the end of its line. */
  public readonly texts: string[] = [];
  /** The cells of each column asked for. */
  public readonly cells: unknown[][];
  public readonly refused: RefusedRow[] = [];

  constructor(columns: number) {
    this.cells = Array.from({ length: columns }, () => []);
  }

  /** Takes a row. @param places those of the columns asked for among its values */
  public add(line: number, text: string, values: readonly unknown[], places: readonly number[]): void {
    this.lines.push(line);
    this.texts.push(text);
    for (let i = 0; i < places.length; i++) this.cells[i]!.push(values[places[i]!]);
  }
}

/** The rows of batches one by one, in the order of the file. */
export async function* rowsOf(batches: AsyncIterable<TextBatch>): AsyncGenerator<FileRow | RefusedRow> {
  for await (const { lines, cells, refused } of batches) {
    let next = 0;
    for (const [row, line] of lines.entries()) {
      while (next < refused.length && refused[next]!.line < line) yield refused[next++]!;
      yield { line, values: cells.map((column) => column[row]) };
    }
    yield* refused.slice(next);
  }
}
