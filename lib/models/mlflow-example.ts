// The input example that MLflow keeps with a model, whose first record shows a caller what to send
// (https://mlflow.org/docs/latest/ml/model/signatures/#input-examples).
import { readFileSync, statSync } from 'node:fs';
import { type ColumnSpec, isArray, type JsonValue } from '../contract/data-types';
import type { ModelInputSpec } from '../contract/endpoint-spec';
import { defaultValueProblem } from '../contract/json-values';
import { isMap, type YamlMap } from './mlflow-directory';
import { partOf } from './mlflow-signature';

/** Files above this, in bytes, are data rather than an example. */
const MAX_FILE_BYTES = 1_048_576;

/** A record above this, as JSON, would fill a terminal. */
const MAX_RECORD_BYTES = 4_096;

/** The first record of an example, by column; undefined where the file has no values for these columns, or too many. */
export function firstRecord(file: string, inputs: readonly ModelInputSpec[]): { readonly [column: string]: JsonValue } | undefined {
  if (statSync(file).size > MAX_FILE_BYTES) return undefined;
  const columns = inputs.flatMap((input) => input.columns);
  const valueOf = recordReader(partOf(readFileSync(file, 'utf8')), columns);
  const values = columns.flatMap((column): [string, JsonValue][] => {
    const value = fitting(column, valueOf(column.name));
    return value === undefined ? [] : [[column.name, value]];
  });
  const record = Object.fromEntries(values);
  return values.length > 0 && Buffer.byteLength(JSON.stringify(record)) <= MAX_RECORD_BYTES ? record : undefined;
}

type RecordReader = (column: string) => unknown;

/** How the values of the first record are found: by the form of the example, of which MLflow has one for each kind of data. */
function recordReader(example: unknown, columns: readonly ColumnSpec[]): RecordReader {
  if (Array.isArray(example)) {
    const [first] = example as unknown[];
    return isMap(first) ? (name) => first[name] : () => (columns.length === 1 ? first : undefined);
  }
  if (!isMap(example)) return () => undefined;
  const { columns: names, data, inputs } = example;
  if (inputs !== undefined && !columns.some(({ name }) => name === 'inputs')) return recordReader(inputs, columns);
  if (Array.isArray(data) && (names === undefined || Array.isArray(names))) return (name) => splitValue(data, names, name, columns);
  return (name) => firstOf(example, name);
}

/** A data frame as pandas splits it: names, which may be numbers or left out, and rows. */
function splitValue(
  [row]: readonly unknown[],
  names: readonly unknown[] | undefined,
  name: string,
  columns: readonly ColumnSpec[],
): unknown {
  if (!Array.isArray(row)) return undefined;
  const place = names === undefined ? columns.findIndex((column) => column.name === name) : names.map(String).indexOf(name);
  return row[place];
}

/** A batch of values by name, or one record's value. */
function firstOf(example: YamlMap, name: string): unknown {
  const value = example[name];
  return Array.isArray(value) ? (value as unknown[])[0] : value;
}

/** The value as the column takes it; undefined where it does not. */
function fitting({ type }: ColumnSpec, value: unknown): JsonValue | undefined {
  const scalar = !isArray(type) && Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value;
  if (scalar === undefined || scalar === null) return undefined;
  return defaultValueProblem(type, scalar as JsonValue) === undefined ? (scalar as JsonValue) : undefined;
}
