import { CSV_FILE } from '../../../bin/rows/csv-file';
import { type CsvRecord, csvRecords } from '../../../bin/rows/csv-records';
import { JSON_LINES_FILE } from '../../../bin/rows/json-lines-file';
import { findRows, openRows } from '../../../bin/rows/open-rows';
import { type RejectedRow, type Rows, slicesOfSize } from '../../../bin/rows/rows';
import { UserError } from '../../../bin/terminal/user-error';
import type { DataType, ScalarType } from '../../../lib/contract/data-types';
import { temporaryFile, temporaryFolder } from '../../helpers/files';

interface ReadRow {
  readonly line: number;
  readonly values: readonly unknown[];
}

/** The rows of a file and, in their places, those that cannot be read. */
async function rowsOf(name: string, content: string | Uint8Array, columns: string[]): Promise<(ReadRow | RejectedRow)[]> {
  const rows = await openRows(temporaryFile(name, content));
  const found: (ReadRow | RejectedRow)[] = [];
  for await (const slice of rows.slices(() => undefined)) {
    const indexes = columns.map((column) => rows.columns.findIndex((one) => one.name === column));
    slice.lines.forEach((line, row) => found.push({ line, values: indexes.map((index) => slice.columns[index]?.[row]) }));
    found.push(...slice.rejected);
  }
  return found.sort((one, other) => one.line - other.line);
}

const columnsOf = async (name: string, content: string) =>
  (await openRows(temporaryFile(name, content))).columns.map((column) => column.name);
const array = (element: ScalarType, ...shape: (number | null)[]): DataType => ({ element, shape });
const mismatch = (expected: string, got: string) => expect.objectContaining({ name: 'Mismatch', expected, got });

test.each(['rows.txt', 'rows', 'rows.csv.gz', 'rows.json'])('fails on %s', async (name) => {
  await expect(findRows(temporaryFile(name, ''), false)).rejects.toThrow(
    new UserError(`expected a file that ends in .csv, .jsonl, .ndjson or .parquet, got: ${name}`),
  );
});

test('fails if the file does not exist', async () => {
  await expect(openRows('/there/is/none.csv')).rejects.toThrow(
    new UserError('expected a file, got: /there/is/none.csv, which does not exist'),
  );
});

test('fails on a folder that is no Delta Lake table', async () => {
  const folder = temporaryFolder();
  await expect(openRows(folder)).rejects.toThrow(
    new UserError(`expected a file, or the folder of a Delta Lake table, got: ${folder}, which has no _delta_log`),
  );
});

test.each(['rows.csv', 'rows.jsonl'])('fails on bytes that are not UTF-8: %s', async (name) => {
  await expect(rowsOf(name, Buffer.from('id\nGr\xf6sse\n', 'latin1'), ['id'])).rejects.toThrow(
    `expected text in UTF-8 in ${name}, got: other bytes; save the file as UTF-8`,
  );
});

