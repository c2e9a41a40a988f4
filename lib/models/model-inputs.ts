// Which columns make which tensor. An ONNX file names tensors; the columns inside of a matrix are the user's to name.
import { columnTypeOf, feedsTensor } from '../contract/conversions';
import { type ColumnSpec, isArray, typeText } from '../contract/data-types';
import type { ModelInputSpec } from '../contract/endpoint-spec';
import type { Finding } from '../contract/finding';
import { type Checked, type InputTensor, quoted, shapeText } from './onnx-signature';

type Shape = readonly (number | null)[];

/** The columns of each tensor: the declared ones where there are any, else one a tensor under its name. `where` they were declared, findings say. */
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
 * Declared columns by the tensor that they are for. A single tensor takes all; of several, each takes the column of its name, and one that
 * is a matrix what is left.
 */
function assign(
  tensors: readonly InputTensor[],
  columns: readonly ColumnSpec[] | undefined,
  where: string,
): Checked<ReadonlyMap<string, readonly ColumnSpec[]>> {
  if (columns === undefined) return { value: new Map() };
  const names = columns.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) return refusal(where, 'names that differ', `${quoted([...new Set(twice)])} twice`);
  if (columns.length === 0) return refusal(where, 'at least one column', 'none');
  if (tensors.length === 1) return { value: new Map([[tensors[0]!.name, columns]]) };

  const byTensor = new Map<string, readonly ColumnSpec[]>();
  for (const { name } of tensors) {
    const own = columns.filter((column) => column.name === name);
    if (own.length > 0) byTensor.set(name, own);
  }
  const left = columns.filter(({ name }) => !byTensor.has(name));
  if (left.length === 0) return { value: byTensor };
  const matrices = tensors.filter(
    ({ name, shape }) => !byTensor.has(name) && (shape === undefined || (shape.length === 2 && shape[1] !== 1)),
  );
  if (matrices.length !== 1) {
    const expected = `names of the inputs ${quoted(tensors.map(({ name }) => name))}${matrices.length > 1 ? ', of which more than one is a matrix' : ''}`;
    return refusal(where, expected, quoted(left.map(({ name }) => name)));
  }
  return { value: byTensor.set(matrices[0]!.name, left) };
}

function makeInput(tensor: InputTensor, columns: readonly ColumnSpec[]): Checked<ModelInputSpec> {
  const { name, shape } = tensor;
  if (columns.length > 0) {
    const findings = columns.flatMap((column) => checkColumn(column, tensor));
    if (findings.length > 0) return { findings };
    return columns.length === 1 ? oneColumn(tensor, columns[0]!) : matrix(tensor, columns);
  }
  if (shape === undefined) return refusal(`input '${name}'`, '`columns` that declare its column', 'a tensor of unknown rank in the file');
  const [, ...rest] = shape;
  const element = columnTypeOf(tensor.type);
  const scalar = rest.length === 0 || (rest.length === 1 && rest[0] === 1);
  return oneColumn(tensor, { name, type: scalar ? element : { element, shape: rest } });
}

/** A tensor made of one column: an array for all that follows the batch, or a scalar for [N] and [N,1]. */
function oneColumn(tensor: InputTensor, column: ColumnSpec): Checked<ModelInputSpec> {
  const own = innerShape(column);
  const batch = tensor.shape?.[0] ?? null;
  const rest = tensor.shape?.slice(1) ?? own;
  if (own.length === 0 && rest.length === 1) return matrix(tensor, [column]);
  const met = meet(own, rest);
  if (met === undefined) {
    return refusal(
      `column '${column.name}'`,
      `the shape of input '${tensor.name}', which is ${shapeText(tensor.shape!)} with the rows`,
      typeText(column.type),
    );
  }
  if (column.nullable && column.defaultValue === undefined && met.includes(null)) {
    return refusal(
      `column '${column.name}'`,
      'a default, or a shape of known lengths: a null of any length is no tensor',
      typeText(column.type),
    );
  }
  const type = isArray(column.type) ? { element: column.type.element, shape: met } : column.type;
  return { value: { name: tensor.name, type: tensor.type, shape: [batch, ...met], layout: 'column', columns: [{ ...column, type }] } };
}

/** Scalar columns side by side. */
function matrix({ name, type, shape = [null, null] }: InputTensor, columns: readonly ColumnSpec[]): Checked<ModelInputSpec> {
  const given = `${columns.length} (${columns.map((column) => `${column.name}: ${typeText(column.type)}`).join(', ')})`;
  const path = `columns of input '${name}'`;
  if (shape.length !== 2) return refusal(path, `1 for its shape ${shapeText(shape)}`, given);
  if (columns.some((column) => innerShape(column).length > 0))
    return refusal(path, `scalars side by side, or one array alone, for its shape ${shapeText(shape)}`, given);
  if (shape[1] !== null && shape[1] !== columns.length) return refusal(path, `${shape[1]} for its shape ${shapeText(shape)}`, given);
  return { value: { name, type, shape: [shape[0]!, columns.length], layout: 'matrix', columns } };
}

function checkColumn({ name, type, nullable, defaultValue }: ColumnSpec, tensor: InputTensor): Finding[] {
  const path = `column '${name}'`;
  if (!feedsTensor(type, tensor.type)) {
    return [{ path, expected: `a type that feeds the ${tensor.type} tensor of input '${tensor.name}'`, got: typeText(type) }];
  }
  if (isArray(type) && type.element === 'binary') {
    return [{ path, expected: 'bytes in a column of their own: several have no common length', got: typeText(type) }];
  }
  if (nullable && defaultValue === undefined && !tensor.type.startsWith('float')) {
    const expected = `a default, or a column that is not nullable: the ${tensor.type} tensor of input '${tensor.name}' holds no null`;
    return [{ path, expected, got: 'nullable without default' }];
  }
  return [];
}

/** The axes that one value of a column brings to a tensor; bytes are one of any length. */
function innerShape({ type }: ColumnSpec): Shape {
  if (isArray(type)) return type.shape;
  return type === 'binary' ? [null] : [];
}

/** The lengths that two shapes agree on; undefined where they do not. */
function meet(one: Shape, other: Shape): Shape | undefined {
  if (one.length !== other.length || one.some((length, i) => length !== null && other[i] !== null && length !== other[i])) return undefined;
  return one.map((length, i) => length ?? other[i]!);
}

function refusal(path: string, expected: string, got: string): { findings: Finding[] } {
  return { findings: [{ path, expected, got }] };
}
