import { parquetWriteBuffer } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import { DELTA_TABLES, readTable } from '../../helpers/delta';
import { fixtureModel, modelEndpoint, removeAssets } from '../../helpers/endpoint-asset';
import { scoreApp, served } from '../../helpers/score-app';

afterAll(removeAssets);

/** An app whose endpoint `scores` has a model of four columns, which are all sent. */
function appOf(...names: string[]) {
  const { model, files } = fixtureModel('legacy_ir3');
  const [input] = model.inputs;
  const columns = names.map((name): ColumnSpec => ({ name, type: 'double', nullable: true }));
  const spec = { ...modelEndpoint({ ...model, inputs: [{ ...input!, columns }] }), endpointName: 'scores' };
  return { ...scoreApp({ tables: [], endpoints: [{ spec, files }] }), served: (rows: object[]) => served(spec, files, rows) };
}

interface ExpectedVersion {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

test('every value of a delta-rs table with columns of every type is copied exactly, to Delta Lake, Parquet and JSON Lines', async () => {
  const folder = join(DELTA_TABLES, 'types_deltars');
  const { versions } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { versions: ExpectedVersion[] };
  const { columns, rows } = versions.at(-1)!;
  const names = ['byte', 'short', 'int', 'float'];
  const { score, path, lines, served: answersOf } = appOf(...names);
  const report = (name: string) => ({ code: 0, stdout: `${name}: ${rows.length} rows written\n`, stderr: '' });

  expect(await score('scores', folder, 'delta')).toEqual(report('delta'));
  const written = await readTable(path('delta'));
  expect(written.columns).toEqual([...columns, 'prediction']);
  expect(written.rows.map((row) => row.slice(0, -1))).toEqual(rows);
  const answers = await answersOf(rows.map((row) => Object.fromEntries(names.map((name) => [name, row[columns.indexOf(name)]]))));
  expect(written.rows.map((row) => row.at(-1))).toEqual(answers.map(({ prediction }) => prediction));

  expect(await score('scores', folder, 'out.parquet')).toEqual(report('out.parquet'));
  expect(await score('scores', folder, 'out.jsonl')).toEqual(report('out.jsonl'));
  expect(lines('out.jsonl').map((line) => Object.keys(JSON.parse(line) as object))).toEqual(rows.map(() => [...columns, 'prediction']));
});

describe('a Parquet file', () => {
  const optional = (name: string, rest: Partial<SchemaElement>): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...rest });
  const nanos = optional('at', { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } });
  const naive = optional('local', { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' } });
  const unsigned = optional('u', { type: 'INT32', logical_type: { type: 'INTEGER', bitWidth: 32, isSigned: false } });

  function writeRows(path: string): void {
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 7 },
      ...['a', 'b', 'c', 'd'].map((name) => optional(name, { type: 'DOUBLE' })),
      nanos,
      naive,
      unsigned,
    ];
    const columnData = [
      ...['a', 'b', 'c', 'd'].map((name, i) => ({ name, data: [i, i, i] })),
      { name: 'at', data: [1_704_067_200_000_001_000n, 1_704_067_200_000_001_001n, null] },
      { name: 'local', data: [1000n, 1000n, 1_704_067_200_000_001_000n] },
      { name: 'u', data: [1, 2, 3] },
    ];
    writeFileSync(path, Buffer.from(parquetWriteBuffer({ schema, columnData })));
  }

  test('with nanoseconds is written in microseconds, and says so; a column that cannot be read is named', async () => {
    const { score, path, lines, served: answersOf } = appOf('a', 'b', 'c', 'd');
    writeRows(path('rows.parquet'));
    const [answer] = await answersOf([{ a: 0, b: 1, c: 2, d: 3 }]);
    expect(await score('scores', 'rows.parquet', 'out.csv')).toEqual({
      code: 0,
      stdout: [
        'out.csv: 3 rows written',
        "  columns of rows.parquet in nanoseconds were written in microseconds: 'at', 'local'",
        "  column 'u' of rows.parquet was left out: Parquet INT32 (INTEGER) cannot be read",
        '',
      ].join('\n'),
      stderr: '',
    });
    const prediction = String(answer!.prediction);
    expect(lines('out.csv')).toEqual([
      'a,b,c,d,at,local,prediction',
      `0,1,2,3,2024-01-01T00:00:00.000001Z,1970-01-01T00:00:00.000001,${prediction}`,
      `0,1,2,3,2024-01-01T00:00:00.000001Z,1970-01-01T00:00:00.000001,${prediction}`,
      `0,1,2,3,,2024-01-01T00:00:00.000001,${prediction}`,
    ]);
  });
});

