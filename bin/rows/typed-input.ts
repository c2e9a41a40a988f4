import { keyEncoder } from '../../lambda/online/key';
import type { ColumnSpec } from '../../lib/contract/data-types';
import type { Slice } from '../../lambda/parquet/file';
import { TIMESTAMP_NANOS, TIMESTAMP_NTZ_NANOS } from '../../lambda/parquet/file-schema';
import type { FieldType, StructField } from '../../lambda/parquet/schema';
import type { RefusedRow } from './rows-file';
import { asRead, cutTime, isInNanos, isWholeMicroseconds, microseconds, type TypedRows } from './typed-file';
import type { InputColumn, InputPiece, InputSlice, RowsInput, TypedPiece } from './rows-input';
import { typedCellReader } from './typed-cells';

/** How many rows a piece has at most. */
export const PIECE_ROWS = 65_536;

/**
 * Rows whose columns have types. A row with a time that has a fraction of a microsecond is refused.
 * @param only the names of the columns that are part of the input; by default all
 * @param primaryKey that of a feature table, if the rows are of one
 */
export function typedInput(name: string, rows: TypedRows, only?: readonly string[], primaryKey?: readonly ColumnSpec[]): RowsInput {
  const asked = rows.fields.filter((field) => only?.includes(field.name) ?? true);
  const fields = asked.filter(isReadableColumn);
  return {
    name,
    unit: 'row',
    size: rows.size,
    columns: fields.map(columnOf),
    unreadable: asked.filter((field) => !isReadableColumn(field)).map(columnOf),
    ...(primaryKey && { keyOf: keyReader(primaryKey, fields) }),
    pieces: () => piecesOf(rows),
    async *slices(read, piece) {
      const at = piece?.at as TypedPiece | undefined;
      let next = at?.line ?? 1;
      for await (const slice of rows.slices(fields.map(asRead), read, at)) {
        yield inputSlice(slice, fields, next);
        next += slice.rowCount;
      }
    },
    cellReader: (column, type, read) => typedCellReader(column.type, type, read),
  };
}

function keyReader(primaryKey: readonly ColumnSpec[], fields: readonly StructField[]): RowsInput['keyOf'] {
  const encode = keyEncoder(primaryKey);
  const places = primaryKey.map((column) => fields.findIndex(({ name }) => name === column.name));
  return (cells, row) => encode(places.map((place) => cells[place]![row]));
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

function inputSlice({ rowCount, columns }: Slice, fields: readonly StructField[], first: number): InputSlice {
  const lines = new Array<number>(rowCount);
  for (let row = 0; row < rowCount; row++) lines[row] = first + row;
  const inNanos = fields.flatMap((field, i) => (isInNanos(field) ? i : []));
  return inNanos.length === 0 ? { lines, cells: columns, refused: [] } : inMicroseconds(lines, columns, fields, inNanos);
}

function inMicroseconds(
  lines: readonly number[],
  columns: Slice['columns'],
  fields: readonly StructField[],
  inNanos: readonly number[],
): InputSlice {
  const refused: RefusedRow[] = [];
  const kept = [...lines.keys()].filter((row) => {
    const cut = inNanos.find((i) => !isWholeMicroseconds(columns[i]![row]));
    if (cut !== undefined) refused.push(cutTime(lines[row]!, fields[cut]!.name, columns[cut]![row]));
    return cut === undefined;
  });
  const cells = columns.map((column, i) => kept.map((row) => (inNanos.includes(i) ? microseconds(column[row]) : column[row])));
  return { lines: kept.map((row) => lines[row]!), cells, refused };
}

function columnOf({ name, type }: StructField): InputColumn {
  return { name, type: type === TIMESTAMP_NANOS ? 'timestamp' : type === TIMESTAMP_NTZ_NANOS ? 'timestamp_ntz' : type };
}

const PRIMITIVE = /^(?:boolean|byte|short|integer|long|float|double|string|binary|date|timestamp|timestamp_ntz|decimal\(.*)$/;

function isReadableColumn(field: StructField): boolean {
  return isInNanos(field) || isReadable(field.type);
}

function isReadable(type: FieldType): boolean {
  if (typeof type === 'string') return PRIMITIVE.test(type);
  switch (type.type) {
    case 'array':
      return isReadable(type.elementType);
    case 'map':
      return isReadable(type.keyType) && isReadable(type.valueType);
    case 'struct':
      return type.fields.every((field) => isReadable(field.type));
  }
}
