import type { ValueWriter } from '../protocols/write-value';
import { Refusal } from '../refusal';
import type { Batch } from './batch';
import { type HttpAnswer, jsonAnswer } from './http';
import type { ModelPlan, RoutineStepPlan } from './model-plan';
import { jsonElements, outputReader, outputValues } from './output-values';
import type { Part } from './part';
import type { FeatureAnswerPlan } from './plan';
import type { ScoredRows } from './score';

/** Lambda's limit for an answer, whose body is once more escaped as a string in JSON. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 2048;

/** What is answered of some records: lists with an element a record, by their names in the answer's body. */
export type Lists = { readonly [name: string]: readonly unknown[] };

/** What a model predicts. @param records how many the request has */
export function listPredictions(model: ModelPlan, rows: number, scored: readonly ScoredRows[], records: number): Lists {
  const predictions = new Array<unknown>(rows);
  for (const run of scored) {
    const readers = model.outputs.map((output) => outputReader(model, output, run, records, jsonElements));
    run.rows.forEach((row, i) => {
      predictions[row] = readers.length === 1 ? readers[0]!(i) : outputValues(model, readers, i);
    });
  }
  return { predictions };
}

/** What the routine of a model version gives. */
export function listResults({ outputs }: RoutineStepPlan, results: readonly (readonly unknown[])[]): Lists {
  const predictions = results.map((values) => {
    const written = values.map((value, i) => writeOrNull(outputs[i]!.write, value));
    return written.length === 1 ? written[0] : Object.fromEntries(written.map((value, i) => [outputs[i]!.name, value]));
  });
  return { predictions };
}

/** What a feature spec gives: objects by column. */
export function listFeatures({ columns }: FeatureAnswerPlan, batch: Batch): Lists {
  const outputs = Array.from({ length: batch.rows }, (): Record<string, unknown> => ({}));
  const states = Array.from({ length: batch.rows }, (): Record<string, string> => ({}));
  for (const { name, column, write } of columns) {
    const { values, missing } = batch.columns[column]!;
    values.forEach((value, row) => define(outputs[row]!, name, writeOrNull(write, value)));
    for (const { row, state } of missing) define(states[row]!, name, state);
  }
  return { outputs, feature_states: states };
}

/**
 * The answer to a request: the lists of all its parts in the order of its records.
 * @param servedEntities who answered each record, where the traffic is split
 * @throws Refusal if it is too large to be sent
 */
export function encode(parts: readonly Part[], lists: readonly Lists[], servedEntities?: readonly string[]): HttpAnswer {
  const names = servedEntities === undefined ? parts[0]!.plan.entityName : [...new Set(servedEntities)].join(', ');
  const merged = parts.length === 1 ? lists[0]! : inOrder(parts, lists);
  const body = servedEntities === undefined ? merged : { ...merged, served_entities: servedEntities };
  const made = jsonAnswer(200, body, names === '' ? {} : { 'served-model-name': names });
  if (made.body.length * 2 > MAX_ANSWER_BYTES && Buffer.byteLength(JSON.stringify(made.body)) > MAX_ANSWER_BYTES) {
    throw new Refusal('INVALID_PARAMETER_VALUE', 'the answer is larger than 6 MB: send fewer records at once', { status: 413 });
  }
  return made;
}

function inOrder(parts: readonly Part[], lists: readonly Lists[]): Lists {
  return Object.fromEntries(
    Object.keys(lists[0]!).map((name) => {
      const all: unknown[] = [];
      parts.forEach(({ rows }, i) => rows!.forEach((row, at) => (all[row] = lists[i]![name]![at])));
      return [name, all];
    }),
  );
}

/** `__proto__` is a column name like any other. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
  else object[name] = value;
}

function writeOrNull(write: ValueWriter, value: unknown): unknown {
  return value === null ? null : write(value);
}
