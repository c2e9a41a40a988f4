import type { InputSlice, RowsInput } from './rows-input';
import { type Rejection, rejectedRow } from './rejection';

/** Rows of an input that are answered together, and what could not be read between them. */
export interface InputChunk {
  readonly number: number;
  readonly lines: readonly number[];
  /** By the input's columns. */
  readonly cells: readonly (readonly unknown[])[];
  readonly rejected: readonly Rejection[];
}

/**
 * The rows of an input in chunks of one size, but for the last: the same whenever they are read. An input without rows is one empty chunk.
 * @param read is told the bytes of each piece read
 */
export async function* chunksOf(input: RowsInput, size: number, read: (bytes: number) => void): AsyncGenerator<InputChunk> {
  let number = 0;
  let open = new OpenChunk(input.columns.length);
  for await (const slice of input.slices(read)) {
    let start = 0;
    while (start < slice.lines.length) {
      const end = Math.min(slice.lines.length, start + size - open.lines.length);
      open.take(slice, start, end);
      start = end;
      if (open.lines.length < size) continue;
      yield open.close(number++);
      open = new OpenChunk(input.columns.length);
    }
    open.rejected.push(...slice.refused.map(rejectedRow));
  }
  if (number === 0 || open.lines.length + open.rejected.length > 0) yield open.close(number);
}

class OpenChunk {
  public readonly lines: number[] = [];
  public readonly rejected: Rejection[] = [];
  private readonly cells: unknown[][];

  constructor(width: number) {
    this.cells = Array.from({ length: width }, () => []);
  }

  public take({ lines, cells }: InputSlice, start: number, end: number): void {
    for (let row = start; row < end; row++) this.lines.push(lines[row]!);
    this.cells.forEach((column, i) => {
      const values = cells[i]!;
      for (let row = start; row < end; row++) column.push(values[row]);
    });
  }

  public close(number: number): InputChunk {
    return { number, lines: this.lines, cells: this.cells, rejected: this.rejected };
  }
}
