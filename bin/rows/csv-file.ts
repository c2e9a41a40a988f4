import { basename } from 'node:path';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader, type ValueReader } from '../../lambda/protocols/read-value';
import { describeValue } from '../../lambda/protocols/describe-value';
import { type DataType, isArray, type ScalarType, typeText } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';
import { type CsvRecord, csvRecords, MalformedCsv } from './csv-records';
import { fileText } from './file-text';
import { jsonValueReader, parseExactJson } from './json-values';
import { rejectedRow, type TextRange } from './rows';
import { SliceBuilder, type TextFormat } from './text-format';

/** CSV files with a header. */
export const CSV_FILE: TextFormat = { kind: 'csv', columnNames: header, slices: readSlices, valueReader: cellReader };

async function* readSlices(
  path: string,
  names: readonly string[],
  read: (bytes: number) => void,
  range?: TextRange,
): AsyncGenerator<SliceBuilder> {
  const found = await header(path);
  const indexes = names.map((name) => found.indexOf(name));
  let isHeader = range === undefined;
  for await (const records of recordsOf(path, read, range)) {
    const slice = new SliceBuilder(names.length);
    for (const { line, text, cells } of records) {
      if (isHeader) isHeader = false;
      else if (cells.length === found.length) slice.add(line, text, cells, indexes);
      else slice.rejected.push(rejectedRow(line, { expected: `${found.length} cells, as in the header`, got: String(cells.length) }));
    }
    yield slice;
  }
}

/** @throws UserError if there is no header, or a name is in it twice */
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

/** @throws UserError if quotes do not match: the rows after them cannot be found, and a part of the file is not what the user means */
async function* recordsOf(path: string, read?: (bytes: number) => void, range?: TextRange): AsyncGenerator<readonly CsvRecord[]> {
  try {
    yield* csvRecords(fileText(path, read, range), range?.line);
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    throw new UserError(`${basename(path)}:${error.line}: expected well-formed CSV, got: ${error.message}`, { cause: error });
  }
}

/** Makes the function that turns the text of a cell into a value of a type: first into JSON, which is then read as in a request. */
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
      // the message shows the cell of the file and not the JSON that was made from it
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
/** Every whole number of so many digits is exact as a double. */
const EXACT_DIGITS = 15;
const SHORT_WHOLE = /^-?\d+$/;
const NUMBER_PARTS = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;
/** No whole number of 64 bits has more digits. */
const LONG_DIGITS = 20;

const asText = (cell: string): unknown => cell;
const numberOf = (cell: string): unknown => (NUMBER.test(cell) ? Number(cell) : cell);

/** Whether a cell is infinite: pandas and NumPy write `inf`. */
export function isInfinity(cell: string): boolean {
  return /^[+-]?inf(?:inity)?$/i.test(cell);
}

function floatOf(cell: string): unknown {
  if (!isInfinity(cell)) return numberOf(cell);
  return cell.startsWith('-') ? '-Infinity' : 'Infinity';
}

/** A whole number, as digits if a double may not be exact. */
function wholeOf(cell: string): unknown {
  if (cell.length <= EXACT_DIGITS && SHORT_WHOLE.test(cell)) return Number(cell);
  if (!NUMBER.test(cell)) return cell;
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER_PARTS.exec(cell)!;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const zeros = digits.length - significant.length + Number(exponent) - fraction.length;
  if (zeros < 0 || significant.length + zeros > LONG_DIGITS) return cell;
  return `${sign === '-' ? '-' : ''}${significant}${'0'.repeat(zeros)}`;
}

/** Turns a cell into the JSON value of a type. Any other cell stays text, which the type's reader rejects. */
const LITERALS: Record<ScalarType, (cell: string) => unknown> = {
  boolean: (cell) => (/^true$/i.test(cell) ? true : /^false$/i.test(cell) ? false : cell),
  integer: numberOf,
  long: wholeOf,
  float: floatOf,
  double: floatOf,
  string: asText,
  binary: asText,
  date: asText,
  timestamp: asText,
};
