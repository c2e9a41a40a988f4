// Lookups, missing values and functions, through the handler, by feature serving and by a model that gives back what it is fed.
import { timestampText } from '../../../lib/contract/calendar';
import type { ColumnSpec, DataType, JsonValue } from '../../../lib/contract/data-types';
import type {
  EndpointSpec,
  FeaturesSpec,
  FunctionSpec,
  LookupSpec,
  RequestColumnSpec,
  ServedEntitySpec,
  TableSpec,
} from '../../../lib/contract/endpoint-spec';
import { identityOf } from '../../helpers/onnx';
import { type AssetFiles, removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { context, endpointOf, event, REQUEST_TIME, testHost, type TestEndpoint } from '../../helpers/http-api';
import { memoryReader, type MemoryReader, type Row } from '../../helpers/memory-reader';

afterAll(removeAssets);

const NOW = REQUEST_TIME * 1000; // microseconds
const HOUR = 3_600_000_000;

function column(name: string, type: DataType = 'double', more: Partial<ColumnSpec> = {}): ColumnSpec {
  return { name, type, ...more };
}

const USERS: TableSpec = {
  name: 'users',
  primaryKey: [column('user_id', 'string')],
  timestampKey: column('at', 'timestamp'),
  features: [
    column('age', 'double'),
    column('city', 'string'),
    column('visits', 'long'),
    column('vector', { element: 'float', shape: [2] }),
  ],
  maxAgeSeconds: 3600,
};
const CITIES: TableSpec = {
  name: 'cities',
  primaryKey: [column('city', 'string')],
  features: [column('rent', 'double')],
  timeToLiveSeconds: 86_400,
};

const ROWS: Record<string, readonly Row[]> = {
  users: [
    { user_id: 'ann', age: 30, city: 'Ulm', visits: 2n ** 60n, vector: [0.5, NaN], _ts: NOW - HOUR },
    { user_id: 'bob', age: null, city: null, visits: 5n, _ts: NOW },
    { user_id: 'old', age: 90, city: 'Ulm', visits: 1n, vector: [1, 2], _ts: NOW - HOUR - 1 },
    { user_id: 'nan', age: NaN, city: 'gone', visits: 1n, vector: [1, 2], _ts: NOW + HOUR },
    { user_id: 'dead', _deleted: true, _ts: NOW },
    { user_id: 'void', age: 1, city: '', visits: 1n, vector: [1, 2], _ts: NOW },
  ],
  cities: [
    { city: 'Ulm', rent: 12.5, _ttl: REQUEST_TIME / 1000 + 1 },
    { city: 'gone', rent: 1, _ttl: REQUEST_TIME / 1000 },
  ],
};

/** A lookup of features under their own names, with other defaults or names where they are given. */
function lookup(table: TableSpec, lookupKey: readonly string[], features: Readonly<Record<string, Partial<ColumnSpec>>>): LookupSpec {
  return {
    table: table.name,
    lookupKey,
    features: Object.entries(features).map(([feature, more]) => ({
      feature,
      column: { ...table.features.find(({ name }) => name === feature)!, ...more },
    })),
  };
}

interface Declared {
  readonly request: readonly RequestColumnSpec[];
  readonly lookups?: readonly LookupSpec[];
  readonly functions?: readonly FunctionSpec[];
  readonly exclude?: readonly string[];
  /** The columns of a model that gives them back as one tensor of float32; without it the features are served. */
  readonly model?: readonly string[];
  readonly files?: AssetFiles;
  readonly now?: () => number;
}

function endpoint({
  request,
  lookups = [],
  functions = [],
  exclude = [],
  model,
  files = {},
  now,
}: Declared): TestEndpoint & { reader: MemoryReader } {
  const features: FeaturesSpec = { requestColumns: request.map(({ name }) => name), lookups, functions, exclude };
  const shape = [null, model?.length ?? 0];
  const entity: ServedEntitySpec =
    model === undefined
      ? { kind: 'features', name: 'served', features }
      : {
          kind: 'model',
          name: 'served',
          features,
          model: {
            modelName: 'identity',
            version: '1',
            scorer: { kind: 'file', file: 'model.onnx' },
            inputs: [{ name: 'x', type: 'float32', shape, layout: 'matrix', columns: model.map((name) => column(name, 'float')) }],
            outputs: [{ name: 'x_out', type: 'float32' }],
          },
        };
  const spec: EndpointSpec = {
    specVersion: 2,
    endpointName: 'test',
    tables: [USERS, CITIES],
    requestColumns: request,
    servedEntities: [entity],
  };
  const reader = memoryReader({ 'phys-users': { spec: USERS, rows: ROWS.users! }, 'phys-cities': { spec: CITIES, rows: ROWS.cities! } });
  const env = { ML_SERVING_BINDINGS: JSON.stringify({ tables: { users: 'phys-users', cities: 'phys-cities' } }) };
  const onnx: AssetFiles =
    model === undefined ? {} : { 'model.onnx': { content: identityOf({ name: 'x', type: 'float', shape: ['N', model.length] }) } };
  return { ...endpointOf(writeAsset(spec, { ...files, ...onnx }), testHost({ reader, env, now })), reader };
}

const users = (...ids: JsonValue[]) => ({ dataframe_records: ids.map((user_id) => ({ user_id })) });
const USER = column('user_id', 'string');

describe('feature serving', () => {
  const { post, reader } = endpoint({
    request: [USER, column('amount', 'float', { defaultValue: 1 })],
    lookups: [
      lookup(USERS, ['user_id'], { age: { defaultValue: 40 }, city: {}, visits: {}, vector: {} }),
      lookup(CITIES, ['city'], { rent: {} }),
    ],
    exclude: ['amount'],
  });

  test('answers every column, and says what was missing and why', async () => {
    const { status, headers, body } = await post(users('ann', 'bob', 'old', 'nan', 'who'));
    expect(status).toBe(200);
    expect(headers['served-model-name']).toBe('served');
    expect(body).toEqual({
      outputs: [
        { user_id: 'ann', age: 30, city: 'Ulm', visits: '1152921504606846976', vector: [0.5, 'NaN'], rent: 12.5 },
        { user_id: 'bob', age: 40, city: null, visits: 5, vector: null, rent: null },
        { user_id: 'old', age: 40, city: null, visits: null, vector: null, rent: null },
        { user_id: 'nan', age: 40, city: 'gone', visits: 1, vector: [1, 2], rent: null },
        { user_id: 'who', age: 40, city: null, visits: null, vector: null, rent: null },
      ],
      feature_states: [
        {},
        { age: 'NULL_VALUE', city: 'NULL_VALUE', vector: 'NULL_VALUE', rent: 'NOT_FOUND' },
        { age: 'OUTSIDE_MAX_AGE', city: 'OUTSIDE_MAX_AGE', visits: 'OUTSIDE_MAX_AGE', vector: 'OUTSIDE_MAX_AGE', rent: 'NOT_FOUND' },
        { age: 'NULL_VALUE', rent: 'NOT_FOUND' },
        { age: 'NOT_FOUND', city: 'NOT_FOUND', visits: 'NOT_FOUND', vector: 'NOT_FOUND', rent: 'NOT_FOUND' },
      ],
    });
  });

  test('reads what another lookup gave the key for in a second round', () => {
    expect(reader.calls[0]).toEqual([
      {
        tableName: 'phys-users',
        attributes: ['age', 'city', 'visits', 'vector', '_deleted', '_ts'],
        keys: ['ann', 'bob', 'old', 'nan', 'who'],
      },
    ]);
    expect(reader.calls[1]).toEqual([{ tableName: 'phys-cities', attributes: ['rent', '_deleted', '_ttl'], keys: ['Ulm', 'gone'] }]);
  });

  test('takes a looked-up key that can be none for one that is not found', async () => {
    expect((await post(users('void'))).body.feature_states).toEqual([{ rent: 'NOT_FOUND' }]);
  });

  test.each<[JsonValue, string]>([
    [null, 'expected a value, because it is the key of a lookup, got: null'],
    ['', 'expected a value, got: ""'],
    [5, 'expected a string, got: 5'],
  ])('fails on the key %j', async (id, message) => {
    expect(await post(users('ann', id))).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: `row 1, column 'user_id': ${message}` },
    });
  });

  test.each<[string, unknown]>([
    ['dataframe_records', [{ user_id: 'ann' }, { user_id: 'bob', age: 31 }]],
    ['dataframe_records', [{ user_id: 'ann' }, { user_id: 'bob', age: null }]],
  ])('fails on a looked-up feature in %s', async (format, content) => {
    expect(await post({ [format]: content })).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `row 1, column 'age': expected no value, because it is looked up and is not listed in \`overridable\` of the feature spec, got: a value`,
      },
    });
  });

  test('never fails for a missing value of another column', async () => {
    const { post: ask } = endpoint({ request: [column('a', 'integer'), column('b', 'string')] });
    expect((await ask({ dataframe_records: [{ a: 1 }] })).body).toEqual({
      outputs: [{ a: 1, b: null }],
      feature_states: [{ b: 'NULL_VALUE' }],
    });
  });

  test('answers no records with none', async () => {
    expect((await post({ dataframe_records: [] })).body).toEqual({ outputs: [], feature_states: [] });
  });
});

