import { jsonInteger, jsonNumber, type ValueWriter } from '../protocols/write-value';
import { Refusal } from '../refusal';
import type { Batch } from './batch';
import { float16Number } from './float16';
import { type HttpAnswer, jsonAnswer } from './http';
import type { ModelPlan, OutputPlan, TensorValue } from './model-plan';
import type { FeatureAnswerPlan, Plan } from './plan';
import type { ScoredRows } from './score';

/** Lambda's limit for an answer, whose body is once more escaped as a string in JSON. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 2048;

/** The answer of a model: `{"predictions": [...]}`, an element a row. */
export function encodePredictions(plan: Plan, model: ModelPlan, rows: number, scored: readonly ScoredRows[]): HttpAnswer {
  const predictions = new Array<unknown>(rows);
  for (const run of scored) {
    const outputs = model.outputs.map((output) => rowValues(model, output, run, rows));
    run.rows.forEach((row, i) => {
      predictions[row] =
        outputs.length === 1 ? outputs[0]!(i) : Object.fromEntries(outputs.map((valueOf, o) => [model.outputs[o]!.name, valueOf(i)]));
    });
  }
  return answer(plan, { predictions });
}

/** The answer of a feature spec: `{"outputs": [...], "feature_states": [...]}`, an object a row in both. */
export function encodeFeatures(plan: Plan, { columns }: FeatureAnswerPlan, batch: Batch): HttpAnswer {
  const outputs = Array.from({ length: batch.rows }, (): Record<string, unknown> => ({}));
  const states = Array.from({ length: batch.rows }, (): Record<string, string> => ({}));
  for (const { name, column, write } of columns) {
    const { values, missing } = batch.columns[column]!;
    values.forEach((value, row) => define(outputs[row]!, name, writeOrNull(write, value)));
    for (const { row, state } of missing) define(states[row]!, name, state);
  }
  return answer(plan, { outputs, feature_states: states });
}

/** `__proto__` is a column name like any other. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
  else object[name] = value;
}

function writeOrNull(write: ValueWriter, value: unknown): unknown {
  return value === null ? null : write(value);
}

function answer(plan: Plan, body: unknown): HttpAnswer {
  const made = jsonAnswer(200, body, { 'served-model-name': plan.entityName });
  if (made.body.length * 2 > MAX_ANSWER_BYTES && Buffer.byteLength(JSON.stringify(made.body)) > MAX_ANSWER_BYTES) {
    throw new Refusal('INVALID_PARAMETER_VALUE', 'the answer is larger than 6 MB: send fewer records at once', { status: 413 });
  }
  return made;
}

/** An output's value of the i-th row of a run. */
function rowValues(model: ModelPlan, { name, tensor, classes }: OutputPlan, run: ScoredRows, rows: number): (i: number) => unknown {
  const { dims, data, type } = run.outputs[tensor]!;
  const element = elementReader(type, data);
  if (dims.length === 0 || dims[0] !== run.rows.length) {
    if (rows > 1 && !model.oneByOne) {
      throw new Refusal('INVALID_PARAMETER_VALUE', {
        expected: `one record at a time, because output '${name}' has no batch axis (\`outputs\` of the model chooses which are answered)`,
        got: `${rows} records`,
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

function nested(element: (at: number) => unknown, dims: readonly number[], axis: number, start: number): unknown {
  if (axis === dims.length) return element(start);
  const size = dims.slice(axis + 1).reduce((product, length) => product * length, 1);
  return Array.from({ length: dims[axis]! }, (_, i) => nested(element, dims, axis + 1, start + i * size));
}

/** The JSON form of a tensor's elements. */
function elementReader(type: TensorValue['type'], data: TensorValue['data']): (at: number) => unknown {
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
}
