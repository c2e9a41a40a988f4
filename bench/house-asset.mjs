// The asset of a serving function for the benchmarks: `house_price_a`, nine columns of the request, no lookup.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const model = join(root, 'test/fixtures/house_price_a');

/** Where Lambda would find the runtime and ONNX Runtime, for this machine's architecture. */
export const LAYER_MODULES = join(root, `assets/layer-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}/nodejs/node_modules`);

const { columns, cases } = JSON.parse(readFileSync(join(model, 'cases.json'), 'utf8'));

/** The model's file. */
export const MODEL_FILE = join(model, 'model.onnx');

/** The columns of the model's one tensor, in order. */
export const COLUMNS = columns;

/** A request of one row. */
export const BODY = JSON.stringify({ dataframe_records: [cases[0].row] });

/** Makes the asset in a new folder. @param more of the endpoint spec */
export function makeAsset(more = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ml-serving-bench-'));
  mkdirSync(join(folder, 'models/house_price/1'), { recursive: true });
  cpSync(MODEL_FILE, join(folder, 'models/house_price/1/model.onnx'));
  const requestColumns = columns.map((name) => ({ name, type: 'float' }));
  const spec = {
    specVersion: 1,
    endpointName: 'prices',
    tables: [],
    requestColumns,
    servedEntities: [
      {
        kind: 'model',
        name: 'model_A',
        model: {
          modelName: 'house_price',
          version: '1',
          file: 'models/house_price/1/model.onnx',
          inputs: [{ name: 'float_input', type: 'float32', shape: [null, 9], layout: 'matrix', columns: requestColumns }],
          outputs: [{ name: 'variable', type: 'float32', shape: [null, 1] }],
        },
        features: { requestColumns: columns, lookups: [], functions: [], exclude: [] },
      },
    ],
    ...more,
  };
  writeFileSync(join(folder, 'endpoint.json'), JSON.stringify(spec));
  writeFileSync(join(folder, 'index.js'), "exports.handler = require('cdk-ml-serving-runtime').serve(__dirname);\n");
  return folder;
}

/** An event of an HTTP API that posts a body. */
export function eventOf(body) {
  return {
    version: '2.0',
    routeKey: 'POST /invocations',
    rawPath: '/invocations',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: { stage: '$default', requestId: 'bench', http: { method: 'POST', path: '/invocations' } },
    body,
    isBase64Encoded: false,
  };
}
