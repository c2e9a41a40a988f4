// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
import { type SchemaElement } from 'hyparquet';
import { LeafEncoder } from './leaf-encoder';
import { missingValue } from './plain-columns';
import { type FieldType, type StructField } from './schema';
import { storedTypeOf } from './stored-value';
import { TableError } from '../stores/table-error';

/** Splits a value of a field into the entries of its leaves. */
type Shred = (value: unknown, definition: number, repetition: number) => void;

/** Appends the values of rows to a column; `rows` are indexes in `values`. */
export type AppendRows = (values: readonly unknown[], rows: ArrayLike<number>) => void;

/** The columns and the schema of a file to write. */
export interface FileColumns {
  /** In Parquet's order: each group before its children. */
  readonly elements: readonly SchemaElement[];
  readonly leaves: readonly WrittenLeaf[];
  readonly columns: readonly AppendRows[];
}

/** A Parquet column to write. */
export interface WrittenLeaf {
  readonly path: readonly string[];
  readonly element: SchemaElement;
  /** Whether a row may have several entries. */
  readonly isRepeated: boolean;
  readonly encoder: LeafEncoder;
}

interface Position {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetition: number;
}

/** Makes the columns for the fields of a schema. */
export function fileColumns(fields: readonly StructField[]): FileColumns {
  const elements: SchemaElement[] = [{ name: 'schema', num_children: fields.length }];
  const leaves: WrittenLeaf[] = [];
  const columns = fields.map((field): AppendRows => {
    const first = leaves.length;
    const shred = new ShredPlanner(elements, leaves).field({ path: [], definition: 0, repetition: 0 }, field);
    const inside = leaves.slice(first).map(({ encoder }) => encoder);
    if (typeof field.type === 'string') return withColumnPrefix(field.name, (values, rows) => inside[0]!.appendRows(values, rows));
    return withColumnPrefix(field.name, (values, rows) => {
      for (let i = 0; i < rows.length; i++) {
        for (const leaf of inside) leaf.startRow();
        shred(values[rows[i]!], 0, 0);
      }
    });
  });
  return { elements, leaves, columns };
}

function withColumnPrefix(name: string, append: AppendRows): AppendRows {
  return (values, rows) => {
    try {
      append(values, rows);
    } catch (error) {
      if (error instanceof TableError) throw new TableError(`column '${name}': ${error.message}`, { cause: error });
      throw error;
    }
  };
}

class ShredPlanner {
  constructor(
    private readonly elements: SchemaElement[],
    private readonly leaves: WrittenLeaf[],
  ) {}

  public field(
    parent: Position,
    { physicalName: name, type, nullable }: { physicalName: string; type: FieldType; nullable: boolean },
  ): Shred {
    const at = { ...parent, path: [...parent.path, name], definition: parent.definition + (nullable ? 1 : 0) };
    const first = this.leaves.length;
    const shred = this.value(at, { name, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' }, type);
    const inside = this.leaves.slice(first).map(({ encoder }) => encoder);
    return (value, definition, repetition) => {
      if (value !== null && value !== undefined) shred(value, at.definition, repetition);
      else if (nullable) inside.forEach((leaf) => leaf.appendMissing(definition, repetition));
      else throw missingValue();
    };
  }

  private value(at: Position, element: SchemaElement, type: FieldType): Shred {
    if (typeof type === 'string') return this.leaf(at, element, type);
    if (type.type === 'struct') return this.struct(at, element, type.fields);
    const { repeated, fields } =
      type.type === 'array'
        ? { repeated: 'list', fields: [inner('element', type.elementType, type.containsNull ?? true)] }
        : {
            repeated: 'key_value',
            fields: [inner('key', type.keyType, false), inner('value', type.valueType, type.valueContainsNull ?? true)],
          };
    const kind = type.type === 'array' ? 'LIST' : 'MAP';
    this.elements.push({ ...element, num_children: 1, converted_type: kind, logical_type: { type: kind } });
    this.elements.push({ name: repeated, repetition_type: 'REPEATED', num_children: fields.length });
    const inside = { path: [...at.path, repeated], definition: at.definition + 1, repetition: at.repetition + 1 };
    const first = this.leaves.length;
    const shreds = fields.map((field) => this.field(inside, field));
    const leaves = this.leaves.slice(first).map(({ encoder }) => encoder);
    const [shredFirst] = shreds as [Shred];
    const shredItem: Shred =
      type.type === 'array'
        ? shredFirst
        : (pair, definition, repetition) => shreds.forEach((shred, i) => shred((pair as unknown[])[i], definition, repetition));
    return (value, definition, repetition) => {
      const items = value as ArrayLike<unknown>;
      if (items.length === 0) leaves.forEach((leaf) => leaf.appendMissing(definition, repetition));
      for (let i = 0; i < items.length; i++) shredItem(items[i], definition + 1, i === 0 ? repetition : inside.repetition);
    };
  }

  private struct(at: Position, element: SchemaElement, fields: readonly StructField[]): Shred {
    this.elements.push({ ...element, num_children: fields.length });
    const shreds = fields.map((field) => ({ name: field.name, shred: this.field(at, field) }));
    return (value, definition, repetition) => {
      for (const { name, shred } of shreds) shred((value as Record<string, unknown>)[name], definition, repetition);
    };
  }

  private leaf({ path, definition, repetition }: Position, element: SchemaElement, type: string): Shred {
    const { element: stored, store } = storedTypeOf(type);
    const whole = { ...element, ...stored };
    this.elements.push(whole);
    const encoder = new LeafEncoder({ type, element: whole, store, maxDefinition: definition, maxRepetition: repetition });
    this.leaves.push({ path, element: whole, isRepeated: repetition > 0, encoder });
    return (value, _, entryRepetition) => encoder.append(value, entryRepetition);
  }
}

function inner(physicalName: string, type: FieldType, nullable: boolean) {
  return { physicalName, type, nullable };
}
