import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { columnsOf } from '../../../lib/contract/table-columns';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import type { EndpointSpec, TableSpec } from '../../../lib/contract/endpoint-spec';
import type { AppContent } from '../../helpers/app-folder';
import type { Tolerance } from '../../helpers/expect-close';
import { readTable } from '../../helpers/delta';
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { writeFeatureTable } from '../../helpers/feature-store';
import { HOUSE_BINDINGS, houseEndpoint, houseTable } from '../../helpers/house-endpoint';
import { endpointOf, testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';
import { fixtureEndpoint, jsonLines, scoreApp, served } from '../../helpers/score-app';
import { createOnlineTable, startDynalite, storeClient, storedItem, type TestStore } from '../../helpers/store';

const column = (name: string, type: ColumnSpec['type'], rest: Partial<ColumnSpec> = {}): ColumnSpec => ({ name, type, ...rest });

let store: TestStore;
let client: DynamoDBClient;
beforeAll(async () => {
  store = await startDynalite();
  client = storeClient(store);
});
afterAll(async () => {
  client.destroy();
  await store.close();
  removeAssets();
});

const app = (content: AppContent) => scoreApp(content, store.endpoint);

describe('predictions are those that serving answers', () => {
  test.each([
    ['multi_output', undefined],
    ['breast_cancer_zipmap', undefined],
    ['image_conv', undefined],
    ['fixed_batch', undefined],
    ['scalar_output', undefined],
    ['scalar_output', ['y']],
    ['text_strings', undefined],
    ['dtypes/int64_in', undefined],
    ['xgb_house', undefined],
  ])('of %s, outputs %j', async (name, outputs) => {
    const { spec, files } = fixtureEndpoint(name, outputs);
    const rows = fixtureCases(name).cases.map((one) => one.row);
    const { score, write, lines } = app({ tables: [], endpoints: [{ spec: { ...spec, endpointName: 'one' }, files }] });
    write('rows.jsonl', jsonLines(rows));
    const { code, stdout, stderr } = await score('one', 'rows.jsonl', 'out.jsonl');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `out.jsonl: ${rows.length} rows written\n`, stderr: '' });
    const answers = await served(spec, files, rows);
    const predictions = lines('out.jsonl').map((line) => predictionOf(parseLongs(line), Object.keys(rows[0]!)));
    expect(predictions).toHaveLength(answers.length);
    predictions.forEach((prediction, i) => expectAnswer(prediction, answers[i]!.prediction, fixtureCases(name).tolerance));
  });

  const { spec, files } = houseEndpoint('model');
  const table = houseTable();
  const records = [
    ...table.rows.slice(0, 40).map(({ id }, i) => ({ id, yr_sold: 2006 + (i % 5), mo_sold: 1 + (i % 12) })),
    { id: 'nobody', yr_sold: 2010, mo_sold: 1 },
    { id: '', yr_sold: 2010, mo_sold: 1 },
    { id: table.rows[3]!.id, yr_sold: null, mo_sold: 1 },
    { id: table.rows[4]!.id, yr_sold: 2010, mo_sold: 5 },
  ];

  async function houses(onlineOnly: string[] = []) {
    const content = { tables: [table.spec], endpoints: [{ spec, files }], onlineOnly };
    const made = app(content);
    const rows = table.rows.map((row) => columnsOf(table.spec).map(({ name }) => (name === 'updated_at' ? 1n : (row[name] ?? null))));
    await writeFeatureTable(new FolderStore(made.path('offline/house_features')), table.spec, [rows]);
    const host = testHost({
      reader: memoryReader({ 'physical-house-features': table }),
      env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS },
    });
    return { ...made, answers: await served(spec, files, records, host) };
  }

  test.each(['out.jsonl', 'out.csv', 'out.parquet', 'out'])(
    'with features looked up offline, into %s, and refused rows are rejected',
    async (output) => {
      const { score, write, path, lines, answers } = await houses();
      write('rows.jsonl', jsonLines(records));
      const { code, stdout, stderr } = await score('prices', 'rows.jsonl', output, '--workers', '3');
      const refused = answers.flatMap(({ message }, i) => (message === undefined ? [] : [{ line: i + 1, message }]));
      expect(refused).toHaveLength(3);
      expect({ code, stderr, stdout: stdout.split('\n') }).toEqual({
        code: 1,
        stderr: '',
        stdout: [
          `${output}: 41 rows written`,
          `3 rejected, listed in ${output}.rejected.jsonl`,
          ...refused.map(({ line, message }) => `  rows.jsonl:${line}  ${message.replace(/^row 0, (column '\w+'): /, '$1: ')}`),
          '',
        ],
      });
      expect(lines(`${output}.rejected.jsonl`).map((line) => (JSON.parse(line) as { line: number }).line)).toEqual(
        refused.map(({ line }) => line),
      );
      const good = answers.flatMap(({ prediction }, i) => (prediction === undefined ? [] : [{ ...records[i]!, prediction }]));
      if (output === 'out.jsonl') expect(lines(output).map((line) => JSON.parse(line) as object)).toEqual(good);
      if (output === 'out') {
        const rows = good.map(({ id, yr_sold, mo_sold, prediction }) => [id, yr_sold, mo_sold, prediction]);
        expect((await readTable(path(output), undefined, ['id', 'mo_sold', 'yr_sold'])).rows).toEqual(
          rows.sort((a, b) => (`${String(a[0])} ${String(a[2])}` < `${String(b[0])} ${String(b[2])}` ? -1 : 1)),
        );
      }
      if (output === 'out.csv') {
        expect(lines(output)).toEqual(['id,yr_sold,mo_sold,prediction', ...good.map((row) => Object.values(row).join(','))]);
      }
      expect(
        readdirSync(path('.'))
          .filter((name) => name.startsWith('out'))
          .sort(),
      ).toEqual([output, `${output}.rejected.jsonl`]);
    },
  );

  test.each(['1', '3'])('of many rows, by %s workers', async (workers) => {
    const { score, write, lines } = await houses();
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      id: table.rows[i % table.rows.length]!.id,
      yr_sold: 2006 + (i % 5),
      mo_sold: 1 + (i % 12),
    }));
    write('rows.csv', ['id,yr_sold,mo_sold', ...many.map((row) => Object.values(row).join(',')), ''].join('\n'));
    const { stdout } = await score('prices', 'rows.csv', 'out.csv', '--workers', workers);
    expect(stdout).toBe('out.csv: 20,000 rows written\n');
    const host = testHost({ reader: memoryReader({ 'physical-house-features': table }), env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS } });
    const endpoint = endpointOf(writeAsset(spec, files), host);
    const predictions: unknown[] = [];
    for (let start = 0; start < many.length; start += 1000) {
      const { body } = await endpoint.post({ dataframe_records: many.slice(start, start + 1000) });
      predictions.push(...(body.predictions as unknown[]));
    }
    expect(lines('out.csv').slice(1)).toEqual(many.map((row, i) => [...Object.values(row), predictions[i]].join(',')));
  });
});