describe('CSV', () => {
  test('an unquoted empty cell is null, a quoted one the empty string', async () => {
    expect(await rowsOf('a.csv', 'id,a,b\n1,,""\n', ['b', 'a', 'id', 'c'])).toEqual([{ line: 2, values: ['', null, '1', undefined] }]);
  });

  test.each(['\n', '\r\n'])('rows carry the line on which they start (lines end in %j)', async (end) => {
    const text = ['id,a', '1,"two', 'lines"', '', '', '2,"a ""quoted"" word"', '3,"x,y"', ''].join(end);
    expect(await rowsOf('a.csv', text, ['id', 'a'])).toEqual([
      { line: 2, values: ['1', `two${end}lines`] },
      { line: 6, values: ['2', 'a "quoted" word'] },
      { line: 7, values: ['3', 'x,y'] },
    ]);
  });

  test('a byte order mark is not part of the first name, and the last line needs no end', async () => {
    expect(await columnsOf('a.csv', '\uFEFFid,a')).toEqual(['id', 'a']);
    expect(await rowsOf('a.csv', '\uFEFFid,a\n1,2', ['id'])).toEqual([{ line: 2, values: ['1'] }]);
  });

  test('a row of another length than the header is rejected', async () => {
    expect(await rowsOf('a.csv', 'id,a\n1\n1,2\n1,2,3\n', ['id'])).toEqual([
      { line: 2, reason: 'expected 2 cells, as in the header, got: 1' },
      { line: 3, values: ['1'] },
      { line: 4, reason: 'expected 2 cells, as in the header, got: 3' },
    ]);
  });

  test.each([
    ['id,a\n1,x\n\n2,"bad"x\n3,y\n', 4, '"x" after the closing quote of cell 2'],
    ['id,a\n1,x\n2,"never closed\n3,y\n', 3, 'no closing quote of cell 2'],
    ['id,a\n1,x\n2,ba"d\n3,y\n', 3, 'a quote inside cell 2, which is not in quotes'],
  ])('fails on unmatched quotes: %j', async (text, line, got) => {
    const message = `a.csv:${line}: expected well-formed CSV, got: ${got}`;
    await expect(rowsOf('a.csv', text, ['id'])).rejects.toMatchObject({ name: 'UserError', message });
  });

  test.each([1, 2, 3, 7])('records do not depend on how the text is cut into pieces (of %i characters)', async (size) => {
    const text = 'id,a\r\n1,"x\r\n""y"""\r\n\r\n2,\r\n"",z\rz\r\n3,"",\r\n4,\r';
    const pieces = async function* () {
      for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size);
      await Promise.resolve();
    };
    const records: CsvRecord[] = [];
    for await (const some of csvRecords(pieces())) records.push(...some);
    expect(records.map(({ line, cells }) => ({ line, cells }))).toEqual([
      { line: 1, cells: ['id', 'a'] },
      { line: 2, cells: ['1', 'x\r\n"y"'] },
      { line: 5, cells: ['2', null] },
      { line: 6, cells: ['', 'z\rz'] },
      { line: 7, cells: ['3', '', null] },
      { line: 8, cells: ['4', '\r'] },
    ]);
    expect(records.map((record) => record.text)).toEqual(['id,a', '1,"x\r\n""y"""', '2,', '"",z\rz', '3,"",', '4,\r']);
  });

  test('characters that are cut between two pieces of a large file stay whole', async () => {
    const text = `id,a\n${Array.from({ length: 20_000 }, (_, i) => `${i},größe 😀\n`).join('')}`;
    const rows = (await rowsOf('a.csv', text, ['id', 'a'])) as ReadRow[];
    expect(rows).toHaveLength(20_000);
    expect(rows.filter(({ line, values }, i) => line !== i + 2 || values[0] !== String(i) || values[1] !== 'größe 😀')).toEqual([]);
  });

  test('fails without a header', async () => {
    await expect(columnsOf('a.csv', '')).rejects.toThrow(new UserError('a.csv: expected a header, got: an empty file'));
    await expect(columnsOf('a.csv', '"id')).rejects.toThrow('a.csv:1: expected well-formed CSV, got: no closing quote of cell 1');
  });

  test('fails on a name that is twice in the header', async () => {
    await expect(columnsOf('a.csv', 'id,a,id\n')).rejects.toThrow(
      new UserError("a.csv: expected each column once in the header, got: 'id' twice"),
    );
  });

  const reader = (type: DataType) => CSV_FILE.valueReader(type);

  test.each<[DataType, string, unknown]>([
    ['boolean', 'true', true],
    ['boolean', 'False', false],
    ['integer', '7', 7],
    ['integer', '-7.0', -7],
    ['integer', '1e3', 1000],
    ['long', '9223372036854775807', 9223372036854775807n],
    ['long', '-9223372036854775808', -9223372036854775808n],
    ['long', '0070', 70n],
    ['long', '5.0', 5n],
    ['long', '-0', 0n],
    ['long', '1e3', 1000n],
    ['long', '+1.5E+1', 15n],
    ['long', '9223372036854775.807e3', 9223372036854775807n],
    ['long', '9223372036854775807000e-3', 9223372036854775807n],
    ['long', '0e5', 0n],
    ['integer', '+1.5E+1', 15],
    ['float', '0.1', Math.fround(0.1)],
    ['float', 'Infinity', Infinity],
    ['float', 'inf', Infinity],
    ['double', '-inf', -Infinity],
    ['double', '+Inf', Infinity],
    ['double', '.5', 0.5],
    ['double', '1E-300', 1e-300],
    ['double', 'NaN', null],
    ['string', '', ''],
    ['string', '007', '007'],
    ['string', ' true ', ' true '],
    ['binary', 'AP8=', Uint8Array.of(0, 255)],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp', '2010-05-02T10:45:00.000317Z', 1272797100000317n],
    ['timestamp', '2010-05-02T12:45:00+02:00', 1272797100000000n],
    [array('long', null), '[1, 9223372036854775807, "-5"]', [1n, 9223372036854775807n, -5n]],
    [array('float', 2), '[0.5, "NaN"]', [0.5, NaN]],
    [array('string', 1), '["1234567890123456789"]', ['1234567890123456789']],
    [array('double', null, 2), '[[1, 12345678901234567890]]', [[1, 12345678901234567890]]],
  ])('reads a cell as %j: %j', (type, cell, value) => {
    expect(reader(type)(cell)).toEqual(value);
  });

  const WHOLE = 'a whole number from -2147483648 to 2147483647';
  test.each<[DataType, string, string, string]>([
    ['boolean', '1', 'true or false', '"1"'],
    ['integer', '19x4', WHOLE, '"19x4"'],
    ['integer', '1.5', WHOLE, '"1.5"'],
    ['integer', '2147483648', WHOLE, '"2147483648"'],
    ['integer', ' 7', WHOLE, '" 7"'],
    ['integer', '0x10', WHOLE, '"0x10"'],
    ['integer', '', WHOLE, '""'],
    ['long', '9223372036854775808', 'a whole number from -2^63 to 2^63-1', '"9223372036854775808"'],
    ['long', '1e-3', 'a whole number from -2^63 to 2^63-1', '"1e-3"'],
    ['long', '1e19', 'a whole number from -2^63 to 2^63-1', '"1e19"'],
    ['long', '1e999999999', 'a whole number from -2^63 to 2^63-1', '"1e999999999"'],
    ['long', '.', 'a whole number from -2^63 to 2^63-1', '"."'],
    ['integer', 'inf', WHOLE, '"inf"'],
    ['double', 'in', 'a number in the range of a 64-bit float', '"in"'],
    ['float', '1e39', 'a number in the range of a 32-bit float', '"1e39"'],
    ['double', '1,5', 'a number in the range of a 64-bit float', '"1,5"'],
    ['double', '1e309', 'a number in the range of a 64-bit float', '"1e309"'],
    ['double', 'nan', 'a number in the range of a 64-bit float', '"nan"'],
    ['binary', '%', 'a string in base64', '"%"'],
    ['date', '2023-02-29', 'a date as YYYY-MM-DD', '"2023-02-29"'],
    ['timestamp', '2010-05-02 10:45:00', 'an ISO 8601 timestamp with offset and at most six digits of a second', '"2010-05-02 10:45:00"'],
    [array('long', null), '1;2', 'array<long>[?] as JSON', '"1;2"'],
    [array('float', 2), '[1]', 'array<float>[2]', 'lists of shape [1]'],
    [array('integer', null), '[1, null]', 'array<integer>[?]', 'null inside a list, at 1'],
  ])('fails on a cell that is no %j: %j', (type, cell, expected, got) => {
    expect(() => reader(type)(cell)).toThrow(mismatch(expected, got));
  });
});

