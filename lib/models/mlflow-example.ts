// The input example of an MLflow model (https://mlflow.org/docs/latest/ml/model/signatures/#input-examples). Its first record becomes the
// example request of an endpoint.
import { readFileSync, statSync } from 'node:fs';
import { type ColumnSpec, isArray, type JsonValue } from '../contract/data-types';
import type { ModelInputSpec } from '../contract/endpoint-spec';
import { defaultValueProblem } from '../contract/json-values';
import { isMap, type YamlMap } from './mlflow-directory';
import { partOf } from './mlflow-signature';

/** The maximum size of an example file, in bytes. */
const MAX_FILE_BYTES = 1_048_576;

/** The maximum size of a record as JSON, in bytes. A longer one fills a terminal. */
const MAX_RECORD_BYTES = 4_096;

/** Returns the first record of an example by column, or undefined if it has no values for these columns or is too large. */
export function firstRecord(file: string, inputs: readonly ModelInputSpec[]): { readonly [column: string]: JsonValue } | undefined {
  if (statSync(file).size > MAX_FILE_BYTES) return undefined;
  const columns = inputs.flatMap((input) => input.columns);
  const valueOf = recordReader(partOf(readFileSync(file, 'utf8')), columns);
  const values = columns.flatMap((column): [string, JsonValue][] => {
    const value = validValue(column, valueOf(column.name));
    return value === undefined ? [] : [[column.name, value]];
  });
  const record = Object.fromEntries(values);
  return values.length > 0 && Buffer.byteLength(JSON.stringify(record)) <= MAX_RECORD_BYTES ? record : undefined;
}

type RecordReader = (column: string) => unknown;

/** Returns a function that finds a column's value in the first record. MLflow has a different form for each kind of data. */
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

/** Reads a value of a data frame in pandas' `split` form: rows, and names that may be numbers or absent. */
function splitValue(
  [row]: readonly unknown[],
  names: readonly unknown[] | undefined,
  name: string,
  columns: readonly ColumnSpec[],
): unknown {
  if (!Array.isArray(row)) return undefined;
  const index = names === undefined ? columns.findIndex((column) => column.name === name) : names.map(String).indexOf(name);
  return row[index];
}

/** Returns a record's value, or the first value of a batch. */
function firstOf(example: YamlMap, name: string): unknown {
  const value = example[name];
  return Array.isArray(value) ? (value as unknown[])[0] : value;
}

/** Returns the value if it is valid for the column, or else undefined. */
function validValue({ type }: ColumnSpec, value: unknown): JsonValue | undefined {
  const scalar = !isArray(type) && Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value;
  if (scalar === undefined || scalar === null) return undefined;
  return defaultValueProblem(type, scalar as JsonValue) === undefined ? (scalar as JsonValue) : undefined;
}