/** What is predicted in a batch may have other last digits than alone, where a model adds up products. */
function expectAnswer(prediction: unknown, answer: unknown, tolerance: Tolerance): void {
  if (typeof answer === 'number') {
    const { rtol, atol } = Number.isInteger(answer) ? { rtol: 0, atol: 0 } : tolerance;
    expect(Math.abs(Number(prediction) - answer)).toBeLessThanOrEqual(atol + rtol * Math.abs(answer));
  } else if (typeof answer === 'object') {
    expect(Object.keys(prediction as object)).toEqual(Object.keys(answer!));
    for (const [name, value] of Object.entries(answer!)) expectAnswer((prediction as Record<string, unknown>)[name], value, tolerance);
  } else {
    expect(prediction).toBe(answer);
  }
}

/** JSON in which whole numbers beyond 2^53-1 are strings of their digits, as answers have them. */
function parseLongs(line: string): Record<string, unknown> {
  const quoted = (all: string, before: string, digits: string) => (Number.isSafeInteger(Number(digits)) ? all : `${before}"${digits}"`);
  return JSON.parse(line.replace(/([:[,])(-?\d{16,})(?=[,\]}])/g, quoted)) as Record<string, unknown>;
}

/** The columns of predictions as serving answers them. */
function predictionOf(row: Record<string, unknown>, input: readonly string[]): unknown {
  const made = Object.entries(row).filter(([name]) => !input.includes(name));
  const [only] = made;
  if (made.length === 1 && only![0] === 'prediction') return only![1];
  const outputs: Record<string, unknown> = {};
  for (const [name, value] of made) {
    const [output, className] = name.split('.') as [string, string?];
    if (className === undefined) outputs[name] = value;
    else outputs[output] = { ...(outputs[output] as object), [className]: value };
  }
  return outputs;
}