describe('the rule for missing values in model serving', () => {
  const asking = (more: Partial<ColumnSpec>) =>
    endpoint({ request: [USER], lookups: [lookup(USERS, ['user_id'], { age: more })], model: ['age'] }).post;

  test.each(['bob', 'old', 'who', 'dead'])('a default stands in for %s', async (id) => {
    expect((await asking({ defaultValue: 7 })(users('ann', id))).body).toEqual({ predictions: [30, 7] });
  });

  test('null goes into a float tensor as NaN', async () => {
    expect((await asking({ nullable: true })(users('ann', 'bob'))).body).toEqual({ predictions: [30, 'NaN'] });
  });

  test.each([
    ['bob', 'NULL_VALUE'],
    ['nan', 'NULL_VALUE'],
    ['old', 'OUTSIDE_MAX_AGE'],
    ['who', 'NOT_FOUND'],
    ['dead', 'NOT_FOUND'],
  ])('fails on %s with %s', async (id, state) => {
    expect(await asking({})(users('ann', id))).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `row 1, column 'age': expected a value, got: ${state} in 'users' for user_id "${id}"`,
      },
    });
  });

  test.each([
    [{ defaultValue: 3 }, 3],
    [{ nullable: true }, 'NaN'],
  ])('of a request column with %j', async (more, prediction) => {
    const { post } = endpoint({ request: [column('x', 'double', more)], model: ['x'] });
    expect((await post({ dataframe_records: [{}, { x: null }, { x: 'NaN' }, { x: 5 }] })).body).toEqual({
      predictions: [prediction, prediction, prediction, 5],
    });
  });

  test.each([
    [{}, 'nothing'],
    [{ x: null }, 'null'],
    [{ x: 'NaN' }, '"NaN"'],
  ])('fails on %j', async (record, got) => {
    const { post } = endpoint({ request: [column('x')], model: ['x'] });
    expect((await post({ dataframe_records: [record] })).body.message).toBe(`row 0, column 'x': expected a value, got: ${got}`);
  });
});

