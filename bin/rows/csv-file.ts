import { basename } from 'node:path';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader, type ValueReader } from '../../lambda/protocols/read-value';
import { describeValue } from '../../lambda/protocols/describe-value';
import { type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';
import { type CsvRecord, csvRecords, MalformedCsv } from './csv-records';
import { fileSize, fileText, type TextRange } from './file-text';
import { parseExactJson, jsonValueReader } from './json-values';
import type { RefusedRow } from './rows-file';
import { rowsOf, TextBatch, type TextFile } from './text-batch';

/** Rows in a CSV file with a header. */
export function csvFile(path: string): TextFile {
  const batches: TextFile['batches'] = async function* (columns, read, range) {
    const names = await header(path);
    const places = columns.map(({ name }) => names.indexOf(name));
    let isHeader = range === undefined;
    for await (const records of recordsOf(path, read, range)) {
      const batch = new TextBatch(places.length);
      for (const record of records) {
        if (isHeader) isHeader = false;
        else if (record.cells.length !== names.length) batch.refused.push(ofOtherLength(record, names.length));
        else batch.add(record.line, record.text, record.cells, places);
      }
      yield batch;
    }
  };
  return {
    unit: 'line',
    size: () => fileSize(path),
    columns: async () => new Set(await header(path)),
    batches,
    rows: (columns, read) => rowsOf(batches(columns, read)),
    valueReader: cellReader,
  };
}

function ofOtherLength({ line, cells }: CsvRecord, expected: number): RefusedRow {
  return { line, expected: `${expected} cells, as in the header`, got: String(cells.length) };
}

/** @throws UserError when there is none, or a name stands in it twice */
async function header(path: string): Promise<readonly string[]> {
  for await (const [record] of recordsOf(path)) {
    if (record === undefined) continue;
    const names = record.cells.map((cell) => cell ?? '');
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new UserError(`${basename(path)}: expected each column once in the header, got: '${twice}' twice`);
    return names;
  }
  throw new UserError(`${basename(path)}: expected a header, got: an empty file`);
}

/** @throws UserError where quotes do not match: nobody can tell where the next row begins, and a part of a file is not what its user means */
async function* recordsOf(path: string, read?: (bytes: number) => void, range?: TextRange): AsyncGenerator<readonly CsvRecord[]> {
  try {
    yield* csvRecords(fileText(path, read, range), range?.line);
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    throw new UserError(`${basename(path)}:${error.line}: expected well-formed CSV, got: ${error.message}`, { cause: error });
  }
}

/** How the text of a cell becomes a value: by the type of its column, then as the same value in a request is read. */
export function cellReader(type: DataType, read: ValueReader = valueReader(type)): ValueReader {
  if (isArray(type)) {
    const readJson = jsonValueReader(type, read);
    return (cell) => readJson(parseCell(cell as string, typeText(type)));
  }
  const literal = LITERALS[type];
  return (cell) => {
    try {
      return read(literal(cell as string));
    } catch (error) {
      // the cell as it stands in the file, not what became of it on the way
      throw error instanceof Mismatch ? new Mismatch(error.expected, describeValue(cell)) : error;
    }
  };
}

function parseCell(cell: string, expected: string): unknown {
  try {
    return parseExactJson(cell);
  } catch (error) {
    throw error instanceof SyntaxError ? new Mismatch(`${expected} as JSON`, describeValue(cell)) : error;
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** How many digits every double holds. */
const EXACT_DIGITS = 15;
const SHORT_WHOLE = /^-?\d+$/;
const WHOLE = /^([+-]?)0*(\d+)(?:\.0*)?$/;

const asItIs = (cell: string): unknown => cell;
const numberOf = (cell: string): unknown => (NUMBER.test(cell) ? Number(cell) : cell);

/** The JSON value that a cell stands for; a cell that stands for none stays text, and is refused as such. */
const LITERALS: Record<ScalarType, (cell: string) => unknown> = {
  boolean: (cell) => (/^true$/i.test(cell) ? true : /^false$/i.test(cell) ? false : cell),
  integer: numberOf,
  // digits, where a double does not hold them all
  long(cell) {
    if (cell.length <= EXACT_DIGITS && SHORT_WHOLE.test(cell)) return Number(cell);
    const [, sign, digits] = WHOLE.exec(cell) ?? [];
    return digits === undefined ? cell : `${sign === '-' && digits !== '0' ? '-' : ''}${digits}`;
  },
  float: numberOf,
  double: numberOf,
  string: asItIs,
  binary: asItIs,
  date: asItIs,
  timestamp: asItIs,
};
