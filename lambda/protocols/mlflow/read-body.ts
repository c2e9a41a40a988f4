// The request body of an MLflow scoring server and of a Databricks serving endpoint: a JSON object with exactly one of four formats.
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
import { Refusal } from '../../refusal';
import { describeNames, describeValue } from '../describe-value';
import { parseJson } from '../json-body';
import type { DecodedRequest } from '../protocol';
import { isObject, type RequestColumns } from '../records';
import { readDataframeRecords } from './dataframe-records';
import { readDataframeSplit } from './dataframe-split';
import { readInputs } from './inputs';
import { readInstances } from './instances';

const READERS = {
  dataframe_records: readDataframeRecords,
  dataframe_split: readDataframeSplit,
  inputs: readInputs,
  instances: readInstances,
};

/** The keys of the formats in a body. */
export const FORMATS = Object.keys(READERS) as (keyof typeof READERS)[];

const EXPECTED = `a JSON object with exactly one of ${FORMATS.join(', ')}`;

/** Reads the records of a request body and its `params`. Other keys are ignored, as MLflow does. */
export function readBody(text: string, columns: RequestColumns): DecodedRequest {
  const body = parseJson(text, EXPECTED);
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
  const records = READERS[format](body[format], columns);
  const { params = null, client_request_id: id } = body;
  if (params !== null && !isObject(params)) throw refused('an object of values by name in params', describeValue(params));
  return Object.assign(records, {
    params: params ?? undefined,
    clientRequestId: typeof id === 'string' ? id : undefined,
  });
}

function refused(expected: string, got: string): Refusal {
  return new Refusal('INVALID_PARAMETER_VALUE', { expected, got });
}
