import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningDev, runCli, startDev } from '../../helpers/dev';
import { expectClose, type Tolerance } from '../../helpers/expect-close';
import { CHECKOUT } from '../../helpers/parts';

jest.setTimeout(120_000);

const APP = join(__dirname, '..', 'house-app');
const FIXTURES = join(__dirname, '..', '..', 'fixtures');

interface Prediction {
  readonly prediction: number;
}

/** A line of the recorded requests. Their expected numbers are those of the original libraries. */
interface RecordedRequest {
  readonly name: string;
  readonly why?: string;
  readonly kind: 'ok' | 'batch' | 'default' | 'error';
  readonly request: object | object[];
  readonly expected: Prediction | Prediction[] | { readonly status: number; readonly error_code: string; readonly mentions: string[] };
}

const recorded = readFileSync(join(FIXTURES, 'requests.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as RecordedRequest);
const { tolerance } = JSON.parse(readFileSync(join(FIXTURES, 'requests_spec.json'), 'utf8')) as {
  tolerance: Tolerance;
};

let dev: RunningDev;
let url: string;
beforeAll(async () => {
  dev = await startDev(APP, ['--watch', '--load', `house_features=${join(FIXTURES, 'house_features.csv')}`]);
  url = `${dev.urls[0]}/serving-endpoints/prices/invocations`;
});
afterAll(() => dev.stop());

const ask = async (records: object[]): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: records }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('all rows are loaded, and a column that the table does not have is named', () => {
  expect(dev.stderr()).toContain(
    "house_features: 2,930 rows written\n  column 'neighborhood' is not declared by the table and was skipped\n",
  );
});

test('the printed example is a request that is answered as printed', async () => {
  const [, curlUrl, body, answer] =
    /^prices: .+\n {2}curl -s (\S+) -H 'content-type: application\/json' -d '(.+)'\n {2}(.+)\n {2}made-up values: yr_sold, mo_sold$/m.exec(
      dev.stdout(),
    )!;
  expect(curlUrl).toBe(url);
  const response = await fetch(curlUrl!, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(await response.text()).toBe(answer);
  expect(JSON.parse(answer!)).toEqual({ predictions: [expect.any(Number)] });
});

test('there are as many recorded requests as the fixtures say', () => {
  expect(recorded).toHaveLength(220);
});

test.each(recorded.filter(({ kind }) => kind !== 'error'))('$name is answered', async ({ request, expected }) => {
  const { status, body } = await ask([request].flat());
  expect({ status, body }).toEqual({ status: 200, body: { predictions: expect.any(Array) } });
  const wanted = [expected as Prediction | Prediction[]].flat().map(({ prediction }) => prediction);
  const got = body.predictions as number[];
  expect(got).toHaveLength(wanted.length);
  for (const [i, prediction] of wanted.entries()) expectClose(got[i], { prediction }, tolerance);
});

test.each(recorded.filter(({ kind }) => kind === 'error'))('$name is refused: $why', async ({ request, expected }) => {
  const records = [request].flat();
  const { status, body } = await ask(records);
  const { mentions, ...wanted } = expected as { status: number; error_code: string; mentions: string[] };
  expect({ status, error_code: body.error_code }).toEqual(wanted);
  // the bad record of a batch is its last
  const row = records.length - 1;
  const columns = mentions.map((column) => `row ${row}, column '${column}': `);
  expect(columns).toContain(/^row \d+, column '[^']+': /.exec(body.message as string)?.[0]);
});

// the gateway passes text on as text: other bytes would become replacement characters, and a key of another row
test('fails on a body that is not UTF-8, as the handler does', async () => {
  const body = readFileSync(join(FIXTURES, 'reports', 'dev_body_not_utf8', 'request.bin'));
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'expected a body in UTF-8, got: other bytes' },
  });
});

test('an unknown path of the endpoint is 404, and dev lists the routes', async () => {
  const before = dev.stderr().length;
  const response = await fetch(`${dev.urls[0]}/serving-endpoints/other/invocations`, { method: 'POST' });
  expect({ status: response.status, body: await response.json() }).toEqual({ status: 404, body: { message: 'Not Found' } });
  const path = '/serving-endpoints/prices';
  await dev.says(
    [
      'no route matches; the API has:',
      `  POST ${path}/invocations`,
      `  POST ${path}/served-models/{served_entity}/invocations`,
      '  POST /invocations',
      '  GET /',
      '  GET /health',
      '  GET /version',
      '',
    ].join('\n'),
    before,
  );
});

test.each([
  ['GET', '/', { status: 'alive' }],
  ['GET', '/health', undefined],
  ['GET', '/version', undefined],
])('%s %s is answered', async (method, path, body) => {
  const response = await fetch(dev.urls[0] + path, { method });
  expect(response.status).toBe(200);
  if (body !== undefined) expect(await response.json()).toEqual(body);
});

test('another command loads rows into the running app', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  const file = join(folder, 'houses.jsonl');
  const row = { id: 'new', gr_liv_area: 1500, full_bath: 1, lot_area: 9000, year_built: 1990, updated_at: '2026-01-01T00:00:00Z' };
  writeFileSync(file, JSON.stringify({ ...row, overall_qual: null, total_bsmt_sf: null, garage_cars: null, overall_cond: null }));
  expect(await ask([{ id: 'new', yr_sold: 2010, mo_sold: 5 }])).toMatchObject({ status: 400 });
  expect(await runCli(APP, ['tables', 'load', 'Data/house_features', file, '--local'])).toMatchObject({
    code: 0,
    stdout: 'house_features: 1 row written\n',
  });
  expect(await ask([{ id: 'new', yr_sold: 2010, mo_sold: 5 }])).toMatchObject({ status: 200, body: { predictions: [expect.any(Number)] } });
  rmSync(folder, { recursive: true });
});

test('tables keep their rows when the app changes', async () => {
  const before = dev.stderr().length;
  const now = new Date();
  utimesSync(join(APP, 'app.ts'), now, now);
  await dev.says('running the changed app', before);
  expect(await ask([{ id: '0908152270', yr_sold: 2008, mo_sold: 6 }])).toMatchObject({ status: 200 });
});

test.each([
  ['house_features', "error: option '-l, --load <table=file>' argument 'house_features' is invalid. expected <feature table>=<file>\n"],
  [
    `prices=${join(FIXTURES, 'house_features.csv')}`,
    'expected the name of a feature table, got: prices; the app has Data/house_features\n',
  ],
  ['house_features=none.csv', '--load: expected a file, got: none.csv, which does not exist\n'],
])('--load %s fails with one message', async (load, message) => {
  // a folder in which no other dev runs
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(CHECKOUT, '.cache', 'load-'));
  const app = `node --import tsx ${join(APP, 'app.ts')}`;
  const { code, stdout, stderr } = await runCli(folder, ['dev', '--port', '0', '--app', app, '--load', load]);
  rmSync(folder, { recursive: true });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`(^|\n)${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
});

test('--load fails on a missing file before the app runs', async () => {
  const { stderr } = await runCli(tmpdir(), ['dev', '--app', 'node -e "process.exit(3)"', '--load', 'house_features=none.csv']);
  expect(stderr).toBe('--load: expected a file, got: none.csv, which does not exist\n');
});
