import { type ColumnSpec, type DataType, isArray, type ScalarType } from '../../lib/contract/data-types';
import type { ModelInputSpec } from '../../lib/contract/endpoint-spec';
import { Mismatch } from '../protocols/mismatch';
import { shapeOf } from '../protocols/read-value';
import { Refusal } from '../refusal';
import type { Batch } from './batch';
import type { TensorData } from '../protocols/tensor';
import type { InputPlan } from './model-plan';
import { type ElementWriter, elementWriter, NAN_ELEMENT, tensorData } from './tensor-elements';

/** A column of the records that feeds a model's column. */
export interface Feed {
  readonly index: number;
  readonly type: DataType;
}

/** Plans an input tensor. @param feeds the columns of the records that feed the input's columns, in their order */
export function inputPlan(input: ModelInputSpec, feeds: readonly Feed[]): InputPlan {
  if (input.layout === 'matrix') return matrixPlan(input, feeds);
  const [column] = input.columns;
  const [feed] = feeds;
  return isVector(column!.type) ? vectorPlan(input, column!, feed!) : scalarPlan(input, column!, feed!);
}

/** Whether a column holds a vector; bytes are a vector of uint8. */
function isVector(type: DataType): boolean {
  return isArray(type) || type === 'binary';
}

interface ScalarFeed {
  readonly index: number;
  readonly name: string;
  readonly write: ElementWriter;
  /** The element of a missing value; undefined if the tensor has none. */
  readonly missing: number | undefined;
}

function scalarFeed({ type: to }: ModelInputSpec, { name, type }: ColumnSpec, feed: Feed): ScalarFeed {
  return { index: feed.index, name, write: elementWriter(feed.type as ScalarType, type as ScalarType, to), missing: NAN_ELEMENT[to] };
}

function matrixPlan(input: ModelInputSpec, feeds: readonly Feed[]): InputPlan {
  const columns = input.columns.map((column, i) => scalarFeed(input, column, feeds[i]!));
  const { name, type } = input;
  return {
    name,
    shapeOf: undefined,
    make(batch, rows) {
      const data = tensorData(type, rows.length * columns.length);
      columns.forEach((column, i) => fill(data, i, columns.length, column, batch, rows));
      return { type, dims: [rows.length, columns.length], data };
    },
  };
}

function scalarPlan(input: ModelInputSpec, column: ColumnSpec, feed: Feed): InputPlan {
  const scalar = scalarFeed(input, column, feed);
  const { name, type } = input;
  const ones = input.shape.slice(1).map(() => 1);
  return {
    name,
    shapeOf: undefined,
    make(batch, rows) {
      const data = tensorData(type, rows.length);
      fill(data, 0, 1, scalar, batch, rows);
      return { type, dims: [rows.length, ...ones], data };
    },
  };
}

function fill(
  data: TensorData,
  start: number,
  step: number,
  { index, name, write, missing }: ScalarFeed,
  batch: Batch,
  rows: readonly number[],
): void {
  const { values } = batch.columns[index]!;
  for (let i = 0, at = start; i < rows.length; i++, at += step) {
    const value = values[rows[i]!];
    data[at] = value === null ? orRefuse(missing, name, rows[i]!) : written(write, value, name, rows[i]!);
  }
}

function vectorPlan(input: ModelInputSpec, column: ColumnSpec, feed: Feed): InputPlan {
  const { name, type } = input;
  const [from, through] = [feed.type, column.type].map((type): ScalarType => (isArray(type) ? type.element : (type as ScalarType)));
  const write = elementWriter(from!, through!, type);
  const shape = input.shape.slice(1);
  const missing = shape.includes(null) ? undefined : NAN_ELEMENT[type];
  const rowShape = (batch: Batch, row: number): readonly number[] => {
    const value = batch.columns[feed.index]!.values[row];
    if (value === null) return orRefuse(missing === undefined ? undefined : (shape as readonly number[]), column.name, row);
    const lengths = value instanceof Uint8Array ? [value.length] : shapeOf(value, shape);
    // the column of the records may allow any length
    if (shape.some((length, axis) => length !== null && length !== lengths[axis])) {
      const [expected, got] = [shape, lengths].map((lengths) => `a value of shape [${lengths.map((length) => length ?? '?').join(',')}]`);
      throw new Refusal('INVALID_PARAMETER_VALUE', { row, column: column.name, expected: expected!, got: got! });
    }
    return lengths;
  };
  return {
    name,
    shapeOf: shape.includes(null) ? (batch, row) => rowShape(batch, row).join('x') : undefined,
    make(batch, rows) {
      const inner = rowShape(batch, rows[0]!);
      const size = inner.reduce((product, length) => product * length, 1);
      const data = tensorData(type, rows.length * size);
      const { values } = batch.columns[feed.index]!;
      rows.forEach((row, i) => {
        rowShape(batch, row);
        let at = i * size;
        const value = values[row];
        if (value === null) for (const end = at + size; at < end;) data[at++] = missing!;
        else for (const element of elementsOf(value, inner.length)) data[at++] = written(write, element, column.name, row);
      });
      return { type, dims: [rows.length, ...inner], data };
    },
  };
}

/** The elements of a row's value, in order. */
function elementsOf(value: unknown, rank: number): Iterable<unknown> {
  return value instanceof Uint8Array ? value : (value as readonly unknown[]).flat(rank - 1);
}

function written(write: ElementWriter, value: unknown, column: string, row: number): number | bigint | string {
  try {
    return write(value);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected: error.expected, got: error.got }, { cause: error });
  }
}

function orRefuse<T>(missing: T | undefined, column: string, row: number): T {
  if (missing !== undefined) return missing;
  throw new Refusal('INVALID_PARAMETER_VALUE', { row, column, expected: 'a value', got: 'null' });
}