test('a CSV file keeps the text of its cells', async () => {
  const { spec, files } = fixtureEndpoint('legacy_ir3');
  const names = fixtureCases('legacy_ir3').columns!;
  const { score, write, lines } = app({ tables: [], endpoints: [{ spec, files }] });
  write('rows.csv', `note,${names.join(',')}\r\n007,1,2.50,3,4\r\n"a,\n""b""",1,1e0,"3",4\r\n,1,2,x,4\r\n"",1,2,3,4`);
  const { code } = await score('legacy_ir3', 'rows.csv', 'out.csv');
  expect(code).toBe(1);
  const [answer] = await served(spec, files, [Object.fromEntries(names.map((name, i) => [name, [1, 2, 3, 4][i]]))]);
  const [header, first, ...rest] = lines('out.csv');
  expect(header).toBe(`note,${names.join(',')},prediction`);
  expect(first).toBe(
    `007,1,2.50,3,4,${(await served(spec, files, [Object.fromEntries(names.map((name, i) => [name, [1, 2.5, 3, 4][i]]))]))[0]!.prediction}`,
  );
  expect(rest[0]).toBe('"a,');
  expect(rest.at(-1)).toBe(`"",1,2,3,4,${String(answer!.prediction)}`);
});

describe('an interrupted run', () => {
  const rowCount = 400_000;
  const { spec, files } = fixtureEndpoint('legacy_ir3');
  const names = fixtureCases('legacy_ir3').columns!;

  test('continues with the missing parts, and writes no row twice', async () => {
    const { score, write, read, path, folder, lines } = app({ tables: [], endpoints: [{ spec, files }] });
    write(
      'rows.csv',
      `id,${names.join(',')}\n${Array.from({ length: rowCount }, (_, i) => `${i},${i % 7},${i % 11},1.25,${-i}\n`).join('')}`,
    );
    const args = ['score', 'legacy_ir3', '--input', 'rows.csv', '--output', 'out.csv', '--app', folder, '--local', '--workers', '1'];
    const cli = join(__dirname, '..', '..', '..', 'assets', 'cli', 'cdk-ml-serving.js');
    const parts = () =>
      existsSync(path('out.csv.parts')) ? readdirSync(path('out.csv.parts')).filter((name) => name.endsWith('.part')) : [];
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: 'ignore' });
    while (parts().length === 0) await new Promise((done) => setTimeout(done, 1));
    child.kill('SIGKILL');
    await once(child, 'close');
    // the worker ends when the command is gone
    await new Promise((done) => setTimeout(done, 500));
    expect(existsSync(path('out.csv'))).toBe(false);
    const [part] = parts() as [string];
    write(`out.csv.parts/${part}`, read(`out.csv.parts/${part}`).replace(/^\d+,/, 'kept,'));

    const { stdout } = await score('legacy_ir3', 'rows.csv', 'out.csv', '--workers', '1');
    expect(stdout).toBe('out.csv: 400,000 rows written\n');
    const ids = lines('out.csv').map((line) => line.split(',')[0]!);
    const kept = ids.indexOf('kept');
    expect(kept).toBeGreaterThan(0);
    expect(ids.slice(1)).toEqual(Array.from({ length: rowCount }, (_, i) => (i + 1 === kept ? 'kept' : String(i))));
    expect(existsSync(path('out.csv.parts'))).toBe(false);
  });

  test('keeps a second run from its output, and is finished by the next run', async () => {
    const { score, write, path, folder, lines } = app({ tables: [], endpoints: [{ spec, files }] });
    const rows = Array.from({ length: rowCount }, (_, i) => `${i},${i % 7},${i % 11},1.25,${-i}\n`);
    write('rows.csv', `id,${names.join(',')}\n${rows.join('')}`);
    const cli = join(__dirname, '..', '..', '..', 'assets', 'cli', 'cdk-ml-serving.js');
    const args = ['score', 'legacy_ir3', '--input', 'rows.csv', '--output', 'out.csv', '--app', folder, '--local', '--workers', '1'];
    const first = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: 'ignore' });
    while (!existsSync(path('out.csv.parts/run.json'))) await new Promise((done) => setTimeout(done, 1));
    first.kill('SIGSTOP');
    const refused = await score('legacy_ir3', 'rows.csv', 'out.csv');
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `expected one run for an output, got: process ${first.pid}, which uses ${path('out.csv.parts')}; wait until it has finished\n`,
    });
    first.kill('SIGKILL');
    await once(first, 'close');
    expect((await score('legacy_ir3', 'rows.csv', 'out.csv')).stdout).toBe('out.csv: 400,000 rows written\n');
    expect(lines('out.csv')).toHaveLength(rowCount + 1);
  });

  test('is not continued with another input', async () => {
    const { score, write, path, lines } = app({ tables: [], endpoints: [{ spec, files }] });
    write('rows.csv', `id,${names.join(',')}\nx,1,2,3,4\n`);
    mkdirSync(path('out.csv.parts'));
    write('out.csv.parts/run.json', '{"identity":"another","state":null}');
    write('out.csv.parts/7.part', 'y,1,2,3,4,5\n');
    expect((await score('legacy_ir3', 'rows.csv', 'out.csv')).stdout).toBe('out.csv: 1 row written\n');
    expect(lines('out.csv').map((line) => line.split(',')[0])).toEqual(['id', 'x']);
  });
});

