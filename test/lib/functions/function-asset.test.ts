import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AssetFile, writeFunctionAsset } from '../../../lib/functions/function-asset';

const ENTRY = 'exports.handler = require("runtime").serve(__dirname);\n';
const SPEC = { specVersion: 1, endpointName: 'prices' };
const FUNCTION: AssetFile = { path: 'functions/age.js', source: Buffer.from('exports.age = 1;') };
const MODEL = { path: 'models/m/1/model.onnx', source: join(__dirname, '../../fixtures/house_price_a/model.onnx') };

const written: string[] = [];
const write = (content: object, files: AssetFile[]) => {
  const asset = writeFunctionAsset({ entry: ENTRY, document: { file: 'endpoint.json', content }, files });
  written.push(asset.folder);
  return asset;
};

afterEach(() => {
  for (const folder of written.splice(0)) rmSync(folder, { recursive: true });
});

test('contains the entry, the document and the files, and nothing else', () => {
  const { folder, bytes } = write(SPEC, [FUNCTION, MODEL]);
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => statSync(join(folder, file)).isFile()).sort();
  expect(files).toEqual(['endpoint.json', 'functions/age.js', 'index.js', 'models/m/1/model.onnx', 'package.json']);
  expect(readFileSync(join(folder, 'index.js'), 'utf8')).toBe(ENTRY);
  expect(JSON.parse(readFileSync(join(folder, 'endpoint.json'), 'utf8'))).toEqual(SPEC);
  expect(readFileSync(join(folder, MODEL.path))).toEqual(readFileSync(MODEL.source));
  expect(bytes).toBe(files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0));
});

test('is CommonJS, wherever the cloud assembly is', () => {
  const app = mkdtempSync(join(tmpdir(), 'esm-app-'));
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
  cpSync(write(SPEC, [FUNCTION]).folder, join(app, 'asset'), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [join(app, 'asset', FUNCTION.path)], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('can be read by any user, whatever the umask', () => {
  const before = process.umask(0o077);
  try {
    const { folder } = write(SPEC, [FUNCTION]);
    for (const file of ['index.js', 'endpoint.json', FUNCTION.path]) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o644);
  } finally {
    process.umask(before);
  }
});

test('has a hash that depends only on the names and contents of its files', () => {
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
