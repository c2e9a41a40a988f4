import { jsonInteger, jsonNumber } from '../protocols/write-value';
import { Refusal } from '../refusal';
import { float16Number } from './float16';
import type { ModelPlan, OutputPlan, TensorValue } from './model-plan';
import type { ScoredRows } from './score';

/** Reads the elements of a tensor by their place. */
export type ElementsOf = (type: TensorValue['type'], data: TensorValue['data']) => (at: number) => unknown;

/** An output's value of the i-th row of a run. */
export type RowReader = (i: number) => unknown;

/**
 * How the values of an output are read off the tensor of a run.
 * @param records how many the request has
 * @throws Refusal if the tensor has no axis for them
 */
export function outputReader(
  model: ModelPlan,
  { name, tensor, mayHaveBatch, classes }: OutputPlan,
  run: ScoredRows,
  records: number,
  elementsOf: ElementsOf,
): RowReader {
  const { dims, data, type } = run.outputs[tensor]!;
  const element = elementsOf(type, data);
  if (!mayHaveBatch || dims[0] !== run.rows.length) {
    if (records > 1 && !model.oneByOne) {
      throw new Refusal('INVALID_PARAMETER_VALUE', {
        expected: `one record at a time, because output '${name}' has no batch axis (\`outputs\` of the model chooses which are answered)`,
        got: `${records} records`,
      });
    }
    return () => nested(element, dims, 0, 0);
  }
  const inner = dims.slice(1);
  const size = inner.reduce((product, length) => product * length, 1);
  if (classes !== undefined) return (i) => Object.fromEntries(classes.map((key, k) => [key, element(i * size + k)]));
  if (inner.length === 0 || (inner.length === 1 && size === 1)) return (i) => element(i);
  return (i) => nested(element, inner, 0, i * size);
}

/** The i-th row of a run as an object, by the names of the outputs. */
export function outputValues({ outputs }: ModelPlan, readers: readonly RowReader[], i: number): object {
  return Object.fromEntries(readers.map((valueOf, o) => [outputs[o]!.name, valueOf(i)]));
}

function nested(element: (at: number) => unknown, dims: readonly number[], axis: number, start: number): unknown {
  if (axis === dims.length) return element(start);
  const size = dims.slice(axis + 1).reduce((product, length) => product * length, 1);
  return Array.from({ length: dims[axis]! }, (_, i) => nested(element, dims, axis + 1, start + i * size));
}

/** The JSON form of a tensor's elements. */
export const jsonElements: ElementsOf = (type, data) => {
  switch (type) {
    case 'string':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return (at) => data[at];
    case 'bool':
      return (at) => Boolean(data[at]);
    case 'int64':
    case 'uint64':
      return (at) => jsonInteger(data[at] as bigint);
    case 'float16':
      return (at) => jsonNumber(float16Number(data[at] as number));
    case 'float32':
    case 'float64':
      return (at) => jsonNumber(data[at] as number);
  }
};

/** The JavaScript form of a tensor's elements: that of the column type which the tensor stands for. */
export const valueElements: ElementsOf = (type, data) => {
  switch (type) {
    case 'bool':
      return (at) => Boolean(data[at]);
    case 'uint32':
      return (at) => BigInt(data[at] as number);
    case 'float16':
      return (at) => float16Number(data[at] as number);
    default:
      return (at) => data[at];
  }
};
