import { deltaTypeOf } from '../../lambda/offline/feature-schema';
import { columnTypeOf } from '../../lib/contract/conversions';
import type { DataType, ScalarType } from '../../lib/contract/data-types';
import type { ModelOutputSpec, ModelSpec } from '../../lib/contract/endpoint-spec';
import type { OutputColumn } from '../rows/part-format';

/** A column of predictions, and where its values are. */
export interface PredictionColumn {
  readonly name: string;
  readonly type: DataType;
  /** Its place among the answered outputs. */
  readonly output: number;
  /** The class whose value it is, of an output that has one for each; absent of others. */
  readonly className?: string;
}

/** The name of the only output's column. */
const PREDICTION = 'prediction';

/** The columns of what a model answers: by the names of its outputs, or `prediction` if there is one. */
export function predictionColumns({ routine, outputs }: ModelSpec): PredictionColumn[] {
  const answered = routine?.postprocess?.outputs;
  if (answered !== undefined) {
    return answered.map(({ name, type }, output) => ({ name: answered.length === 1 ? PREDICTION : name, type, output }));
  }
  return outputs.flatMap((spec, output) => columnsOf(spec, outputs.length === 1 ? PREDICTION : spec.name, output));
}

/** The column as it is written. */
export function writtenColumn({ name, type }: PredictionColumn): OutputColumn {
  return { name, type: deltaTypeOf(type) };
}

function columnsOf({ type, shape, classes }: ModelOutputSpec, name: string, output: number): PredictionColumn[] {
  // answers have the doubles that floats are, with all of their digits
  const element = type === 'float16' || type === 'float32' ? 'double' : columnTypeOf(type);
  if (classes !== undefined) return classes.map((className) => ({ name: `${name}.${className}`, type: element, output, className }));
  return [{ name, type: typeOf(element, shape), output }];
}

/** As the value of a record is answered: without the axis of the records, and a lone value not in a list. */
function typeOf(element: ScalarType, shape: ModelOutputSpec['shape']): DataType {
  const hasBatch = shape === undefined || (shape.length > 0 && (shape[0] === null || shape[0] === 1));
  const inner = (hasBatch ? shape?.slice(1) : shape) ?? [];
  return inner.length === 0 || (inner.length === 1 && inner[0] === 1) ? element : { element, shape: inner };
}
