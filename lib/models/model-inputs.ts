// Assigns columns to input tensors. An ONNX file names tensors only, so the user names the columns of a matrix.
import { columnTypeOf, feedsTensor } from '../contract/conversions';
import { type ColumnSpec, isArray, typeText } from '../contract/data-types';
import type { ModelInputSpec } from '../contract/endpoint-spec';
import { type Checked, failed, type Finding, namesText } from '../contract/finding';
import { type InputTensor, shapeText } from './onnx-signature';

type Shape = readonly (number | null)[];

/**
 * Assigns the declared columns to the tensors, or without declared columns one column to each tensor under its name.
 * @param where the name of the declaration, for findings
 */
export function modelInputs(
  tensors: readonly InputTensor[],
  columns: readonly ColumnSpec[] | undefined,
  where = '`columns`',
): Checked<readonly ModelInputSpec[]> {
  const assigned = assign(tensors, columns, where);
  if ('findings' in assigned) return assigned;
  const inputs: ModelInputSpec[] = [];
  const findings: Finding[] = [];
  for (const tensor of tensors) {
    const input = makeInput(tensor, assigned.value.get(tensor.name) ?? []);
    if ('findings' in input) findings.push(...input.findings);
    else inputs.push(input.value);
  }
  return findings.length > 0 ? { findings } : { value: inputs };
}

/**
 * Groups the declared columns by tensor. A single tensor takes all columns. Several tensors take the column of their name each, and one
 * matrix among them takes the remaining columns.
 */
function assign(
  tensors: readonly InputTensor[],
  columns: readonly ColumnSpec[] | undefined,
  where: string,
): Checked<ReadonlyMap<string, readonly ColumnSpec[]>> {
  if (columns === undefined) return { value: new Map() };
  const names = columns.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) return failed(where, 'distinct names', `${namesText([...new Set(twice)])} twice`);
  if (columns.length === 0) return failed(where, 'at least one column', 'none');
  if (tensors.length === 1) return { value: new Map([[tensors[0]!.name, columns]]) };

  const byTensor = new Map<string, readonly ColumnSpec[]>();
  for (const { name } of tensors) {
    const named = columns.filter((column) => column.name === name);
    if (named.length > 0) byTensor.set(name, named);
  }
  const rest = columns.filter(({ name }) => !byTensor.has(name));
  if (rest.length === 0) return { value: byTensor };
  const matrices = tensors.filter(
    ({ name, shape }) => !byTensor.has(name) && (shape === undefined || (shape.length === 2 && shape[1] !== 1)),
  );
  if (matrices.length !== 1) {
    const expected = `names of the inputs ${namesText(tensors.map(({ name }) => name))}${matrices.length > 1 ? ', because more than one of them is a matrix' : ''}`;
    return failed(where, expected, namesText(rest.map(({ name }) => name)));
  }
  return { value: byTensor.set(matrices[0]!.name, rest) };
}

function makeInput(tensor: InputTensor, columns: readonly ColumnSpec[]): Checked<ModelInputSpec> {
  const { name, shape } = tensor;
  if (columns.length > 0) {
    const findings = columns.flatMap((column) => checkColumn(column, tensor));
    if (findings.length > 0) return { findings };
    return columns.length === 1 ? oneColumn(tensor, columns[0]!) : matrix(tensor, columns);
  }
  if (shape === undefined) return failed(`input '${name}'`, 'a declaration of its column in `columns`', 'a tensor of unknown rank');
  const [, ...rest] = shape;
  const element = columnTypeOf(tensor.type);
  const scalar = rest.length === 0 || (rest.length === 1 && rest[0] === 1);
  return oneColumn(tensor, { name, type: scalar ? element : { element, shape: rest } });
}

/** Makes an input of one column: a scalar for [N] and [N,1], or else an array of the axes after the batch. */
function oneColumn(tensor: InputTensor, column: ColumnSpec): Checked<ModelInputSpec> {
  const columnShape = innerShape(column);
  const batch = tensor.shape?.[0] ?? null;
  const rest = tensor.shape?.slice(1) ?? columnShape;
  if (columnShape.length === 0 && rest.length === 1) return matrix(tensor, [column]);
  const common = commonShape(columnShape, rest);
  if (common === undefined) {
    return failed(
      `column '${column.name}'`,
      `the shape of input '${tensor.name}', which is ${shapeText(tensor.shape!)} with the batch`,
      typeText(column.type),
    );
  }
  if (column.nullable && column.defaultValue === undefined && common.includes(null)) {
    return failed(`column '${column.name}'`, 'a default, or a shape of known lengths, because a null has no length', typeText(column.type));
  }
  const type = isArray(column.type) ? { element: column.type.element, shape: common } : column.type;
  return { value: { name: tensor.name, type: tensor.type, shape: [batch, ...common], layout: 'column', columns: [{ ...column, type }] } };
}

/** Makes a matrix of scalar columns. */
function matrix({ name, type, shape = [null, null] }: InputTensor, columns: readonly ColumnSpec[]): Checked<ModelInputSpec> {
  const given = `${columns.length} (${columns.map((column) => `${column.name}: ${typeText(column.type)}`).join(', ')})`;
  const path = `columns of input '${name}'`;
  if (shape.length !== 2) return failed(path, `1 for its shape ${shapeText(shape)}`, given);
  if (columns.some((column) => innerShape(column).length > 0))
    return failed(path, `scalar columns, or a single array column, for its shape ${shapeText(shape)}`, given);
  if (shape[1] !== null && shape[1] !== columns.length) return failed(path, `${shape[1]} for its shape ${shapeText(shape)}`, given);
  return { value: { name, type, shape: [shape[0]!, columns.length], layout: 'matrix', columns } };
}

function checkColumn({ name, type, nullable, defaultValue }: ColumnSpec, tensor: InputTensor): Finding[] {
  const path = `column '${name}'`;
  if (!feedsTensor(type, tensor.type)) {
    return [{ path, expected: `a type that feeds the ${tensor.type} tensor of input '${tensor.name}'`, got: typeText(type) }];
  }
  if (isArray(type) && type.element === 'binary') {
    return [{ path, expected: 'a column of type binary, because an array of bytes values has no common length', got: typeText(type) }];
  }
  if (nullable && defaultValue === undefined && !tensor.type.startsWith('float')) {
    const expected = `a default, or a column that is not nullable, because the ${tensor.type} tensor of input '${tensor.name}' cannot hold null`;
    return [{ path, expected, got: 'a nullable column without a default' }];
  }
  return [];
}

/** Returns the axes of one value of a column. A binary value has one axis of any length. */
function innerShape({ type }: ColumnSpec): Shape {
  if (isArray(type)) return type.shape;
  return type === 'binary' ? [null] : [];
}

/** Returns the known lengths of two shapes, or undefined if the shapes differ. */
function commonShape(one: Shape, other: Shape): Shape | undefined {
  if (one.length !== other.length || one.some((length, i) => length !== null && other[i] !== null && length !== other[i])) return undefined;
  return one.map((length, i) => length ?? other[i]!);
}
