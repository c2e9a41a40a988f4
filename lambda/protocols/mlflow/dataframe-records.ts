// A list of objects by column name: pandas' `records` orientation, as MLflow and Databricks accept it.
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
// https://docs.databricks.com/aws/en/machine-learning/model-serving/score-custom-model-endpoints
import { Refusal } from '../../refusal';
import { emptyCells, isObject, type Records, type RequestColumns } from '../records';
import { describeValue } from '../describe-value';

/** Reads the value of `dataframe_records`. */
export function readDataframeRecords(content: unknown, columns: RequestColumns): Records {
  if (!Array.isArray(content)) {
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected: 'a list of objects in dataframe_records', got: describeValue(content) });
  }
  return readObjects(content, columns);
}

/** Reads a list of objects by column name. */
export function readObjects(list: readonly unknown[], columns: RequestColumns): Records {
  const cells = emptyCells(columns, list.length);
  const undeclared = new Map<string, number>();
  for (let row = 0; row < list.length; row++) {
    const record = list[row];
    if (!isObject(record)) {
      throw new Refusal('INVALID_PARAMETER_VALUE', { row, expected: 'an object of values by column name', got: describeValue(record) });
    }
    for (const name of Object.keys(record)) {
      const column = columns.indexOf.get(name);
      if (column !== undefined) cells[column]![row] = record[name];
      else if (!undeclared.has(name)) undeclared.set(name, row);
    }
  }
  return { rows: list.length, cells, undeclared };
}
