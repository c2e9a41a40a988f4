// The request body of an MLflow scoring server and of a Databricks serving endpoint: a JSON object with exactly one of four formats.
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
import { Refusal } from '../refusal';
import { bareNumber } from './bare-number';
import { readDataframeRecords } from './dataframe-records';
import { readDataframeSplit } from './dataframe-split';
import { readInputs } from './inputs';
import { readInstances } from './instances';
import { type BodyRecords, isObject, type RequestColumns } from './records';
import { describeValue, describeNames } from './describe-value';

const READERS = {
  dataframe_records: readDataframeRecords,
  dataframe_split: readDataframeSplit,
  inputs: readInputs,
  instances: readInstances,
};

/** The formats' keys in a body. */
export const FORMATS = Object.keys(READERS) as (keyof typeof READERS)[];

const EXPECTED = `a JSON object with exactly one of ${FORMATS.join(', ')}`;

/**
 * Reads the records of a request body and its `params`. Other keys beside the format are ignored, as MLflow does.
 */
export function readBody(text: string, columns: RequestColumns, isArrayColumn: readonly boolean[]): BodyRecords {
  const body = parse(text);
  if (!isObject(body)) throw refused(EXPECTED, describeValue(body));
  const formats = FORMATS.filter((format) => Object.hasOwn(body, format));
  if (formats.length !== 1) {
    const keys = Object.keys(body);
    throw refused(
      EXPECTED,
      formats.length > 1 ? formats.join(' and ') : keys.length === 0 ? 'an empty object' : `an object with ${describeNames(keys)}`,
    );
  }
  const format = formats[0]!;
  const records = Object.assign(READERS[format](body[format], columns, isArrayColumn), { body });
  const { params = null } = body;
  if (params === null) return records;
  if (!isObject(params)) throw refused('an object of values by name in params', describeValue(params));
  return { ...records, params };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(EXPECTED, problemOf(text), error);
  }
}

function problemOf(text: string): string {
  return text.trim() === '' ? 'an empty body' : (bareNumber(text) ?? 'text that is no JSON');
}

function refused(expected: string, got: string, cause?: unknown): Refusal {
  return new Refusal('INVALID_PARAMETER_VALUE', { expected, got }, { cause });
}
