// The asset of a serving function for the benchmarks: `house_price_a` and its nine columns, which the request sends or, some of them, a table has.
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

/** A record with all of them. */
export const RECORD = cases[0].row;

/** A request of one row. */
export const BODY = JSON.stringify({ dataframe_records: [RECORD] });

/** The columns of the model that are features of a table where they are looked up, by `id`. */
const LOOKED_UP = columns.slice(0, 5);

/** The table that they are looked up in, as a function's bindings know it. */
export const BINDINGS = JSON.stringify({ tables: { houses: 'houses' } });

/** A record with those that are not, and the key. */
export const LOOKUP_RECORD = {
  id: '0526301100',
  ...Object.fromEntries(Object.entries(RECORD).filter(([name]) => !LOOKED_UP.includes(name))),
};

const floats = (names) => names.map((name) => ({ name, type: 'float' }));

/** Makes the asset in a new folder. @param more of the endpoint spec */
export function makeAsset({ hasLookups = false, ...more } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ml-serving-bench-'));
  mkdirSync(join(folder, 'models/house_price/1'), { recursive: true });
  cpSync(MODEL_FILE, join(folder, 'models/house_price/1/model.onnx'));
  const key = { name: 'id', type: 'string' };
  const requestColumns = hasLookups ? [key, ...floats(columns.slice(LOOKED_UP.length))] : floats(columns);
  const lookup = {
    table: 'houses',
    lookupKey: ['id'],
    features: floats(LOOKED_UP).map((column) => ({ feature: column.name, column })),
  };
  const spec = {
    specVersion: 2,
    endpointName: 'prices',
    tables: hasLookups ? [{ name: 'houses', primaryKey: [key], features: floats(LOOKED_UP) }] : [],
    requestColumns,
    servedEntities: [
      {
        kind: 'model',
        name: 'model_A',
        model: {
          modelName: 'house_price',
          version: '1',
          scorer: { kind: 'file', file: 'models/house_price/1/model.onnx' },
          inputs: [{ name: 'float_input', type: 'float32', shape: [null, 9], layout: 'matrix', columns: floats(columns) }],
          outputs: [{ name: 'variable', type: 'float32', shape: [null, 1] }],
        },
        features: {
          requestColumns: requestColumns.map(({ name }) => name),
          lookups: hasLookups ? [lookup] : [],
          functions: [],
          exclude: [],
        },
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
