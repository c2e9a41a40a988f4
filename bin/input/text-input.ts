import { basename, extname } from 'node:path';
import type { ColumnSpec } from '../../lib/spec/data-types';
import type { RefusedRow, RowsFile } from '../load/rows-file';
import { inferColumns } from './infer-columns';
import type { InputColumn, InputSlice, RowsInput } from './rows-input';

/** How many rows a slice has at most. */
const SLICE_ROWS = 4096;

/**
 * Rows in a file of text: its columns have no types of their own.
 * @param typed whether they get types; all are strings otherwise
 */
export async function textInput(path: string, file: RowsFile, typed: boolean): Promise<RowsInput> {
  const names = [...(await file.columns())];
  const columns = typed ? await inferColumns(file, names, extname(path).toLowerCase() === '.csv') : names.map(asText);
  const asked = columns.map((column): ColumnSpec => ({ name: column.name, type: 'string' }));
  return {
    name: basename(path),
    unit: file.unit,
    size: await file.size(),
    columns,
    slices: (read) => slices(file, asked, read),
    cellReader: (_, type, read) => file.valueReader(type, read),
  };
}

function asText(name: string): InputColumn {
  return { name, type: 'string', value: (cell) => cell };
}

async function* slices(file: RowsFile, columns: readonly ColumnSpec[], read: (bytes: number) => void): AsyncGenerator<InputSlice> {
  let next = emptySlice(columns.length);
  for await (const row of file.rows(columns, read)) {
    if ('values' in row) {
      next.lines.push(row.line);
      for (let i = 0; i < columns.length; i++) next.cells[i]!.push(row.values[i]);
    } else {
      next.refused.push(row);
    }
    if (next.lines.length + next.refused.length < SLICE_ROWS) continue;
    yield next;
    next = emptySlice(columns.length);
  }
  if (next.lines.length + next.refused.length > 0) yield next;
}

function emptySlice(width: number): { lines: number[]; cells: unknown[][]; refused: RefusedRow[] } {
  return { lines: [], cells: Array.from({ length: width }, () => []), refused: [] };
}
