import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderStore } from '../../lambda/offline/folder-store';
import { readRows } from '../../lambda/offline/rows';
import { readSnapshot } from '../../lambda/offline/snapshot';
import type { TableSpec } from '../../lib/spec/endpoint-spec';
import { appFolder } from '../helpers/app-folder';
import { runCli } from '../helpers/dev';
import { removeAssets, writeAsset } from '../helpers/endpoint-asset';
import { writeFeatureTable } from '../helpers/feature-store';
import { HOUSE_BINDINGS, houseEndpoint, houseTable } from '../helpers/house-endpoint';
import { endpointOf, testHost } from '../helpers/http-api';
import { memoryReader } from '../helpers/memory-reader';
import { createOnlineTable, startDynalite, storeClient } from '../helpers/store';

jest.setTimeout(240_000);

const CLI = join(__dirname, '..', '..', 'assets', 'cli', 'cdk-ml-serving.js');
const HOUSES = houseTable();
const ENDPOINT = houseEndpoint('model');
const EVENT_TIME = BigInt(Date.UTC(2024, 0, 1)) * 1000n;
const PREDICTIONS: TableSpec = {
  name: 'predictions',
  primaryKey: [{ name: 'id', type: 'string' }],
  features: [{ name: 'prediction', type: 'float' }],
};

afterAll(removeAssets);

/** An app whose endpoint looks houses up in an offline store that has all of them, beside an empty table for predictions. */
async function app(dynamodbEndpoint?: string): Promise<string> {
  const content = {
    tables: [HOUSES.spec, PREDICTIONS],
    endpoints: [
      {
        spec: ENDPOINT.spec,
        files: { ...ENDPOINT.files, 'index.js': { content: "exports.handler = require('cdk-ml-serving-runtime').serve(__dirname);" } },
      },
    ],
  };
  const folder = appFolder(content, dynamodbEndpoint);
  const rows = HOUSES.rows.map((row) => [row.id, EVENT_TIME, ...HOUSES.spec.features.map(({ name }) => row[name] ?? null)]);
  await writeFeatureTable(new FolderStore(join(folder, 'offline', HOUSES.spec.name)), HOUSES.spec, [rows]);
  return folder;
}

/** Records of all houses, some of them over and over. */
function records(count: number): { id: string; yr_sold: number; mo_sold: number }[] {
  const ids = HOUSES.rows.map(({ id }) => id as string);
  return Array.from({ length: count }, (_, i) => ({ id: ids[(i * 7) % ids.length]!, yr_sold: 2010 + (i % 15), mo_sold: 1 + (i % 12) }));
}

function writeCsv(file: string, rows: readonly { id: string; yr_sold: number; mo_sold: number }[]): void {
  writeFileSync(file, `id,yr_sold,mo_sold\n${rows.map(({ id, yr_sold, mo_sold }) => `${id},${yr_sold},${mo_sold}\n`).join('')}`);
}

/** What the endpoint answers to records, a thousand a request. */
async function served(rows: readonly object[]): Promise<number[]> {
  const tables = { 'physical-house-features': HOUSES };
  const host = testHost({ reader: memoryReader(tables), env: { ML_SERVING_BINDINGS: HOUSE_BINDINGS } });
  const { post } = endpointOf(writeAsset(ENDPOINT.spec, ENDPOINT.files), host);
  const answers: number[] = [];
  for (let first = 0; first < rows.length; first += 1000) {
    const { status, body } = await post({ dataframe_records: rows.slice(first, first + 1000) });
    expect(status).toBe(200);
    answers.push(...(body.predictions as number[]));
  }
  return answers;
}

function score(folder: string, input: string, output: string, ...args: string[]) {
  return runCli(folder, ['score', 'prices', '--input', input, '--output', output, '--local', '--app', folder, ...args]);
}

/** The predictions of a CSV file, which has them last. */
function predictionsOf(file: string): number[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe('id,yr_sold,mo_sold,prediction');
  return lines.slice(1).map((line) => Math.fround(Number(line.split(',').at(-1))));
}

