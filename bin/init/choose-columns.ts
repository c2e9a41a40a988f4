import type { InputTensor } from '../../lib/models/onnx-signature';
import { columnTypeOf } from '../../lib/contract/conversions';
import { type ColumnSpec, type DataType, type TensorType } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';
import type { Sample, SampleColumn } from './sample';

/** Columns of a model, as far as a sample says them. */
export interface ChosenColumns {
  /** Absent where the file says enough. */
  readonly columns?: readonly ColumnSpec[];
  readonly notes: readonly string[];
}

/**
 * The columns that make a model's inputs: an input of its own takes the sample's column of its name, a single matrix the columns in their order.
 * @param file the ONNX file, as the user wrote it
 * @param target the column of the sample that is no input
 * @throws UserError when nothing says what the columns of a matrix are, or when the sample is not of this model
 */
export function chooseColumns(
  file: string,
  tensors: readonly InputTensor[],
  sample: Sample | undefined,
  target: string | undefined,
): ChosenColumns {
  if (sample === undefined) {
    for (const tensor of tensors) if (tensors.length === 1 || tensor.shape === undefined) demandNames(file, tensor);
    return { notes: [] };
  }
  const given = withoutTarget(sample, target);
  const [only, ...others] = tensors;
  const own = (column: SampleColumn): boolean => tensors.some(({ name }) => name === column.name);
  const unnamed = tensors.filter(({ name }) => !given.some((column) => column.name === name));
  const matrix = others.length === 0 ? only! : unnamed.length === 1 && isMatrix(unnamed[0]!) ? unnamed[0]! : undefined;
  const inMatrix = others.length === 0 ? given : given.filter((column) => !own(column));

  if (matrix === undefined && unnamed.length > 0) {
    throw new UserError(`${sample.file}: expected a column for each input of ${file}, got: none for ${quoted(unnamed)}`);
  }
  const notes: string[] = [];
  const named = matrix === undefined ? given.filter(own) : given;
  if (matrix === undefined && inMatrix.length > 0)
    notes.push(`columns of ${sample.file} that the model does not take: ${quoted(inMatrix)}`);
  if (matrix !== undefined) checkWidth(sample, matrix, inMatrix);

  const columns = named.map((column): ColumnSpec => {
    const tensor = inMatrix.includes(column) && matrix !== undefined ? matrix : tensors.find(({ name }) => name === column.name)!;
    const nullable = column.missing > 0 && tensor.type.startsWith('float');
    return {
      name: column.name,
      type: typeOf(sample, column, tensor, tensor === matrix ? inMatrix.length : 1),
      ...(nullable && { nullable }),
    };
  });
  return { columns, notes: [...notes, ...oddities(sample.file, named)] };
}

/** Whether an input holds several values a row, side by side. */
function isMatrix({ shape }: InputTensor): boolean {
  return shape?.length === 2 && shape[1] !== 1;
}

function demandNames(file: string, tensor: InputTensor): void {
  if (tensor.shape !== undefined && !isMatrix(tensor)) return;
  const width = tensor.shape?.[1] ?? undefined;
  const what = tensor.shape === undefined ? 'of a shape' : `a matrix of ${width === undefined ? '' : `${width} `}columns`;
  throw new UserError(
    `${file}: input '${tensor.name}' is ${what} that the file does not name: pass --sample with a CSV file whose header has the model's ` +
      'columns in its order, and at least one row; a single column of vectors has JSON lists in its cells',
  );
}

function withoutTarget({ file, columns }: Sample, target: string | undefined): readonly SampleColumn[] {
  if (target !== undefined && !columns.some(({ name }) => name === target)) {
    throw new UserError(`--target: expected a column of ${file} (${quoted(columns)}), got: '${target}'`);
  }
  return columns.filter(({ name }) => name !== target);
}

function checkWidth({ file }: Sample, tensor: InputTensor, columns: readonly SampleColumn[]): void {
  const width = isMatrix(tensor) ? (tensor.shape![1] ?? columns.length) : 1;
  if (columns.length === width || columns.length === 1) return;
  const advice = columns.length === width + 1 ? '; name the one that the model predicts by --target' : '';
  throw new UserError(
    `${file}: expected ${width === 1 ? '1 column' : `${width} columns`}, as input '${tensor.name}' takes, got: ${columns.length} (${quoted(columns)})${advice}`,
  );
}

/** The type of a column: what its tensor holds, or for a number in a float tensor what the sample has. */
function typeOf({ file }: Sample, column: SampleColumn, { name, type, shape }: InputTensor, width: number): DataType {
  const rest = shape?.slice(1) ?? [];
  if (width === 1 && rest.length > 0 && !(rest.length === 1 && rest[0] === 1)) return { element: columnTypeOf(type), shape: rest };
  const { firstText } = column;
  if (type !== 'string' && type !== 'bool' && column.kind === 'text' && firstText !== undefined) {
    throw new UserError(
      `${file}:${firstText.line}: column '${column.name}': expected a number for input '${name}', which is of ${type}, got: ${JSON.stringify(firstText.cell)}`,
    );
  }
  return type.startsWith('float') ? numberType(column, type) : columnTypeOf(type);
}

function numberType({ kind }: SampleColumn, tensor: TensorType): DataType {
  return kind === 'boolean' || kind === 'integer' || kind === 'long' ? kind : columnTypeOf(tensor);
}

/** What is odd about the columns of a sample, which may be a mistake. */
function oddities(file: string, columns: readonly SampleColumn[]): string[] {
  const empty = columns.filter(({ kind }) => kind === 'nothing');
  const constant = columns.filter(({ isConstant }) => isConstant);
  return [
    ...(empty.length > 0 ? [`columns of ${file} that are empty, so that the model says their types: ${quoted(empty)}`] : []),
    ...(constant.length > 0 ? [`columns of ${file} with one value in all rows: ${quoted(constant)}`] : []),
  ];
}

function quoted(named: readonly { readonly name: string }[]): string {
  return named.map(({ name }) => `'${name}'`).join(', ');
}
