// The row format of TensorFlow Serving, as MLflow and Databricks accept it: a list with one element for each record.
// https://www.tensorflow.org/tfx/serving/api_rest#specifying_input_tensors_in_row_format
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
//
// A record is an object by column name, or a list of values in the declared order of the columns. With one declared column, a record may be
// the value itself; the value of an array column is never inside another list.
import { Refusal } from '../../refusal';
import { readObjects } from './dataframe-records';
import { emptyCells, isObject, type Records, type RequestColumns } from '../records';
import { describeValue, describeNames } from '../describe-value';

/** Reads the value of `instances`. */
export function readInstances(content: unknown, columns: RequestColumns): Records {
  if (!Array.isArray(content))
    throw new Refusal('INVALID_PARAMETER_VALUE', { expected: 'a list of records in instances', got: describeValue(content) });
  return readRecordList(content, columns);
}

/** Reads a list of records. Each is an object, a list of values, or the value of the only column. */
export function readRecordList(list: readonly unknown[], columns: RequestColumns): Records {
  if (list.length > 0 && isObject(list[0])) return readObjects(list, columns);
  return columns.names.length === 1 ? readOnlyColumn(list, columns, columns.isArray[0]!) : readValueLists(list, columns);
}

function readOnlyColumn(list: readonly unknown[], columns: RequestColumns, isArray: boolean): Records {
  const cells = emptyCells(columns, list.length);
  list.forEach((value, row) => {
    cells[0]![row] = !isArray && Array.isArray(value) && value.length === 1 ? value[0] : value;
  });
  return { rows: list.length, cells, undeclared: new Map(), isUnnamed: true };
}

function readValueLists(list: readonly unknown[], columns: RequestColumns): Records {
  const { names } = columns;
  const cells = emptyCells(columns, list.length);
  list.forEach((values, row) => {
    if (!Array.isArray(values) || values.length !== names.length) {
      const expected = `an object by column name, or a list of ${names.length} values: ${describeNames(names, 40)}`;
      throw new Refusal('INVALID_PARAMETER_VALUE', { row, expected, got: describeValue(values) });
    }
    for (let i = 0; i < names.length; i++) cells[i]![row] = values[i];
  });
  return { rows: list.length, cells, undeclared: new Map(), isUnnamed: true };
}