describe('JSON Lines', () => {
  test('blank lines are counted and skipped; a line that is no object is rejected', async () => {
    const text = '{"id":"1","a":null}\r\n\n   \n[1]\n{"id":\n"x"\n{"a":2}';
    expect(await rowsOf('a.jsonl', text, ['id', 'a', 'toString'])).toEqual([
      { line: 1, values: ['1', null, undefined] },
      { line: 4, reason: 'expected a JSON object, got: a list of 1' },
      { line: 5, reason: 'expected a JSON object, got: "{\\"id\\":"' },
      { line: 6, reason: 'expected a JSON object, got: "x"' },
      { line: 7, values: [undefined, 2, undefined] },
    ]);
  });

  test.each([
    ['NaN', 'null'],
    ['-Infinity', 'the string "-Infinity"'],
  ])('says what to write where a writer has left a bare %s', async (literal, instead) => {
    expect(await rowsOf('a.jsonl', `{"id":"1","a":${literal}}\n`, ['id'])).toEqual([
      { line: 1, reason: `expected a JSON object, got: a bare ${literal}, which is not JSON: send ${instead}` },
    ]);
  });

  test('has the columns of all its lines', async () => {
    expect(await columnsOf('a.ndjson', '{"id":1}\nno JSON\n{"a":1,"id":2}\n')).toEqual(['id', 'a']);
  });

  async function readValue(type: DataType, json: string) {
    const [row] = (await rowsOf('a.jsonl', `{"x":${json}}\n`, ['x'])) as [ReadRow];
    return JSON_LINES_FILE.valueReader(type)(row.values[0]);
  }

  test.each<[DataType, string, unknown]>([
    ['long', '9223372036854775807', 9223372036854775807n],
    ['long', '"9223372036854775807"', 9223372036854775807n],
    ['long', '-9223372036854775808', -9223372036854775808n],
    ['long', '9007199254740993', 9007199254740993n],
    ['double', '9007199254740993', 9007199254740992],
    ['double', '0.12345678901234567', 0.12345678901234567],
    ['float', '16777217000000000000', Math.fround(16777217000000000000)],
    ['string', '"\\"1234567890123456789"', '"1234567890123456789'],
    [array('long', 2), '[9223372036854775807, 1]', [9223372036854775807n, 1n]],
    ['integer', '5.0', 5],
  ])('reads %j: %s', async (type, json, value) => {
    expect(await readValue(type, json)).toEqual(value);
  });

  test.each<[DataType, string, string, string]>([
    ['integer', '12345678901234567', 'a whole number from -2147483648 to 2147483647', '12345678901234568'],
    ['long', '9223372036854775808', 'a whole number from -2^63 to 2^63-1', '"9223372036854775808"'],
    ['long', '1.5', 'a whole number from -2^63 to 2^63-1', '1.5'],
    ['string', '12345678901234567890', 'a string', '12345678901234567000'],
    ['integer', '"5"', 'a whole number from -2147483648 to 2147483647', '"5"'],
  ])('fails on a value that is no %j: %s', async (type, json, expected, got) => {
    await expect(readValue(type, json)).rejects.toThrow(mismatch(expected, got));
  });
});