test.each(['out.csv', 'out.jsonl', 'out.parquet', 'out'])('an input without rows makes an output without rows: %s', async (output) => {
  const { score, write, read, path } = appOf('a', 'b', 'c', 'd');
  write('rows.csv', 'a,b,c,d\n');
  expect(await score('scores', 'rows.csv', output)).toEqual({ code: 0, stdout: `${output}: 0 rows written\n`, stderr: '' });
  if (output === 'out.csv') expect(read(output)).toBe('a,b,c,d,prediction\n');
  if (output === 'out.jsonl') expect(read(output)).toBe('');
  if (output === 'out') expect(await readTable(path(output))).toMatchObject({ columns: ['a', 'b', 'c', 'd', 'prediction'], rows: [] });
});

test('if all rows are rejected, the output has no rows and all are listed', async () => {
  const { score, write, lines } = appOf('a', 'b', 'c', 'd');
  write('rows.csv', 'a,b,c,d\nx,1,1,1\n1,1,1\n');
  expect(await score('scores', 'rows.csv', 'out.csv')).toMatchObject({ code: 1 });
  expect(lines('out.csv')).toEqual(['a,b,c,d,prediction']);
  expect(lines('out.csv.rejected.jsonl').map((line) => JSON.parse(line) as object)).toEqual([
    { line: 2, column: 'a', reason: 'expected a number in the range of a 64-bit float, got: "x"' },
    { line: 3, reason: 'expected 4 cells, as in the header, got: 3' },
  ]);
});

describe('a full disk', () => {
  const cli = join(__dirname, '..', '..', '..', 'assets', 'cli', 'cdk-ml-serving.js');

  /** Runs a command under which no file gets longer than some kilobytes. Like a full disk, the limit cuts the last write short. */
  function runLimited(folder: string, kilobytes: number, args: readonly string[]) {
    const script = `ulimit -f ${kilobytes}; exec "$0" "$@"`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, cli, ...args], { cwd: folder, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  test('fails in one line, with no output and no lost part, when it cuts the last write short', async () => {
    const name = 'x'.repeat(2000);
    const { score, write, path, folder } = appOf('a', 'b', 'c', 'd');
    write('rows.csv', `${name},a,b,c,d\n${'1,2,3,4,5\n'.repeat(2000)}`);
    expect(await score('scores', 'rows.csv', 'out.csv')).toEqual({ code: 0, stdout: 'out.csv: 2,000 rows written\n', stderr: '' });
    const whole = readFileSync(path('out.csv'));
    rmSync(path('out.csv'));
    const limit = Math.floor((whole.length - 1) / 1024);
    const args = ['score', 'scores', '--input', 'rows.csv', '--output', 'out.csv', '--app', folder, '--local', '--workers', '1'];
    expect(runLimited(folder, limit, args)).toEqual({
      status: 1,
      stdout: '',
      stderr: 'expected to write a file, got: file too large (EFBIG)\n',
    });
    expect(readdirSync(folder).filter((file) => file.startsWith('out.csv'))).toEqual(['out.csv.parts']);
    expect(readdirSync(path('out.csv.parts')).sort()).toEqual(['0.json', '0.part', 'run.json', 'run.lock']);
    expect(await score('scores', 'rows.csv', 'out.csv')).toEqual({ code: 0, stdout: 'out.csv: 2,000 rows written\n', stderr: '' });
    expect(readFileSync(path('out.csv'))).toEqual(whole);
  });

  test('fails in one line in a worker', () => {
    const { write, folder } = appOf('a', 'b', 'c', 'd');
    write('rows.csv', `a,b,c,d\n${'1,2,3,4\n'.repeat(2000)}`);
    const args = ['score', 'scores', '--input', 'rows.csv', '--output', 'out.csv', '--app', folder, '--local', '--workers', '1'];
    const { status, stdout, stderr } = runLimited(folder, 4, args);
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'expected to write a file, got: file too large (EFBIG)\n',
    });
  });
});

