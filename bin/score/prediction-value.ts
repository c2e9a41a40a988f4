import { Mismatch } from '../../lambda/protocols/mismatch';
import { describeValue } from '../../lambda/protocols/describe-value';
import { isArray, typeText } from '../../lib/contract/data-types';
import type { PredictionColumn } from './prediction-columns';

/** How an answered output becomes a value of its column, which the shape that a model's file declares need not tell; it throws `Mismatch`. */
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
