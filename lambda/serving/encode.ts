import type { ValueWriter } from '../protocols/write-value';
import { Refusal } from '../refusal';
import type { Batch } from './batch';
import { type HttpAnswer, jsonAnswer } from './http';
import type { ModelPlan, RoutineStepPlan } from './model-plan';
import { jsonElements, outputReader, outputValues } from './output-values';
import type { FeatureAnswerPlan, Plan } from './plan';
import type { ScoredRows } from './score';

/** Lambda's limit for an answer, whose body is once more escaped as a string in JSON. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 2048;

/** The answer of a model: `{"predictions": [...]}`, an element a row. */
export function encodePredictions(plan: Plan, model: ModelPlan, rows: number, scored: readonly ScoredRows[]): HttpAnswer {
  const predictions = new Array<unknown>(rows);
  for (const run of scored) {
    const readers = model.outputs.map((output) => outputReader(model, output, run, rows, jsonElements));
    run.rows.forEach((row, i) => {
      predictions[row] = readers.length === 1 ? readers[0]!(i) : outputValues(model, readers, i);
    });
  }
  return answer(plan, { predictions });
}

/** The answer of a model version whose routine gives it: `{"predictions": [...]}`, an element a row. */
export function encodeResults(plan: Plan, { outputs }: RoutineStepPlan, results: readonly (readonly unknown[])[]): HttpAnswer {
  const predictions = results.map((values) => {
    const written = values.map((value, i) => writeOrNull(outputs[i]!.write, value));
    return written.length === 1 ? written[0] : Object.fromEntries(written.map((value, i) => [outputs[i]!.name, value]));
  });
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
