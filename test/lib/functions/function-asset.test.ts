import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AssetFile, writeFunctionAsset } from '../../../lib/functions/function-asset';
import { servingCode } from '../../../lib/compute/serving-code';
import { type EndpointSpec } from '../../../lib/contract/endpoint-spec';

const SPEC: EndpointSpec = { specVersion: 1, endpointName: 'prices', tables: [], requestColumns: [], servedEntities: [] };
const FUNCTION: AssetFile = { path: 'functions/age.js', source: Buffer.from('exports.age = 1;') };
const MODEL = { path: 'models/m/1/model.onnx', source: join(__dirname, '../../fixtures/house_price_a/model.onnx') };

const sha256Of = (source: AssetFile['source']) => createHash('sha256').update(source).digest('hex');

const written: string[] = [];
const write = (spec: EndpointSpec, files: AssetFile[]) => {
  const asset = writeFunctionAsset(servingCode(spec, files));
  written.push(asset.folder);
  return asset;
};

afterEach(() => {
  for (const folder of written.splice(0)) rmSync(folder, { recursive: true });
});

test('holds the entry, the endpoint spec and the files, and nothing else', () => {
  const { folder, bytes } = write(SPEC, [FUNCTION, MODEL]);
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => statSync(join(folder, file)).isFile()).sort();
  expect(files).toEqual(['endpoint.json', 'functions/age.js', 'index.js', 'models/m/1/model.onnx', 'package.json']);
  expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe('exports.handler = require("cdk-ml-serving-runtime").serve(__dirname);\n');
  expect(JSON.parse(readFileSync(join(folder, 'endpoint.json'), 'utf8'))).toEqual({
    ...SPEC,
    files: { [FUNCTION.path]: sha256Of(FUNCTION.source), [MODEL.path]: sha256Of(readFileSync(MODEL.source)) },
  });
  expect(readFileSync(join(folder, MODEL.path))).toEqual(readFileSync(MODEL.source));
  expect(bytes).toBe(files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0));
});

test('is CommonJS, wherever the cloud assembly lies', () => {
  const app = mkdtempSync(join(tmpdir(), 'esm-app-'));
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
  cpSync(write(SPEC, [FUNCTION]).folder, join(app, 'asset'), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [join(app, 'asset', FUNCTION.path)], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('can be read by the user that Lambda runs as, whatever the umask', () => {
  const before = process.umask(0o077);
  try {
    const { folder } = write(SPEC, [FUNCTION]);
    for (const file of ['index.js', 'endpoint.json', FUNCTION.path]) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o644);
  } finally {
    process.umask(before);
  }
});

test('has another endpoint spec, and so another `spec_hash`, where only the bytes of a file differ', () => {
  const specOf = (source: string) =>
    readFileSync(join(write(SPEC, [{ ...FUNCTION, source: Buffer.from(source) }]).folder, 'endpoint.json'));
  expect(specOf('exports.age = 1;')).toEqual(specOf('exports.age = 1;'));
  expect(specOf('exports.age = 1;')).not.toEqual(specOf('exports.age = 2;'));
});

test('has a hash of its names and contents alone', () => {
  const first = write(SPEC, [FUNCTION, MODEL]);
  const again = write(SPEC, [FUNCTION, MODEL]);
  expect(again.folder).not.toBe(first.folder);
  expect(again.sha256).toBe(first.sha256);
  const changed = [
    write({ ...SPEC, endpointName: 'others' }, [FUNCTION, MODEL]),
    write(SPEC, [{ ...FUNCTION, source: Buffer.from('exports.age = 2;') }, MODEL]),
    write(SPEC, [{ ...FUNCTION, path: 'functions/ages.js' }, MODEL]),
    write(SPEC, [FUNCTION]),
  ];
  expect(new Set([first, ...changed].map(({ sha256 }) => sha256)).size).toBe(5);
});