describe('a feature table', () => {
  const HOUSES: TableSpec = {
    name: 'houses',
    primaryKey: [column('id', 'string')],
    timestampKey: column('updated_at', 'timestamp'),
    features: [column('a', 'double'), column('b', 'double')],
  };
  const PRICES: TableSpec = {
    name: 'prices',
    primaryKey: [column('id', 'string')],
    timestampKey: column('predicted_at', 'timestamp'),
    features: [column('price', 'double'), column('weight', 'double', { nullable: true })],
  };
  const { model, files } = fixtureModel('legacy_ir3');
  const names = fixtureCases('legacy_ir3').columns!;

  /** An endpoint whose model takes two features of a table, twice each. */
  function endpoint(): EndpointSpec {
    const [entity] = modelEndpoint(model).servedEntities;
    const lookups = [0, 2].map((first) => ({
      table: 'houses',
      lookupKey: ['id'],
      features: HOUSES.features.map((feature, i) => ({ feature: feature.name, column: { ...feature, name: names[first + i]! } })),
    }));
    const features = { requestColumns: ['id'], lookups, functions: [], exclude: [] };
    return {
      ...modelEndpoint(model),
      tables: [HOUSES],
      requestColumns: [column('id', 'string')],
      servedEntities: [{ ...entity!, features }],
    };
  }

  const hour = (hours: number) => BigInt(Date.now() + hours * 3_600_000) * 1000n;

  async function made() {
    const content = { tables: [HOUSES, PRICES], endpoints: [{ spec: endpoint(), files }] };
    const own = app(content);
    await writeFeatureTable(new FolderStore(own.path('offline/houses')), HOUSES, [
      [
        ['x', hour(-2), 1, 2],
        ['y', hour(-2), 3, 4],
        ['z', hour(2), 9, 9],
      ],
      [
        ['x', hour(-1), 5, 6],
        ['y', hour(-3), 7, 8],
      ],
    ]);
    return own;
  }

  const expected = (a: number, b: number) =>
    served(modelEndpoint(model), files, [Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? a : b]))]);

  test('is scored with the latest row of each key', async () => {
    const { score, lines } = await made();
    const { code, stdout } = await score('test', 'houses', 'out.csv');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'out.csv: 2 rows written\n' });
    const [header, ...rows] = lines('out.csv').map((line) => line.split(','));
    expect(header).toEqual(['id', 'updated_at', 'prediction']);
    expect(rows.map(([id, , prediction]) => [id, Number(prediction)]).sort()).toEqual([
      ['x', (await expected(5, 6))[0]!.prediction],
      ['y', (await expected(3, 4))[0]!.prediction],
    ]);
  });

  test('names rejected rows by their keys', async () => {
    const { score, path, lines } = await made();
    await writeFeatureTable(new FolderStore(path('offline/prices')), PRICES, [[['x', hour(-1), 1, 1], ['no one', hour(-1), 1, 1]]]); // prettier-ignore
    const { code, stdout } = await score('test', 'prices', 'out.csv');
    const reason = `expected a value, got: NOT_FOUND in 'houses' for id "no one"`;
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: `out.csv: 1 row written\n1 rejected, listed in out.csv.rejected.jsonl\n  prices "no one"  column 'a': ${reason}\n`,
    });
    expect(lines('out.csv.rejected.jsonl').map((line) => JSON.parse(line) as object)).toEqual([
      { line: expect.any(Number), key: 'no one', column: 'a', reason },
    ]);
  });

  test('takes predictions offline and online, which can then be looked up', async () => {
    const { score, write, path } = await made();
    await createOnlineTable(client, 'prices');
    write('ids.csv', 'id,weight\nx,0.5\ny,\n');
    const { code, stdout, stderr } = await score('test', 'ids.csv', 'prices');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'prices: 2 rows written; version 1\n', stderr: '' });
    const [{ prediction }] = (await expected(5, 6)) as [{ prediction: number }];
    const { columns, rows } = await readTable(path('offline/prices'));
    expect(columns).toEqual(['id', 'predicted_at', 'price', 'weight']);
    expect(rows.map(([id, , price, weight]) => [id, price, weight])).toEqual([
      ['x', prediction, 0.5],
      ['y', (await expected(3, 4))[0]!.prediction, null],
    ]);
    const item = await storedItem(client, 'prices', 'x');
    expect(Number(item!.price!.N)).toBe(prediction);
    expect(Math.abs(Number(item!._ts!.N) / 1000 - Date.now())).toBeLessThan(600_000);
  });

  test('fails on columns without values', async () => {
    const { score, write } = await made();
    write('ids.csv', 'id2\nx\n');
    const { code, stderr } = await score('test', 'ids.csv', 'prices');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "ids.csv: column 'id': expected a value, because it is the key of a lookup, got: no such column\nids.csv has the column 'id2'\n",
    });
  });
});

describe('fails on', () => {
  const { spec, files } = fixtureEndpoint('legacy_ir3');
  const names = fixtureCases('legacy_ir3').columns!;
  const content = { tables: [], endpoints: [{ spec, files }, { spec: { ...houseEndpoint('features').spec, endpointName: 'features' } }] };

  test.each([
    [
      'legacy_ir3',
      `prediction,${names.join(',')}\n`,
      "rows.csv: column 'prediction': expected no such column, because it is the name of a prediction, got: a column of this name; rename it",
    ],
    ['features', 'id\n', 'expected an endpoint that serves a model, got: features/houses, which serves features'],
    ['legacy_ir3', `a\n"b\n`, 'rows.csv:2: expected well-formed CSV, got: no closing quote of cell 1'],
  ])('%s with %j', async (endpoint, rows, message) => {
    const { score, write, path } = app(content);
    write('rows.csv', rows);
    const { code, stdout, stderr } = await score(endpoint, 'rows.csv', 'out.csv');
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${message}\n` });
    expect(existsSync(path('out.csv'))).toBe(false);
  });
});
