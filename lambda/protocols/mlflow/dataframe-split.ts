// Column names, then a list of values for each row: pandas' `split` orientation, as MLflow and Databricks accept it.
// https://mlflow.org/docs/latest/deployment/deploy-model-locally/#json-input
// https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html
import { Refusal } from '../../refusal';
import { emptyCells, isObject, type Records, type RequestColumns } from '../records';
import { describeValue, describeNames } from '../describe-value';

const KEYS = ['columns', 'index', 'data'];

/** Reads the value of `dataframe_split`. The row labels of its `index` are ignored. */
export function readDataframeSplit(content: unknown, columns: RequestColumns): Records {
  if (!isObject(content)) throw refused('an object with columns and data in dataframe_split', describeValue(content));
  const others = Object.keys(content).filter((key) => !KEYS.includes(key));
  if (others.length > 0) throw refused('nothing but columns, index and data in dataframe_split', describeNames(others));
  const names = readNames(content.columns);
  if (!Array.isArray(content.data)) throw refused('a list of rows in data of dataframe_split', describeValue(content.data));

  const rows: readonly unknown[] = content.data;
  const cells = emptyCells(columns, rows.length);
  const targets = names.map((name) => columns.indexOf.get(name));
  for (let row = 0; row < rows.length; row++) {
    const values = rows[row];
    if (!Array.isArray(values) || values.length !== names.length) {
      throw new Refusal('INVALID_PARAMETER_VALUE', {
        row,
        expected: `a list of ${names.length} values, one for each of columns`,
        got: describeValue(values),
      });
    }
    targets.forEach((column, i) => {
      if (column !== undefined) cells[column]![row] = values[i];
    });
  }
  return { rows: rows.length, cells, undeclared: new Map(names.filter((_, i) => targets[i] === undefined).map((name) => [name, 0])) };
}

function readNames(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    throw refused(
      'a list of names in columns of dataframe_split',
      describeValue(Array.isArray(value) ? value.find((name) => typeof name !== 'string') : value),
    );
  }
  const seen = new Set<string>();
  const twice = value.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) throw refused('each name once in columns of dataframe_split', `${describeValue(twice)} twice`);
  return value;
}

function refused(expected: string, got: string): Refusal {
  return new Refusal('INVALID_PARAMETER_VALUE', { expected, got });
}
