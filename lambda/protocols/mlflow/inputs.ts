// The column format of TensorFlow Serving, as MLflow and Databricks accept it: an object with the list of values of each column. A scalar
// column may be a tensor [N, 1], with each value in a list.
// https://www.tensorflow.org/tfx/serving/api_rest#specifying_input_tensors_in_column_format
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
//
// A list instead of an object is one tensor without a name, whose first axis is the batch. Such a list is read like `instances`.
import { Refusal } from '../../refusal';
import { readRecordList } from './instances';
import { emptyCells, isObject, type Records, type RequestColumns } from '../records';
import { describeValue, describeNames } from '../describe-value';

/** Reads the value of `inputs`. */
export function readInputs(content: unknown, columns: RequestColumns): Records {
  if (Array.isArray(content)) return readRecordList(content, columns);
  if (!isObject(content)) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      expected: 'an object of lists by column name, or a list, in inputs',
      got: describeValue(content),
    });
  }
  const names = Object.keys(content);
  if (names.length === 0) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      expected: 'an object of lists by column name, or a list, in inputs',
      got: 'an empty object',
    });
  }
  const declared = names.filter((name) => columns.indexOf.has(name));
  const undeclared = new Map(names.filter((name) => !columns.indexOf.has(name)).map((name) => [name, 0]));
  const [first] = declared;
  if (first === undefined) return onlyUndeclared(content, names, columns, undeclared);
  const rows = listOf(first, content).length;
  const cells = emptyCells(columns, rows);
  for (const name of declared) {
    const list = listOf(name, content);
    if (list.length !== rows) {
      const expected = `a list of ${rows} values, as many as column '${first}' has`;
      throw new Refusal('INVALID_PARAMETER_VALUE', { column: name, expected, got: describeValue(list) });
    }
    const column = columns.indexOf.get(name)!;
    cells[column] = columns.isArray[column] ? list : list.map(unwrapped);
  }
  return { rows, cells, undeclared };
}

/** A request may leave out all columns that have defaults: then the first undeclared column gives the number of rows. */
function onlyUndeclared(
  content: Readonly<Record<string, unknown>>,
  names: readonly string[],
  columns: RequestColumns,
  undeclared: Records['undeclared'],
): Records {
  const list = content[names[0]!];
  if (!Array.isArray(list)) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      expected: 'an object of lists by column name, or a list, in inputs',
      got: `${describeValue(list)} for ${describeNames(names.slice(0, 1))}`,
    });
  }
  return { rows: list.length, cells: emptyCells(columns, list.length), undeclared };
}

function listOf(column: string, content: Readonly<Record<string, unknown>>): unknown[] {
  const value = content[column];
  if (!Array.isArray(value))
    throw new Refusal('INVALID_PARAMETER_VALUE', { column, expected: 'a list with one value a row', got: describeValue(value) });
  return value;
}

function unwrapped(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}
