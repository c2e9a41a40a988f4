import { Refusal } from '../../refusal';
import type { Answer, AnsweredPart, FeatureAnswer, ModelAnswer, RoutineAnswer } from '../answer';
import { type HttpAnswer, jsonAnswer } from '../http';
import { REDACTED } from '../protocol';
import { jsonElements, rowObject, rowReader } from '../tensor';
import type { ValueWriter } from '../write-value';

/** Lambda's limit for an answer, in bytes. The answer contains the body as a JSON string, so the body is escaped once more. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 2048;

/** The lists of an answer's body by name, with one element per record. */
type Lists = { readonly [name: string]: readonly unknown[] };

/** Writes an answer. @throws Refusal if the answer is too large */
export function writeAnswer(answer: Answer): HttpAnswer {
  const { parts, servedEntities } = answer;
  const names = servedEntities === undefined ? parts[0]!.entityName : [...new Set(servedEntities)].join(', ');
  const made = jsonAnswer(200, answerBody(answer), names === '' ? {} : { 'served-model-name': names });
  if (made.body.length * 2 > MAX_ANSWER_BYTES && Buffer.byteLength(JSON.stringify(made.body)) > MAX_ANSWER_BYTES) {
    throw new Refusal('INVALID_PARAMETER_VALUE', 'the answer is larger than 6 MB: send fewer records at once', { status: 413 });
  }
  return made;
}

const NONE: ReadonlySet<string> = new Set();

/** The body of an answer: lists in the order of the request's records. @param redacted the outputs whose values are left out */
export function answerBody({ parts, records, servedEntities }: Answer, redacted = NONE): object {
  const lists = parts.map((part) => listsOf(part, records, redacted));
  const merged = parts.length === 1 ? lists[0]! : inOrder(parts, lists);
  return servedEntities === undefined ? merged : { ...merged, served_entities: servedEntities };
}

function listsOf({ rows, answer }: AnsweredPart, records: number, redacted: ReadonlySet<string>): Lists {
  switch (answer.kind) {
    case 'model':
      return { predictions: listOutputs(answer, rows?.length ?? records, redacted) };
    case 'routine':
      return { predictions: listResults(answer, redacted) };
    case 'features':
      return listFeatures(answer, redacted);
  }
}

function listOutputs({ runs }: ModelAnswer, records: number, redacted: ReadonlySet<string>): unknown[] {
  const predictions = new Array<unknown>(records);
  for (const { rows, outputs } of runs) {
    const readers = outputs.map((output) => (redacted.has(output.name) ? readNothing : rowReader(output, jsonElements)));
    rows.forEach((row, i) => {
      predictions[row] = readers.length === 1 ? readers[0]!(i) : rowObject(outputs, readers, i);
    });
  }
  return predictions;
}

function readNothing(): string {
  return REDACTED;
}

function listResults({ outputs, results }: RoutineAnswer, redacted: ReadonlySet<string>): unknown[] {
  const writers = outputs.map(({ name, write }) => (redacted.has(name) ? readNothing : write));
  return results.map((values) => {
    const written = values.map((value, i) => writeOrNull(writers[i]!, value));
    return written.length === 1 ? written[0] : Object.fromEntries(written.map((value, i) => [outputs[i]!.name, value]));
  });
}

function listFeatures({ columns, records }: FeatureAnswer, redacted: ReadonlySet<string>): Lists {
  const outputs = Array.from({ length: records }, (): Record<string, unknown> => ({}));
  const states = Array.from({ length: records }, (): Record<string, string> => ({}));
  for (const { name, write, values, missing } of columns) {
    const writer = redacted.has(name) ? readNothing : write;
    values.forEach((value, row) => define(outputs[row]!, name, writeOrNull(writer, value)));
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