describe('lookups', () => {
  test('fetch only what the model needs', async () => {
    const { post, reader } = endpoint({
      request: [USER, column('unused', 'integer')],
      lookups: [lookup(USERS, ['user_id'], { age: {}, city: {} }), lookup(CITIES, ['city'], { rent: {} })],
      functions: [expression('never', '1 / 0 == 1 ? 1.0 : 2.0', [], column('never'))],
      model: ['age'],
    });
    expect((await post(users('ann'))).body).toEqual({ predictions: [30] });
    expect(reader.calls).toEqual([[{ tableName: 'phys-users', attributes: ['age', '_deleted', '_ts'], keys: ['ann'] }]]);
  });

  test('a missing key of a later lookup leaves its default', async () => {
    const { post } = endpoint({
      request: [USER],
      lookups: [lookup(USERS, ['user_id'], { city: {} }), lookup(CITIES, ['city'], { rent: { defaultValue: 9 } })],
      model: ['rent'],
    });
    expect((await post(users('ann', 'bob', 'who'))).body).toEqual({ predictions: [12.5, 9, 9] });
  });

  test('of one table by two keys are one read', async () => {
    const { post, reader } = endpoint({
      request: [column('payer', 'string'), column('payee', 'string')],
      lookups: [
        lookup(USERS, ['payer'], { age: { name: 'payer_age' } }),
        lookup(USERS, ['payee'], { age: { name: 'payee_age' }, visits: {} }),
      ],
      model: ['payer_age', 'payee_age', 'visits'],
    });
    expect((await post({ dataframe_records: [{ payer: 'ann', payee: 'void' }] })).body).toEqual({ predictions: [[30, 1, 1]] });
    expect(reader.calls).toEqual([[{ tableName: 'phys-users', attributes: ['age', 'visits', '_deleted', '_ts'], keys: ['ann', 'void'] }]]);
  });

  test('are not made for what the request sends itself', async () => {
    const { post, reader } = endpoint({
      request: [USER, column('age', 'double')].map((one) => (one.name === 'age' ? { ...one, overridesLookup: true } : one)),
      lookups: [lookup(USERS, ['user_id'], { age: {} })],
      model: ['age'],
    });
    const records = [{ user_id: 'ann', age: 5 }, { user_id: 'ann', age: null }, { user_id: 'ann' }];
    expect((await post({ dataframe_records: records })).body).toEqual({ predictions: [5, 30, 30] });
    expect(reader.calls[0]![0]!.keys).toEqual(['ann', 'ann']);
  });

  test('are answered in declared order, also those that the request may send', async () => {
    const { handler } = endpoint({
      request: [USER, { ...column('visits', 'long'), overridesLookup: true }],
      lookups: [lookup(USERS, ['user_id'], { age: {}, visits: {} })],
    });
    const { body } = await handler(event('POST', '/invocations', { body: '{"instances":[{"user_id":"bob","visits":2}]}' }), context());
    expect(body).toBe('{"outputs":[{"user_id":"bob","age":null,"visits":2}],"feature_states":[{"age":"NULL_VALUE"}]}');
  });

  test('take a key that the request sends in place of an earlier lookup, which must be one', async () => {
    const { post } = endpoint({
      request: [USER, { ...column('city', 'string'), overridesLookup: true }],
      lookups: [lookup(USERS, ['user_id'], { city: {} }), lookup(CITIES, ['city'], { rent: { defaultValue: 9 } })],
      model: ['rent'],
    });
    const asking = (city: JsonValue) => post({ dataframe_records: [{ user_id: 'void' }, { user_id: 'void', city }] });
    expect((await asking('Ulm')).body).toEqual({ predictions: [9, 12.5] });
    expect(await asking('')).toMatchObject({ status: 400, body: { message: `row 1, column 'city': expected a value, got: ""` } });
  });
});

