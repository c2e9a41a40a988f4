import { Refusal } from '../../refusal';
import type { Answer, AnsweredPart, FeatureAnswer, ModelAnswer, RoutineAnswer } from '../answer';
import { type HttpAnswer, jsonAnswer } from '../http';
import { jsonElements, rowObject, rowReader } from '../tensor';
import type { ValueWriter } from '../write-value';

/** Lambda's limit for an answer, whose body is escaped once more as a string in JSON. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 2048;

/** The lists of an answer's body by name, with an element a record. */
type Lists = { readonly [name: string]: readonly unknown[] };

/** Writes an answer: lists in the order of the request's records. @throws Refusal if it is too large to be sent */
export function writeAnswer({ parts, records, servedEntities }: Answer): HttpAnswer {
  const names = servedEntities === undefined ? parts[0]!.entityName : [...new Set(servedEntities)].join(', ');
  const lists = parts.map((part) => listsOf(part, records));
  const merged = parts.length === 1 ? lists[0]! : inOrder(parts, lists);
  const body = servedEntities === undefined ? merged : { ...merged, served_entities: servedEntities };
  const made = jsonAnswer(200, body, names === '' ? {} : { 'served-model-name': names });
  if (made.body.length * 2 > MAX_ANSWER_BYTES && Buffer.byteLength(JSON.stringify(made.body)) > MAX_ANSWER_BYTES) {
    throw new Refusal('INVALID_PARAMETER_VALUE', 'the answer is larger than 6 MB: send fewer records at once', { status: 413 });
  }
  return made;
}

function listsOf({ rows, answer }: AnsweredPart, records: number): Lists {
  switch (answer.kind) {
    case 'model':
      return { predictions: listOutputs(answer, rows?.length ?? records) };
    case 'routine':
      return { predictions: listResults(answer) };
    case 'features':
      return listFeatures(answer);
  }
}

function listOutputs({ runs }: ModelAnswer, records: number): unknown[] {
  const predictions = new Array<unknown>(records);
  for (const { rows, outputs } of runs) {
    const readers = outputs.map((output) => rowReader(output, jsonElements));
    rows.forEach((row, i) => {
      predictions[row] = readers.length === 1 ? readers[0]!(i) : rowObject(outputs, readers, i);
    });
  }
  return predictions;
}

function listResults({ outputs, results }: RoutineAnswer): unknown[] {
  return results.map((values) => {
    const written = values.map((value, i) => writeOrNull(outputs[i]!.write, value));
    return written.length === 1 ? written[0] : Object.fromEntries(written.map((value, i) => [outputs[i]!.name, value]));
  });
}

function listFeatures({ columns, records }: FeatureAnswer): Lists {
  const outputs = Array.from({ length: records }, (): Record<string, unknown> => ({}));
  const states = Array.from({ length: records }, (): Record<string, string> => ({}));
  for (const { name, write, values, missing } of columns) {
    values.forEach((value, row) => define(outputs[row]!, name, writeOrNull(write, value)));
    for (const { row, state } of missing) define(states[row]!, name, state);
  }
  return { outputs, feature_states: states };
}

function inOrder(parts: readonly AnsweredPart[], lists: readonly Lists[]): Lists {
  return Object.fromEntries(
    Object.keys(lists[0]!).map((name) => {
      const all: unknown[] = [];
      parts.forEach(({ rows }, i) => rows!.forEach((row, k) => (all[row] = lists[i]![name]![k])));
      return [name, all];
    }),
  );
}

/** Sets a property under any name: `__proto__` is a column name like any other. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
  else object[name] = value;
}

function writeOrNull(write: ValueWriter, value: unknown): unknown {
  return value === null ? null : write(value);
}