describe('slices of a size', () => {
  const sizes = async (rows: Rows, size: number) => {
    const found: { lines: readonly number[]; values: readonly unknown[]; rejected: readonly number[] }[] = [];
    for await (const { lines, columns, rejected } of slicesOfSize(rows, size, () => undefined))
      found.push({ lines, values: columns[0]!, rejected: rejected.map(({ line }) => line) });
    return found;
  };

  test('have all rows and all rejected rows, in order', async () => {
    const rows = await openRows(temporaryFile('a.csv', 'id\n1\n2\n3,x\n4\n5\n6\n7\n8,x\n'));
    expect(await sizes(rows, 3)).toEqual([
      { lines: [2, 3, 5], values: ['1', '2', '4'], rejected: [4] },
      { lines: [6, 7, 8], values: ['5', '6', '7'], rejected: [9] },
    ]);
  });

  test('of a large file are whole', async () => {
    const count = 100_000;
    const rows = await openRows(temporaryFile('a.csv', `id\n${Array.from({ length: count }, (_, i) => `${i}\n`).join('')}`));
    const found = await sizes(rows, 30_000);
    expect(found.map(({ lines }) => lines.length)).toEqual([30_000, 30_000, 30_000, 10_000]);
    expect(found.flatMap(({ values }) => values)).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  });

  test('of no rows are one empty slice', async () => {
    expect(await sizes(await openRows(temporaryFile('a.csv', 'id\n')), 3)).toEqual([{ lines: [], values: [], rejected: [] }]);
  });
});