function expression(name: string, text: string, inputs: readonly string[], output: ColumnSpec, nullsIn = false): FunctionSpec {
  return { kind: 'expression', name, expression: text, inputs: inputs.map((input) => ({ name: input, column: input })), output, nullsIn };
}

function fromModule(name: string, inputs: readonly string[], output: ColumnSpec, nullsIn = false): FunctionSpec {
  return {
    kind: 'module',
    name,
    file: `functions/${name}.js`,
    exportName: 'run',
    inputs: inputs.map((input) => ({ name: input, column: input })),
    output,
    nullsIn,
  };
}

function script(name: string, body: string): AssetFiles {
  return { [`functions/${name}.js`]: { content: `exports.run = (given) => { ${body} };\n` } };
}

describe('functions', () => {
  const nullable = (name: string, type: DataType) => column(name, type, { nullable: true });
  const COLUMNS = [
    nullable('i', 'integer'),
    nullable('l', 'long'),
    nullable('d', 'double'),
    nullable('s', 'string'),
    nullable('t', 'timestamp'),
    nullable('b', 'boolean'),
    nullable('v', { element: 'integer', shape: [null] }),
  ];
  const RECORD = { i: 5, l: '9007199254740993', d: 1.5, s: 'abc', t: '2024-06-01T11:00:00.123456Z', b: true, v: [1, 2, 3] };

  test.each<[string, string, readonly string[], DataType, unknown]>([
    ['integers', 'i * 2 + 1', ['i'], 'integer', 11],
    ['longs', 'l + 1', ['l'], 'long', '9007199254740994'],
    ['doubles', 'd * 2.0', ['d'], 'double', 3],
    ['an integer as a double', 'i', ['i'], 'double', 5],
    ['strings', 's + "!"', ['s'], 'string', 'abc!'],
    ['booleans', '!b', ['b'], 'boolean', false],
    ['timestamps, cut to milliseconds', 't', ['t'], 'timestamp', '2024-06-01T11:00:00.123Z'],
    ['the time of the request', 'request_time', ['request_time'], 'timestamp', timestampText(BigInt(NOW))],
    ['arrays', 'v.map(x, x * 10)', ['v'], { element: 'integer', shape: [3] }, [10, 20, 30]],
    ['a null without a call', 'i + 1', ['i'], 'integer', 6],
  ])('in CEL: %s', async (_, text, inputs, type, expected) => {
    const { post } = endpoint({ request: COLUMNS, functions: [expression('f', text, inputs, column('out', type))] });
    expect((await post({ dataframe_records: [RECORD] })).body).toMatchObject({ outputs: [{ out: expected }], feature_states: [{}] });
  });

  test.each<[string, string, readonly string[], DataType, unknown]>([
    ['a long is a bigint', 'return given.l + 1n', ['l'], 'long', '9007199254740994'],
    ['a small long may be a number', 'return 7', [], 'long', 7],
    ['a timestamp is microseconds', 'return given.t + 1n', ['t'], 'timestamp', '2024-06-01T11:00:00.123457Z'],
    ['an integer may be a bigint', 'return BigInt(given.i)', ['i'], 'integer', 5],
    [
      'an array is nested lists',
      'return [given.v, given.v]',
      ['v'],
      { element: 'integer', shape: [2, null] },
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    ],
    ['a float is rounded', 'return 0.1', [], 'float', 0.1],
    ['bytes', 'return new Uint8Array([1, 2])', [], 'binary', 'AQI='],
    ['a date', 'return "2024-02-29"', [], 'date', '2024-02-29'],
    ['a boolean', 'return given.b', ['b'], 'boolean', true],
    ['an infinity', 'return Infinity', [], 'double', 'Infinity'],
  ])('in JavaScript: %s', async (_, body, inputs, type, expected) => {
    const { post } = endpoint({ request: COLUMNS, functions: [fromModule('f', inputs, column('out', type))], files: script('f', body) });
    expect((await post({ dataframe_records: [RECORD] })).body).toMatchObject({ outputs: [{ out: expected }], feature_states: [{}] });
  });

  test.each([
    ['null', 'return null'],
    ['undefined', ''],
    ['NaN', 'return NaN'],
  ])('a result of %s is a missing value', async (_, body) => {
    const { post } = endpoint({ request: COLUMNS, functions: [fromModule('f', [], column('out', 'double'))], files: script('f', body) });
    expect((await post({ dataframe_records: [{}] })).body).toMatchObject({
      outputs: [{ out: null }],
      feature_states: [{ out: 'NULL_VALUE' }],
    });
  });

  test('are not called with a null, unless they want it', async () => {
    const files = { ...script('strict', 'throw new Error("called")'), ...script('lenient', 'return given.i === null ? -1 : given.i') };
    const functions = [
      fromModule('strict', ['i'], column('a', 'integer')),
      fromModule('lenient', ['i'], column('c', 'integer'), true),
      expression('or', 'i == null ? 0 : 1', ['i'], column('e', 'integer'), true),
    ];
    const { post } = endpoint({ request: COLUMNS, functions, files });
    expect((await post({ dataframe_records: [{}] })).body).toMatchObject({ outputs: [{ a: null, c: -1, e: 0 }] });
  });

  const CHAINED = [expression('more', 'twice + 1.0', ['twice'], column('more')), expression('double', 'd * 2.0', ['d'], column('twice'))];

  test('are answered in declared order, whichever needs another', async () => {
    const { handler } = endpoint({ request: [column('d')], functions: CHAINED });
    const { body } = await handler(event('POST', '/invocations', { body: '{"instances":[[1]]}' }), context());
    expect(body).toBe('{"outputs":[{"d":1,"more":3,"twice":2}],"feature_states":[{}]}');
  });

  test('fail at start if they need each other', () => {
    const functions = [expression('a', 'd', ['d'], column('c')), expression('b', 'c', ['c'], column('d'))];
    expect(() => endpoint({ request: [], functions })).toThrow(new Error("expected functions without a cycle, got: 'a', 'b'"));
  });

  test('feed others', async () => {
    const { post } = endpoint({ request: COLUMNS, functions: CHAINED, model: ['more'] });
    expect((await post({ dataframe_records: [{ d: 1 }, { d: 2 }] })).body).toEqual({ predictions: [3, 5] });
  });

  test('a default stands in for a null, and without one it fails', async () => {
    const ask = (more: Partial<ColumnSpec>) =>
      endpoint({ request: COLUMNS, functions: [expression('f', 'd', ['d'], column('out', 'double', more))], model: ['out'] }).post;
    expect((await ask({ defaultValue: 4 })({ dataframe_records: [{}] })).body).toEqual({ predictions: [4] });
    expect((await ask({})({ dataframe_records: [{ d: 1 }, {}] })).body.message).toBe(
      "row 1, column 'out': expected a value, got: null from function 'f'",
    );
  });

  describe('fail with their name and the row', () => {
    test.each<[string, DataType, string]>([
      ['throw new Error("sold before built")', 'integer', 'return a value, got: an error, which is in the log'],
      ['throw "text"', 'integer', 'return a value, got: an error, which is in the log'],
      ['throw undefined', 'integer', 'return a value, got: an error, which is in the log'],
      ['throw Object.assign(new Error("no"), { status: 500 })', 'integer', 'return a value, got: an error, which is in the log'],
      ['return 1.5', 'integer', 'return integer, got: 1.5'],
      ['return 2 ** 31', 'integer', 'return integer, got: 2147483648'],
      ['return "5"', 'integer', 'return integer, got: "5"'],
      ['return true', 'integer', 'return integer, got: true'],
      ['return 2n ** 63n', 'long', 'return long, got: 9223372036854775808'],
      ['return 2 ** 53', 'long', 'return long, got: 9007199254740992'],
      ['return 1e39', 'float', 'return float, got: 1e+39'],
      ['return given.i * 1e308 * 10', 'double', 'return a finite number, got: Infinity'],
      ['return given.i * -1e308 * 10', 'float', 'return a finite number, got: -Infinity'],
      ['return 10n ** 309n', 'double', `return double, got: 1${'0'.repeat(309)}`],
      ['return [given.i / 0]', { element: 'double', shape: [1] }, 'return a finite number, got: Infinity'],
      ['return "x"', 'double', 'return double, got: "x"'],
      ['return 1', 'boolean', 'return boolean, got: 1'],
      ['return 1', 'string', 'return string, got: 1'],
      ['return "x"', 'binary', 'return binary, got: "x"'],
      ['return "2024-02-30"', 'date', 'return date, got: "2024-02-30"'],
      ['return 5', 'timestamp', 'return timestamp, got: 5'],
      ['return 2n ** 62n', 'timestamp', 'return timestamp, got: 4611686018427387904'],
      ['return Promise.resolve(5)', 'integer', 'return integer, got: an object'],
      ['return () => 5', 'integer', 'return integer, got: a function'],
      ['return [1]', { element: 'integer', shape: [2] }, 'return array<integer>[2], got: lists of shape [1]'],
      ['return 5', { element: 'integer', shape: [2] }, 'return array<integer>[2], got: 5'],
      ['return [[1], [1, 2]]', { element: 'integer', shape: [null, null] }, 'return array<integer>[?,?], got: a list of 2 inside a list'],
      ['return [1.5]', { element: 'integer', shape: [null] }, 'return integer, got: 1.5'],
    ])('%s as %j', async (body, type, message) => {
      const { post } = endpoint({ request: COLUMNS, functions: [fromModule('f', ['i'], column('out', type))], files: script('f', body) });
      expect(await post({ dataframe_records: [{}, { i: 1 }] })).toMatchObject({
        status: 400,
        body: { error_code: 'INVALID_PARAMETER_VALUE', message: `row 1: expected function 'f' to ${message}` },
      });
    });
  });

  test('their faults are counted, and the log says why', async () => {
    const files = script('f', 'if (given.i === 0) throw new TypeError("secret", { cause: "deeper" }); return given.i;');
    const { post, host } = endpoint({ request: COLUMNS, functions: [fromModule('f', ['i'], column('out', 'integer'))], files });
    await post({ dataframe_records: [{ i: 1 }, { i: 0 }] });
    expect(host.lines.at(-1)).toMatchObject({
      FunctionErrors: 1,
      Refusals: 1,
      Errors: 0,
      error_code: 'INVALID_PARAMETER_VALUE',
      row: 1,
      reason: ['TypeError: secret', 'deeper'],
    });
    expect((host.lines.at(-1)!._aws as { CloudWatchMetrics: { Metrics: unknown[] }[] }).CloudWatchMetrics[0]!.Metrics).toContainEqual({
      Name: 'FunctionErrors',
      Unit: 'Count',
    });
    await post({ dataframe_records: [{ i: 1 }] });
    expect(host.lines.at(-1)).not.toHaveProperty('FunctionErrors');
    expect(JSON.stringify(host.lines.at(-1))).not.toContain('FunctionErrors');
  });

  test('they refuse values on purpose by status 400: the caller gets the text, and nothing is counted', async () => {
    const files = script('f', `throw Object.assign(new Error('x'.repeat(999)), { status: 400 })`);
    const { post, host } = endpoint({ request: COLUMNS, functions: [fromModule('f', ['i'], column('out', 'integer'))], files });
    const { status, body } = await post({ dataframe_records: [{ i: 1 }] });
    expect([status, body.message]).toEqual([400, `row 0: expected values that function 'f' takes, got: its refusal: ${'x'.repeat(200)}…`]);
    expect(host.lines.at(-1)).not.toHaveProperty('reason');
    expect(host.lines.at(-1)).not.toHaveProperty('FunctionErrors');
  });

  test('the deadline holds between rows', async () => {
    let clock = REQUEST_TIME;
    const files = script('f', 'globalThis.tick(); return given.i;');
    (globalThis as { tick?: () => void }).tick = () => (clock += 1000);
    const functions = [fromModule('f', ['i'], column('out', 'integer'))];
    const { post } = endpoint({ request: COLUMNS, functions, files, now: () => clock });
    const { status, body } = await post({ dataframe_records: Array.from({ length: 100 }, (_, i) => ({ i })) });
    expect([status, body]).toEqual([504, { error_code: 'DEADLINE_EXCEEDED', message: 'the deadline of the request has passed' }]);
    expect(clock - REQUEST_TIME).toBe(26_000);
  });

  test('start-up fails on a file without the export', () => {
    const functions = [fromModule('f', [], column('out'))];
    expect(() => endpoint({ request: COLUMNS, functions, files: { 'functions/f.js': { content: '' } } })).toThrow(
      "functions/f.js: expected a function exported as 'run', got: undefined",
    );
  });

  test('start-up fails on what is no CEL', () => {
    expect(() => endpoint({ request: COLUMNS, functions: [expression('f', 'd +', ['d'], column('out'))] })).toThrow(
      "function 'f': expected an expression in CEL, got: d +",
    );
  });
});