test('fails on an existing folder in the place of its parts, which stays as it is', async () => {
  const { score, write, path } = appOf('a', 'b', 'c', 'd');
  write('rows.csv', 'a,b,c,d\n1,2,3,4\n');
  mkdirSync(path('out.csv.parts'));
  write('out.csv.parts/mine.txt', 'mine');
  expect(await score('scores', 'rows.csv', 'out.csv')).toEqual({
    code: 1,
    stdout: '',
    stderr: `expected no ${path('out.csv.parts')}, or the parts of an unfinished run, got: something else; move it away, or choose another output\n`,
  });
  expect(readdirSync(path('out.csv.parts'))).toEqual(['mine.txt']);
});

test('a rejected row names all of its wrong columns', async () => {
  const { score, write, lines } = appOf('a', 'b', 'c', 'd');
  write('rows.csv', 'a,b,c,d\n1,2,3,4\nx,2,y,4\n');
  const reason = `expected a number in the range of a 64-bit float, got: "x"; column 'c': expected a number in the range of a 64-bit float, got: "y"`;
  expect((await score('scores', 'rows.csv', 'out.csv')).stdout).toBe(
    ['out.csv: 1 row written', '1 rejected, listed in out.csv.rejected.jsonl', `  rows.csv:3  column 'a': ${reason}`, ''].join('\n'),
  );
  expect(lines('out.csv.rejected.jsonl').map((line) => JSON.parse(line) as object)).toEqual([{ line: 3, column: 'a', reason }]);
});

test('fails on an input that is no regular file', async () => {
  const { score, path } = appOf('a', 'b', 'c', 'd');
  spawnSync('mkfifo', [path('rows.csv')]);
  expect(await score('scores', 'rows.csv', 'out.csv')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'expected a regular file, got: rows.csv, which is a device or a pipe; write its rows to a file\n',
  });
});

describe('into a Delta Lake table', () => {
  const delta = async (header: string, output: string) => {
    const app = appOf('a', 'b', 'c', 'd');
    app.write('rows.csv', `${header}\n1,2,3,4,5\n`);
    return { ...app, ran: await app.score('scores', 'rows.csv', output) };
  };

  test('fails before it scores on a column name that Delta Lake does not take', async () => {
    const { ran, path } = await delta('a,b,c,d,First Name', 'out');
    const message = 'out: column \'First Name\': expected a name without spaces and without ,;{}()=, got: "First Name"\n';
    expect(ran).toEqual({ code: 1, stdout: '', stderr: message });
    expect([existsSync(path('out')), existsSync(path('out.parts'))]).toEqual([false, false]);
  });

  test('fails before it scores on a folder that is no table, and on a table of other columns', async () => {
    const { score, write, path } = await delta('a,b,c,d,note', 'out');
    mkdirSync(path('folder'));
    expect((await score('scores', 'rows.csv', 'folder')).stderr).toBe(
      `expected a new folder, or the folder of a Delta Lake table, got: ${path('folder')}, which has no _delta_log\n`,
    );
    write('rows.csv', 'a,b,c,d,note\n1,2,3,4,text\n');
    expect((await score('scores', 'rows.csv', 'out')).stderr).toBe("out: column 'note': expected long, as in the table, got: string\n");
    write('rows.csv', 'a,b,c,d,other\n1,2,3,4,5\n');
    expect((await score('scores', 'rows.csv', 'out')).stderr).toBe(
      "out: column 'other': expected a column of the table, got: a new column\n",
    );
    expect(existsSync(path('out.parts'))).toBe(false);
    write('rows.csv', 'd,note,a,b,c\n1,2,3,4,5\n');
    expect(await score('scores', 'rows.csv', 'out')).toMatchObject({ code: 0, stdout: 'out: 1 row written\n' });
    expect((await readTable(path('out'), undefined, ['note'])).rows.map((row) => row.slice(0, 5))).toEqual([
      [3, 4, 5, 1, 2],
      [1, 2, 3, 4, 5],
    ]);
  });
});

test.each([
  ['rows.csv', 'rows.csv'],
  ['./rows.csv', 'link.csv'],
])('fails on an output that is the input (%s, %s): its rejected rows would be lost', async (input, output) => {
  const { score, write, read, path } = appOf('a', 'b', 'c', 'd');
  const text = 'a,b,c,d\nx,1,1,1\n';
  write('rows.csv', text);
  symlinkSync('rows.csv', path('link.csv'));
  expect(await score('scores', input, output)).toEqual({
    code: 1,
    stdout: '',
    stderr: `expected an output other than the input, got: ${output} for both\n`,
  });
  expect(read('rows.csv')).toBe(text);
  expect(existsSync(path(`${output}.parts`))).toBe(false);
});
