// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
import { type SchemaTree } from 'hyparquet';
import { converterOf, type Convert } from './converter';
import { type FieldType, type StructField } from './schema';
import { TableError } from '../stores/table-error';

/** A Parquet column that holds one value an entry. */
export interface LeafPlan {
  /** From the root of the schema to the column. */
  readonly schemaPath: readonly SchemaTree[];
  readonly isRepeated: boolean;
  readonly maxDefinition: number;
  /** Undefined for a column of which only the levels are needed. */
  readonly convert: Convert | undefined;
}

/** How a value is put together from the entries of Parquet columns; `leaves` are the indices of those below it. */
export type NodePlan =
  | { readonly kind: 'leaf'; readonly leaves: readonly number[]; readonly definition: number }
  | {
      readonly kind: 'struct';
      readonly leaves: readonly number[];
      readonly definition: number;
      readonly fields: readonly { readonly name: string; readonly node: NodePlan | undefined }[];
      /** Leaves that belong to no field, read to know whether the struct is there. */
      readonly unread: readonly number[];
    }
  | {
      readonly kind: 'list' | 'map';
      readonly leaves: readonly number[];
      readonly definition: number;
      /** The definition level of an element and the repetition level of one that follows another. */
      readonly element: { readonly definition: number; readonly repetition: number };
      /** One for a list, key and value for a map. */
      readonly nodes: readonly NodePlan[];
    };

/** How the columns of a schema are read from one file; a column that the file lacks has no node. */
export interface FilePlan {
  readonly leaves: readonly LeafPlan[];
  readonly columns: readonly (NodePlan | undefined)[];
}

interface Position {
  readonly path: readonly SchemaTree[];
  readonly definition: number;
  readonly repetition: number;
}

/**
 * Plans how columns are read from a file.
 * @throws TableError naming the column whose type the file does not hold
 */
export function planFile(root: SchemaTree, columns: readonly StructField[]): FilePlan {
  const leaves: LeafPlan[] = [];
  // some writers call the root repeated
  const top = { ...root, element: { ...root.element, repetition_type: 'REQUIRED' as const } };
  const start: Position = { path: [top], definition: 0, repetition: 0 };
  return { leaves, columns: columns.map((column) => planField(start, column, leaves)) };
}

function planField(parent: Position, field: StructField, leaves: LeafPlan[]): NodePlan | undefined {
  const { children } = parent.path.at(-1)!;
  const { fieldId, physicalName } = field;
  const child = children.find(({ element }) => (fieldId === undefined ? element.name === physicalName : element.field_id === fieldId));
  if (child === undefined) return undefined;
  try {
    return planNode(below(parent, child), field.type, leaves);
  } catch (error) {
    if (error instanceof TableError) throw new TableError(`column '${field.name}': ${error.message}`, { cause: error });
    throw error;
  }
}

function below({ path, definition, repetition }: Position, child: SchemaTree): Position {
  const kind = child.element.repetition_type;
  return {
    path: [...path, child],
    definition: definition + (kind === 'REQUIRED' ? 0 : 1),
    repetition: repetition + (kind === 'REPEATED' ? 1 : 0),
  };
}

function planNode(at: Position, type: FieldType, leaves: LeafPlan[]): NodePlan {
  const { element, children } = at.path.at(-1)!;
  if (typeof type === 'string') {
    if (children.length > 0) throw new TableError(`expected ${type}, got: a Parquet group`);
    return { kind: 'leaf', leaves: [addLeaf(at, converterOf(type, element), leaves)], definition: at.definition };
  }
  if (children.length === 0) throw new TableError(`expected ${type.type}, got: Parquet ${element.type}`);
  if (type.type === 'struct') return planStruct(at, type.fields, leaves);
  const [repeated] = children as [SchemaTree];
  const inside = below(at, repeated);
  if (repeated.element.repetition_type !== 'REPEATED')
    throw new TableError(`expected ${type.type}, got: a Parquet group of no repeated field`);
  const nodes = type.type === 'array' ? [planElement(inside, element.name, type.elementType, leaves)] : planPair(inside, type, leaves);
  const { definition, repetition } = inside;
  return {
    kind: type.type === 'array' ? 'list' : 'map',
    leaves: nodes.flatMap((node) => node.leaves),
    definition: at.definition,
    element: { definition, repetition },
    nodes,
  };
}

function planStruct(at: Position, fields: readonly StructField[], leaves: LeafPlan[]): NodePlan {
  const planned = fields.map((field) => ({ name: field.name, node: planField(at, field, leaves) }));
  const found = planned.flatMap(({ node }) => node?.leaves ?? []);
  const unread = found.length > 0 ? [] : [addLeaf(firstLeaf(at), undefined, leaves)];
  return { kind: 'struct', leaves: [...found, ...unread], definition: at.definition, fields: planned, unread };
}

/** The element of a list, in a group of its own or, as older writers have it, the repeated field itself. */
function planElement(repeated: Position, listName: string, type: FieldType, leaves: LeafPlan[]): NodePlan {
  const { element, children } = repeated.path.at(-1)!;
  const isElement = children.length !== 1 || element.name === 'array' || element.name === `${listName}_tuple`;
  return planNode(isElement ? repeated : below(repeated, children[0]!), type, leaves);
}

function planPair(
  repeated: Position,
  { keyType, valueType }: { keyType: FieldType; valueType: FieldType },
  leaves: LeafPlan[],
): NodePlan[] {
  const [key, value] = repeated.path.at(-1)!.children;
  if (key === undefined || value === undefined) throw new TableError('expected map, got: a Parquet group without key and value');
  return [planNode(below(repeated, key), keyType, leaves), planNode(below(repeated, value), valueType, leaves)];
}

function firstLeaf(at: Position): Position {
  const [child] = at.path.at(-1)!.children;
  return child === undefined ? at : firstLeaf(below(at, child));
}

function addLeaf({ path, definition, repetition }: Position, convert: Convert | undefined, leaves: LeafPlan[]): number {
  return leaves.push({ schemaPath: path, isRepeated: repetition > 0, maxDefinition: definition, convert }) - 1;
}
