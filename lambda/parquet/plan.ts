// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
import { type SchemaTree } from 'hyparquet';
import { converterOf, type Convert } from './converter';
import { type FieldType, type StructField } from './schema';
import { TableError } from '../stores/table-error';

/** A leaf of a Parquet schema: a column of entries with at most one value each. */
export interface LeafPlan {
  /** The path from the root of the schema to the leaf. */
  readonly schemaPath: readonly SchemaTree[];
  readonly maxRepetition: number;
  readonly maxDefinition: number;
  /** Undefined for a leaf whose levels are needed, but not its values. */
  readonly convert: Convert | undefined;
}

/** How to build values from the entries of leaves; `leaves` are the indexes of the leaves below the node. */
export type NodePlan =
  | { readonly kind: 'leaf'; readonly leaves: readonly number[]; readonly definition: number }
  | {
      readonly kind: 'struct';
      readonly leaves: readonly number[];
      readonly definition: number;
      readonly fields: readonly { readonly name: string; readonly node: NodePlan | undefined }[];
      /** Leaves outside the fields, which are read only to know whether the struct is null. */
      readonly unread: readonly number[];
    }
  | {
      readonly kind: 'list' | 'map';
      readonly leaves: readonly number[];
      readonly definition: number;
      /** The definition level of an element, and the repetition level of each element after the first. */
      readonly element: { readonly definition: number; readonly repetition: number };
      /** The element of a list, or the key and the value of a map. */
      readonly nodes: readonly NodePlan[];
    };

/** How to read columns from one file. A column that is missing from the file has no node. */
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
 * Plans how to read columns from a file.
 * @throws TableError naming a column that has another type in the file
 */
export function planFile(root: SchemaTree, columns: readonly StructField[]): FilePlan {
  const leaves: LeafPlan[] = [];
  // some writers mark the root as repeated
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
    throw new TableError(`expected ${type.type}, got: a Parquet group without a repeated field`);
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

/** Plans the element of a list: the child of the repeated field or, by older writers, the repeated field itself. */
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
  return leaves.push({ schemaPath: path, maxRepetition: repetition, maxDefinition: definition, convert }) - 1;
}
