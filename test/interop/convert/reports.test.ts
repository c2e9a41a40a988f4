// Models that real use brought, each with its sample and the answers of its own library: converted, served, and asked for these answers.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Column } from '../../../lib/features';
import { CONVERT_PACKAGES } from '../../helpers/convert-packages';
import { modelEndpoint, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { endpointOf } from '../../helpers/http-api';
import { packageOf } from '../../helpers/models';
import { CHECKOUT, type Finished, mustRun, pythonEnvironment } from '../../helpers/parts';

const REPORTS = join(CHECKOUT, 'test', 'fixtures', 'reports');
const NAMES = [
  'convert_lgb_zero_as_missing_silent',
  'convert_ordinal_missing_text',
  'convert_tree_missing_hangs',
  'convert_tree_missing_silent',
];

const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-reports-'));
let converted: Record<string, Finished>;

beforeAll(() => {
  const python = join(pythonEnvironment('convert-venv', CONVERT_PACKAGES), 'python');
  for (const name of NAMES) cpSync(join(REPORTS, name), join(folder, name), { recursive: true });
  const many = ['-B', join(__dirname, 'many.py'), join(CHECKOUT, 'assets', 'convert'), folder];
  converted = JSON.parse(mustRun(python, [...many, ...NAMES.map((name) => `${name}=model.pkl`)])) as Record<string, Finished>;
});
afterAll(() => {
  removeAssets();
  rmSync(folder, { recursive: true });
});

/** The rows of a CSV file of texts and numbers. */
function rowsOf(file: string): Record<string, string | number | null>[] {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i]!, valueOf(cell)])));
}

function valueOf(cell: string): string | number | null {
  if (cell === '') return null;
  return Number.isNaN(Number(cell)) ? cell : Number(cell);
}

test.each(NAMES)('%s: the endpoint answers as the library does', async (name) => {
  const at = (file: string): string => join(folder, name, file);
  expect(converted[name]).toMatchObject({ status: 0, stderr: '' });
  const { columns } = (await import(at('onnx/columns.ts'))) as { columns: Column[] };
  const { spec, files } = packageOf(at('onnx/model.onnx'), { columns });
  const asset = writeAsset(
    modelEndpoint(spec),
    Object.fromEntries(files.map(({ path, source }) => [path, typeof source === 'string' ? { from: source } : { content: source }])),
  );
  const expected = rowsOf(at('expected.csv')).map(({ variable }) => variable as number);
  const records = rowsOf(at(existsSync(at('request.csv')) ? 'request.csv' : 'sample.csv'));
  const { status, body } = await endpointOf(asset).post({ dataframe_records: records });
  expect({ status, body }).toEqual({ status: 200, body: { predictions: expected.map((value) => expect.closeTo(value, 4)) } });
});
