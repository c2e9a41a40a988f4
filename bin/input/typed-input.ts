import type { Slice } from '../../lambda/offline/parquet-file';
import { TIMESTAMP_NANOS } from '../../lambda/offline/parquet-schema';
import type { DeltaType, StructField } from '../../lambda/offline/schema';
import type { TypedRows } from '../load/typed-file';
import type { InputColumn, InputPiece, InputSlice, RowsInput, TypedPiece } from './rows-input';
import { typedCellReader } from './typed-cells';

/** How many rows a piece has at most. */
const PIECE_ROWS = 65_536;

/**
 * Rows whose columns have types. Columns of a type that nothing can be made of are left out.
 * @param only the names of the columns that are part of the input; by default all
 */
export function typedInput(name: string, rows: TypedRows, only?: readonly string[]): RowsInput {
  const fields = rows.fields.filter((field) => isReadable(field.type) && (only?.includes(field.name) ?? true));
  const columns = fields.map(({ name: column, type }): InputColumn => ({ name: column, type: writtenAs(type) }));
  const storedAs = new Map(fields.map(({ name: column, type }) => [column, type]));
  return {
    name,
    unit: 'row',
    size: rows.size,
    columns,
    pieces: () => piecesOf(rows),
    async *slices(read, piece) {
      const at = piece?.at as TypedPiece | undefined;
      let next = at?.line ?? 1;
      for await (const slice of rows.slices(fields.map(asRead), read, at)) {
        yield inputSlice(slice, next);
        next += slice.rowCount;
      }
    },
    cellReader: (column, type, read) => typedCellReader(storedAs.get(column.name)!, type, read),
  };
}

async function piecesOf({ files }: TypedRows): Promise<InputPiece[]> {
  const pieces: InputPiece[] = [];
  let line = 1;
  for (const [file, { size, rowCount, hasDeleted }] of files.entries()) {
    const rows = await rowCount();
    for (let start = 0; start < rows; start += PIECE_ROWS) {
      const end = Math.min(rows, start + PIECE_ROWS);
      pieces.push({ bytes: (size * (end - start)) / rows, at: { file, start, end, line: line + start, isDense: !hasDeleted } });
    }
    line += rows;
  }
  return pieces;
}

function inputSlice({ rowCount, columns }: Slice, first: number): InputSlice {
  const lines = new Array<number>(rowCount);
  for (let row = 0; row < rowCount; row++) lines[row] = first + row;
  return { lines, cells: columns, refused: [] };
}

/** Nanoseconds are read, and written, as a long. */
function asRead(field: StructField): StructField {
  return { ...field, type: writtenAs(field.type) };
}

function writtenAs(type: DeltaType): DeltaType {
  return type === TIMESTAMP_NANOS ? 'long' : type;
}

const PRIMITIVE = /^(?:boolean|byte|short|integer|long|float|double|string|binary|date|timestamp|timestamp_ntz|decimal\(.*)$/;

function isReadable(type: DeltaType): boolean {
  if (typeof type === 'string') return PRIMITIVE.test(type) || type === TIMESTAMP_NANOS;
  switch (type.type) {
    case 'array':
      return isReadable(type.elementType);
    case 'map':
      return isReadable(type.keyType) && isReadable(type.valueType);
    case 'struct':
      return type.fields.every((field) => isReadable(field.type));
  }
}