describe('what a function is given is its own', () => {
  const LIST: DataType = { element: 'integer', shape: [null] };
  const MATRIX: DataType = { element: 'integer', shape: [null, null] };
  const given = ['list', 'matrix', 'bytes', 'vector'];
  const changing = `
    given.list.push(9); given.matrix[0][0] += 9; given.bytes[0] += 9; given.vector[0] += 9;
    const sum = given.list.length + given.matrix[0][0] + given.bytes[0] + given.vector[0];
    given.list = null;
    return sum;`;
  const request = [
    USER,
    column('list', LIST, { defaultValue: [1] }),
    column('matrix', MATRIX, { defaultValue: [[1]] }),
    column('bytes', 'binary', { defaultValue: 'AQ==' }),
  ];
  const { post } = endpoint({
    request,
    lookups: [lookup(USERS, ['user_id'], { vector: { defaultValue: [5, 6] } })],
    functions: [fromModule('f', given, column('a', 'double')), fromModule('g', given, column('b', 'double'))],
    files: { ...script('f', changing), ...script('g', changing) },
  });

  test.each([1, 2])('each row, function and request gets the same values: request %d', async () => {
    const { body } = await post(users('who', 'ann', 'who', 'ann'));
    const expected = (vector: unknown, sum: unknown) => ({ list: [1], matrix: [[1]], bytes: 'AQ==', vector, a: sum, b: sum });
    expect(body.outputs).toEqual(
      ['who', 'ann', 'who', 'ann'].map((user_id) => ({
        user_id,
        ...(user_id === 'who' ? expected([5, 6], 2 + 10 + 10 + 14) : expected([0.5, 'NaN'], 2 + 10 + 10 + 9.5)),
      })),
    );
  });

  test('bytes that a function returns again and again do not change in earlier rows', async () => {
    const { post: ask } = endpoint({
      request: [column('i', 'integer')],
      functions: [fromModule('f', ['i'], column('out', 'binary'))],
      files: {
        'functions/f.js': { content: 'const bytes = new Uint8Array(1); exports.run = ({ i }) => { bytes[0] = i; return bytes; };' },
      },
    });
    expect((await ask({ dataframe_records: [{ i: 1 }, { i: 2 }] })).body.outputs).toEqual([
      { i: 1, out: 'AQ==' },
      { i: 2, out: 'Ag==' },
    ]);
  });
});
