import { describeValue } from '../../lambda/protocols/describe-value';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { columnTypeOf } from '../../lib/contract/conversions';
import { type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import type { ModelOutputSpec, ModelSpec } from '../../lib/contract/endpoint-spec';

/** A column of predictions. */
export interface PredictionColumn {
  readonly name: string;
  readonly type: DataType;
  /** The index of the model's output. */
  readonly output: number;
  /** The class whose value it is, if the output has a value for each class. */
  readonly className?: string;
}

/** The name of the column if there is only one output. */
const PREDICTION = 'prediction';

/** The columns of what a model answers, named like its outputs, or `prediction` if there is one output. */
export function predictionColumns({ routine, outputs }: ModelSpec): PredictionColumn[] {
  const answered = routine?.postprocess?.outputs;
  if (answered !== undefined) {
    return answered.map(({ name, type }, output) => ({ name: answered.length === 1 ? PREDICTION : name, type, output }));
  }
  return outputs.flatMap((spec, output) => columnsOf(spec, outputs.length === 1 ? PREDICTION : spec.name, output));
}

function columnsOf({ type, shape, classes }: ModelOutputSpec, name: string, output: number): PredictionColumn[] {
  // answers have floats as doubles, with all of their digits
  const element = type === 'float16' || type === 'float32' ? 'double' : columnTypeOf(type);
  if (classes !== undefined) return classes.map((className) => ({ name: `${name}.${className}`, type: element, output, className }));
  return [{ name, type: typeOf(element, shape), output }];
}

/** The type of one record's value. The axis of the records is left out, and a list of one value becomes the value. */
function typeOf(element: ScalarType, shape: ModelOutputSpec['shape']): DataType {
  const hasBatch = shape === undefined || (shape.length > 0 && (shape[0] === null || shape[0] === 1));
  const inner = (hasBatch ? shape?.slice(1) : shape) ?? [];
  return inner.length === 0 || (inner.length === 1 && inner[0] === 1) ? element : { element, shape: inner };
}

/** Makes the function that turns an output into a value of its column. It throws `Mismatch`, because a model need not keep to its declared shape. */
export function predictionReader({ type, className }: PredictionColumn): (output: unknown) => unknown {
  const expected = `a prediction of type ${typeText(type)}`;
  if (className !== undefined) return (output) => (output as Readonly<Record<string, unknown>>)[className];
  if (isArray(type)) {
    return (output) => {
      if (output !== null && depthOf(output) !== type.shape.length) throw new Mismatch(expected, describeValue(output));
      return output;
    };
  }
  return (output) => {
    if (Array.isArray(output)) throw new Mismatch(expected, describeValue(output));
    if (type === 'long' && typeof output === 'bigint' && BigInt.asIntN(64, output) !== output)
      throw new Mismatch(expected, describeValue(output));
    return output;
  };
}

function depthOf(value: unknown): number {
  return Array.isArray(value) ? 1 + (value.length === 0 ? 0 : depthOf(value[0])) : 0;
}
