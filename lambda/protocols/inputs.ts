// The column format of TensorFlow Serving, as MLflow and Databricks take it: an object with a list of all rows' values for each
// column. A scalar column may come as a tensor [N, 1], each value in a list of its own.
// https://www.tensorflow.org/tfx/serving/api_rest#specifying_input_tensors_in_column_format
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
//
// A list instead of an object is one tensor without a name, the batch its first axis: it is read as `instances` is.
import { Refusal } from '../refusal';
import { readRecordList } from './instances';
import { emptyCells, isObject, type Records, type RequestColumns } from './records';
import { shown } from './shown';

/** Reads the value of `inputs`. */
export function readInputs(content: unknown, columns: RequestColumns, isArrayColumn: readonly boolean[]): Records {
  if (Array.isArray(content)) return readRecordList(content, columns, isArrayColumn);
  if (!isObject(content)) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      expected: 'an object of lists by column name, or a list, in inputs',
      got: shown(content),
    });
  }
  const names = Object.keys(content);
  if (names.length === 0) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      expected: 'an object of lists by column name, or a list, in inputs',
      got: 'an empty object',
    });
  }
  const lists = names.map((name) => listOf(name, content[name]));
  const rows = lists[0]!.length;
  const unequal = lists.findIndex((list) => list.length !== rows);
  if (unequal !== -1) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      column: names[unequal],
      expected: `a list of ${rows} values, as many as column '${names[0]}' has`,
      got: shown(lists[unequal]),
    });
  }
  const cells = emptyCells(columns, rows);
  const undeclared = new Set<string>();
  names.forEach((name, i) => {
    const column = columns.indexOf.get(name);
    if (column === undefined) undeclared.add(name);
    else cells[column] = isArrayColumn[column] ? lists[i]! : lists[i]!.map(unwrapped);
  });
  return { rows, cells, undeclared };
}

function listOf(column: string, value: unknown): unknown[] {
  if (!Array.isArray(value))
    throw new Refusal('INVALID_PARAMETER_VALUE', { column, expected: 'a list with one value a row', got: shown(value) });
  return value;
}

function unwrapped(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}
