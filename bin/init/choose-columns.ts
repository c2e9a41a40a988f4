import type { InputTensor } from '../../lib/models/onnx-signature';
import { columnTypeOf } from '../../lib/contract/conversions';
import { type ColumnSpec, type DataType, type TensorType } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';
import type { Sample, SampleColumn } from './sample';

/** The columns of a model, chosen from a sample. */
export interface ChosenColumns {
  /** Absent if the ONNX file names its columns. */
  readonly columns?: readonly ColumnSpec[];
  readonly notes: readonly string[];
}

/**
 * Chooses the columns of a model's inputs. An input takes the sample's column with its name; a single matrix takes the columns in their order.
 * @param file the path of the ONNX file as the user wrote it
 * @param target the column of the sample that is not an input
 * @throws UserError if nothing names the columns of a matrix, or if the sample does not fit the model
 */
export function chooseColumns(
  file: string,
  tensors: readonly InputTensor[],
  sample: Sample | undefined,
  target: string | undefined,
): ChosenColumns {
  if (sample === undefined) {
    for (const tensor of tensors) if (tensors.length === 1 || tensor.shape === undefined) requireNames(file, tensor);
    return { notes: [] };
  }
  const given = withoutTarget(sample, target);
  const [only, ...others] = tensors;
  const hasTensor = (column: SampleColumn): boolean => tensors.some(({ name }) => name === column.name);
  const unnamed = tensors.filter(({ name }) => !given.some((column) => column.name === name));
  const matrix = others.length === 0 ? only! : unnamed.length === 1 && isMatrix(unnamed[0]!) ? unnamed[0]! : undefined;
  const inMatrix = others.length === 0 ? given : given.filter((column) => !hasTensor(column));

  if (matrix === undefined && unnamed.length > 0) {
    throw new UserError(`${sample.file}: expected a column for each input of ${file}, got: none for ${quoted(unnamed)}`);
  }
  const notes: string[] = [];
  const named = matrix === undefined ? given.filter(hasTensor) : given;
  if (matrix === undefined && inMatrix.length > 0)
    notes.push(`columns of ${sample.file} that are not inputs of the model: ${quoted(inMatrix)}`);
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
  return { columns, notes: [...notes, ...columnNotes(sample.file, named)] };
}

/** Whether an input has several values in a row. */
function isMatrix({ shape }: InputTensor): boolean {
  return shape?.length === 2 && shape[1] !== 1;
}

function requireNames(file: string, tensor: InputTensor): void {
  if (tensor.shape !== undefined && !isMatrix(tensor)) return;
  const width = tensor.shape?.[1] ?? undefined;
  const what =
    tensor.shape === undefined ? 'has an unknown shape' : `is a matrix of ${width === undefined ? '' : `${width} `}columns without names`;
  throw new UserError(
    `${file}: input '${tensor.name}' ${what}: pass --sample with a CSV or Parquet file that has the model's columns, in the ` +
      'order of the model, and at least one row; if the column is a vector, its cells in CSV are JSON lists',
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
  const advice = columns.length === width + 1 ? '; if one is what the model predicts, name it with --target' : '';
  throw new UserError(
    `${file}: expected ${width === 1 ? '1 column' : `${width} columns`}, as input '${tensor.name}' takes, got: ${columns.length} (${quoted(columns)})${advice}`,
  );
}

/** The type of a column: the element type of its tensor, or the type of the sample's cells for a number in a float tensor. */
function typeOf({ file }: Sample, column: SampleColumn, { name, type, shape }: InputTensor, width: number): DataType {
  const rest = shape?.slice(1) ?? [];
  if (width === 1 && rest.length > 0 && !(rest.length === 1 && rest[0] === 1)) return { element: columnTypeOf(type), shape: rest };
  const { firstText } = column;
  if (type !== 'string' && type !== 'bool' && column.kind === 'text' && firstText !== undefined) {
    throw new UserError(
      `${file}:${firstText.line}: column '${column.name}': expected a number for input '${name}' of type ${type}, got: ${JSON.stringify(firstText.cell)}`,
    );
  }
  return type.startsWith('float') ? numberType(column, type) : columnTypeOf(type);
}

/** Returns the tensor's type even if the sample has only whole numbers, because the model takes fractions, too. */
function numberType({ kind }: SampleColumn, tensor: TensorType): DataType {
  return kind === 'boolean' ? kind : columnTypeOf(tensor);
}

/** Notes on columns of a sample that may be a mistake. */
function columnNotes(file: string, columns: readonly SampleColumn[]): string[] {
  const empty = columns.filter(({ kind }) => kind === 'nothing');
  const constant = columns.filter(({ isConstant }) => isConstant);
  return [
    ...(empty.length > 0 ? [`columns of ${file} that are empty; their types are those of the model: ${quoted(empty)}`] : []),
    ...(constant.length > 0 ? [`columns of ${file} with one value in all rows: ${quoted(constant)}`] : []),
  ];
}

function quoted(named: readonly { readonly name: string }[]): string {
  return named.map(({ name }) => `'${name}'`).join(', ');
}