test('a file is scored as the endpoint would answer it, row by row, whatever the number of workers', async () => {
  const folder = await app();
  const rows = records(5000);
  writeCsv(join(folder, 'in.csv'), rows);
  const expected = await served(rows);
  expect(new Set(expected).size).toBeGreaterThan(1000);
  for (const workers of ['1', '3']) {
    expect(await score(folder, 'in.csv', `out${workers}.csv`, '--workers', workers)).toEqual({
      code: 0,
      stdout: `out${workers}.csv: 5,000 rows written\n`,
      stderr: '',
    });
    expect(predictionsOf(join(folder, `out${workers}.csv`))).toEqual(expected);
  }
});

test('what serving would refuse is set aside by line, and everything else is scored', async () => {
  const folder = await app();
  const [first, second] = records(2);
  writeFileSync(
    join(folder, 'in.jsonl'),
    [first, { ...first, id: 'nobody' }, { ...first, yr_sold: '2020' }, second].map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  const { code, stdout } = await score(folder, 'in.jsonl', 'out.jsonl');
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: [
      'out.jsonl: 2 rows written',
      '2 rejected, listed in out.jsonl.rejected.jsonl',
      "  in.jsonl:2  column 'gr_liv_area': expected a value, got: NOT_FOUND in 'house_features' for id \"nobody\"",
      '  in.jsonl:3  column \'yr_sold\': expected a whole number from -2147483648 to 2147483647, got: "2020"',
      '',
    ].join('\n'),
  });
  const scored = readFileSync(join(folder, 'out.jsonl'), 'utf8').trimEnd().split('\n');
  const predictions = scored.map((line) => (JSON.parse(line) as { prediction: number }).prediction);
  expect(predictions.map(Math.fround)).toEqual(await served([first!, second!]));
});

test('a run that was killed goes on where it stopped, and writes each row once', async () => {
  const folder = await app();
  const rows = records(60_000);
  writeCsv(join(folder, 'in.csv'), rows);
  const args = ['score', 'prices', '--input', 'in.csv', '--output', 'out', '--local', '--app', folder, '--workers', '1'];
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: 'ignore' });
  const partsThere = () => readdirSync(folder, { recursive: true }).filter((name) => /out.*part/i.test(String(name))).length;
  while (partsThere() === 0 && child.exitCode === null) await new Promise((done) => setTimeout(done, 5));
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(join(folder, 'out', '_delta_log'))).toBe(false);

  expect((await score(folder, 'in.csv', 'out', '--workers', '1')).code).toBe(0);
  const store = new FolderStore(join(folder, 'out'));
  const scored: (readonly unknown[])[] = [];
  for await (const row of readRows(store, await readSnapshot(store))) scored.push(row);
  expect(scored).toHaveLength(rows.length);
  expect(scored.map((row) => row[3])).toEqual(await served(rows));
});

test('predictions become rows of a feature table, offline and online', async () => {
  const dynalite = await startDynalite();
  const client = storeClient(dynalite);
  await createOnlineTable(client, PREDICTIONS.name);
  const folder = await app(dynalite.endpoint);
  const rows = records(2000);
  writeCsv(join(folder, 'in.csv'), rows);
  const { code, stdout } = await score(folder, 'in.csv', 'predictions');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^predictions: 2,000 rows written/) as string });
  const store = new FolderStore(join(folder, 'offline', 'predictions'));
  const stored = new Map<unknown, unknown>();
  for await (const [id, prediction] of readRows(store, await readSnapshot(store))) stored.set(id, prediction);
  const expected = await served(rows);
  expect(stored).toEqual(new Map(rows.map(({ id }, i) => [id, expected[i]])));
  const { Count } = await client.send(new ScanCommand({ TableName: PREDICTIONS.name, Select: 'COUNT' }));
  client.destroy();
  await dynalite.close();
  expect(Count).toBeGreaterThanOrEqual(rows.length);
});

test('an endpoint that is not there is refused by name', async () => {
  const folder = await app();
  writeCsv(join(folder, 'in.csv'), records(1));
  const { code, stderr } = await runCli(folder, ['score', 'none', '--input', 'in.csv', '--output', 'out.csv', '--local', '--app', folder]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/none/);
});
