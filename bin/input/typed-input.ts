import { TIMESTAMP_NANOS } from '../../lambda/offline/parquet-schema';
import type { Slice } from '../../lambda/offline/parquet-file';
import type { DeltaType, StructField } from '../../lambda/offline/schema';
import type { TypedRows } from '../load/typed-file';
import type { InputColumn, InputSlice, RowsInput } from './rows-input';
import { typedCellReader } from './typed-cells';

/** Rows whose columns have types. Columns of a type that nothing can be made of are left out. */
export function typedInput(name: string, rows: TypedRows): RowsInput {
  const fields = rows.fields.filter(({ type }) => isReadable(type));
  const columns = fields.map(({ name: column, type }): InputColumn => ({ name: column, type: writtenAs(type), value: (cell) => cell }));
  const storedAs = new Map(fields.map(({ name: column, type }) => [column, type]));
  return {
    name,
    unit: 'row',
    size: rows.size,
    columns,
    async *slices(read) {
      let before = 0;
      for await (const slice of rows.slices(fields.map(asRead), read)) {
        yield inputSlice(slice, before);
        before += slice.rowCount;
      }
    },
    cellReader: (column, type, read) => typedCellReader(storedAs.get(column.name)!, type, read),
  };
}

function inputSlice({ rowCount, columns }: Slice, before: number): InputSlice {
  return { lines: Array.from({ length: rowCount }, (_, row) => before + row + 1), cells: columns, refused: [] };
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
