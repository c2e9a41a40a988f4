import { Lazy, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Column,
  Compute,
  FeatureFunction,
  FeatureSpec,
  Model,
  ModelArtifact,
  ModelStage,
  ServedEntity,
  ServingEndpoint,
  type ServingEndpointProps,
  TrafficSplit,
} from '../../../lib';
import type { EndpointSpec } from '../../../lib/contract/endpoint-spec';
import { endpointFiles, HOUSE_COLUMNS, houseModel, testStack } from '../../helpers/app';
import { houseFeatures, houseTable } from '../../helpers/full-app';

const A = 'test/fixtures/house_price_a/model.onnx';

/** Two served models with the same outputs, `model_A` and `model_B`, and a request column that only a split reads. */
function pair(stack: Stack, options: { enabled?: boolean } = {}): ServedEntity[] {
  const model = new Model(stack, 'HousePrice');
  const columns = HOUSE_COLUMNS.map((name) => (name === 'gr_liv_area' ? Column.float(name) : Column.integer(name)));
  model.addVersion('1', { artifact: ModelArtifact.fromOnnx(A, { columns }), stages: [ModelStage.PRODUCTION] });
  model.addVersion('2', { artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx'), aliases: ['challenger'] });
  const features = new FeatureSpec({ requestColumns: [Column.string('user_id'), Column.double('score')] });
  return [
    ServedEntity.model('model_A', model.stage(ModelStage.PRODUCTION), { features }),
    ServedEntity.model('model_B', model.alias('challenger'), options),
  ];
}

function endpoint(stack: Stack, props: Partial<ServingEndpointProps>): ServingEndpoint {
  return new ServingEndpoint(stack, 'prices', { servedEntities: props.servedEntities ?? pair(stack), ...props });
}

function specOf(props: Partial<ServingEndpointProps>): EndpointSpec {
  const stack = testStack();
  endpoint(stack, props);
  return endpointFiles(stack).spec;
}

function refusal(props: Partial<ServingEndpointProps>): string {
  try {
    endpoint(testStack(), props);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected a refusal, got: an endpoint');
}

const WEIGHTS = { model_A: 90, model_B: 10 };

describe('the endpoint spec', () => {
  test.each([
    ['all', TrafficSplit.all('model_B'), { kind: 'all', servedEntity: 'model_B' }],
    ['random', TrafficSplit.random({ weights: WEIGHTS }), { kind: 'random', weights: WEIGHTS }],
    [
      'sticky by columns, its salt the name of the endpoint',
      TrafficSplit.sticky({ key: ['user_id'], weights: WEIGHTS, forced: { model_B: ['tester', 'a%7Cb'] } }),
      { kind: 'sticky', key: { columns: ['user_id'] }, salt: 'prices', weights: WEIGHTS, forced: { model_B: ['tester', 'a%7Cb'] } },
    ],
    [
      'sticky by a header',
      TrafficSplit.sticky({ header: 'X-User-Id', weights: { model_A: 0.1, model_B: 99.9 }, salt: 'spring' }),
      { kind: 'sticky', key: { header: 'x-user-id' }, salt: 'spring', weights: { model_A: 0.1, model_B: 99.9 } },
    ],
    [
      'with a weight of 0, and an entity that is not listed',
      TrafficSplit.random({ weights: { model_A: 100, model_B: 0 } }),
      { kind: 'random', weights: { model_A: 100, model_B: 0 } },
    ],
  ])('contains the split: %s', (_, traffic, spec) => {
    expect(specOf({ traffic }).traffic).toEqual(spec);
  });

  test('of one entity contains no traffic split', () => {
    const stack = testStack();
    const version = houseModel(stack).version('1');
    endpoint(stack, { servedEntities: [ServedEntity.model('model_A', version)], traffic: TrafficSplit.all('model_A') });
    expect(Object.keys(endpointFiles(stack).spec)).toEqual([
      'specVersion',
      'endpointName',
      'tables',
      'requestColumns',
      'servedEntities',
      'files',
    ]);
  });

  test('contains the entity of each alias and stage', () => {
    expect(specOf({ traffic: TrafficSplit.all('model_A') }).aliases).toEqual({ Production: 'model_A', challenger: 'model_B' });
  });

  test('contains each request column once, with the first type that converts to the types of all entities', () => {
    const { requestColumns } = specOf({ traffic: TrafficSplit.random({ weights: WEIGHTS }) });
    // model_B has columns of type long and float, and a neighborhood
    expect(requestColumns.map(({ name, type }) => `${name}: ${JSON.stringify(type)}`)).toEqual([
      'user_id: "string"',
      'score: "double"',
      'overall_qual: "integer"',
      'gr_liv_area: "float"',
      'total_bsmt_sf: "integer"',
      'garage_cars: "integer"',
      'full_bath: "integer"',
      'house_age: "integer"',
      'lot_area: "integer"',
      'overall_cond: "integer"',
      'mo_sold: "integer"',
      'neighborhood: "string"',
    ]);
  });

  test('contains the column settings of each entity, and makes a column optional if all entities have a default', () => {
    const stack = testStack();
    const model = new Model(stack, 'Model');
    const version = (name: string, options: object, other: object) =>
      model.addVersion(name, {
        artifact: ModelArtifact.fromOnnx(A, {
          columns: HOUSE_COLUMNS.map((column) =>
            Column.double(column, column === 'mo_sold' ? options : column === 'lot_area' ? other : {}),
          ),
        }),
      });
    endpoint(stack, {
      servedEntities: [
        ServedEntity.model('one', version('1', { defaultValue: 6 }, { defaultValue: 1 })),
        ServedEntity.model('two', version('2', { nullable: true }, {})),
      ],
      traffic: TrafficSplit.random({ weights: { one: 50, two: 50 } }),
    });
    const { requestColumns, servedEntities } = endpointFiles(stack).spec;
    expect(requestColumns.filter(({ name }) => ['mo_sold', 'lot_area'].includes(name))).toEqual([
      { name: 'lot_area', type: 'double' },
      { name: 'mo_sold', type: 'double', nullable: true },
    ]);
    expect(servedEntities.map(({ features }) => features.ownColumns)).toEqual([
      [
        { name: 'lot_area', type: 'double', defaultValue: 1 },
        { name: 'mo_sold', type: 'double', defaultValue: 6 },
      ],
      undefined,
    ]);
  });
});

describe('the asset', () => {
  test('contains every model once, and a folder of functions for each entity', () => {
    const stack = testStack();
    const version = houseModel(stack).version('1');
    const features = (entry: string) =>
      new FeatureSpec({
        requestColumns: [Column.integer('x')],
        functions: [FeatureFunction.fromModule({ entry, inputs: { x: 'x' }, output: Column.integer('house_age') })],
      });
    endpoint(stack, {
      servedEntities: [
        ServedEntity.model('one', version, { features: features('test/fixtures/functions/plus-one.js') }),
        ServedEntity.model('two', version, { features: features('test/fixtures/functions/plus-two.js') }),
      ],
      traffic: TrafficSplit.random({ weights: { one: 50, two: 50 } }),
    });
    const { spec, files } = endpointFiles(stack);
    expect(files.filter((file) => /\.(js|onnx)$/.test(file))).toEqual([
      'functions/one/house_age.js',
      'functions/two/house_age.js',
      'index.js',
      'models/HousePrice/1/model.onnx',
    ]);
    expect(spec.servedEntities.map(({ features: { functions } }) => functions)).toMatchObject([
      [{ file: 'functions/one/house_age.js' }],
      [{ file: 'functions/two/house_age.js' }],
    ]);
  });

  test('contains no files of a disabled entity, which keeps its name, alias and route', () => {
    const stack = testStack();
    endpoint(stack, { servedEntities: pair(stack, { enabled: false }), traffic: TrafficSplit.random({ weights: WEIGHTS }) });
    const { spec, files } = endpointFiles(stack);
    expect(files.filter((file) => file.endsWith('.onnx'))).toEqual(['models/HousePrice/1/model.onnx']);
    expect(spec).toMatchObject({ disabledEntities: ['model_B'], aliases: { challenger: 'model_B' }, traffic: { weights: WEIGHTS } });
    expect(spec.servedEntities.map(({ name }) => name)).toEqual(['model_A']);
    expect(spec.requestColumns.map(({ name }) => name)).not.toContain('neighborhood');
    const routes = Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Route'));
    expect(routes.map(({ Properties: { RouteKey } }) => RouteKey)).toEqual([
      'POST /serving-endpoints/prices/invocations',
      'POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
      'POST /invocations',
      'GET /',
      'GET /health',
      'GET /version',
    ]);
  });

  test('of a disabled endpoint contains no model, and it has no provisioned concurrency', () => {
    const stack = testStack();
    endpoint(stack, {
      traffic: TrafficSplit.all('model_A'),
      enabled: false,
      compute: Compute.lambdaFunction({ provisionedConcurrency: 2 }),
    });
    const { spec, files } = endpointFiles(stack);
    expect(files).toEqual(['endpoint.json', 'index.js', 'package.json']);
    expect(spec).toMatchObject({ servedEntities: [], disabledEntities: ['model_A', 'model_B'], requestColumns: [] });
    const [alias] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Alias'));
    expect(alias!.Properties).not.toHaveProperty('ProvisionedConcurrencyConfig');
  });

  test('keeps the key column of a split that only a disabled entity has', () => {
    const stack = testStack();
    const version = houseModel(stack).version('1');
    const features = new FeatureSpec({ requestColumns: [Column.string('user_id')] });
    endpoint(stack, {
      servedEntities: [ServedEntity.model('one', version), ServedEntity.model('two', version, { features, enabled: false })],
      traffic: TrafficSplit.sticky({ key: ['user_id'], weights: { one: 50, two: 50 } }),
    });
    expect(endpointFiles(stack).spec.requestColumns.at(-1)).toEqual({ name: 'user_id', type: 'string', nullable: true });
  });
});

describe('moving an alias', () => {
  const versionOf = (stack: Stack) =>
    Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Version')).map((id) => id.slice(-32));
  const served = (aliased: string, served: string[]) => {
    const stack = testStack();
    const model = new Model(stack, 'HousePrice');
    const columns = HOUSE_COLUMNS.map((name) => Column.integer(name));
    for (const version of ['1', '2']) {
      model.addVersion(version, {
        artifact: ModelArtifact.fromOnnx(A, { columns }),
        ...(aliased === version && { aliases: ['champion'] }),
      });
    }
    endpoint(stack, {
      servedEntities: served.map((of, i) => ServedEntity.model(`m${i}`, of === 'champion' ? model.alias(of) : model.version(of))),
      traffic: TrafficSplit.all('m0'),
    });
    return versionOf(stack);
  };

  test('publishes a version if the entity is served by the alias', () => {
    expect(served('1', ['champion'])).toEqual(served('1', ['champion']));
    expect(served('1', ['champion'])).not.toEqual(served('2', ['champion']));
  });

  test('publishes a version if clients only call the alias', () => {
    expect(served('1', ['1', '2'])).not.toEqual(served('2', ['1', '2']));
  });

  test('fails if the signature of the version does not fit the split', () => {
    const stack = testStack();
    const price = houseModel(stack);
    const model = new Model(stack, 'Label');
    model.addVersion('1', {
      artifact: ModelArtifact.fromOnnx('test/fixtures/mlp_dynamic/model.onnx', { outputs: ['label'] }),
      aliases: ['champion'],
    });
    expect(() =>
      endpoint(stack, {
        servedEntities: [ServedEntity.model('one', price.version('2')), ServedEntity.model('two', model.alias('champion'))],
        traffic: TrafficSplit.random({ weights: { one: 100, two: 0 } }),
      }),
    ).toThrow(
      new Error(
        "Stack/prices: served entity 'two': expected the outputs of 'one', with which it shares traffic: predictions of 'variable': float, got: predictions of 'label': long",
      ),
    );
  });
});

describe('refusals', () => {
  const names = "('model_A', 'model_B')";
  const sent =
    "('user_id', 'score', 'overall_qual', 'gr_liv_area', 'total_bsmt_sf', 'garage_cars', 'full_bath', 'house_age', 'lot_area', 'overall_cond', 'mo_sold', 'neighborhood')";
  const key = 'expected a key as the online store writes it';
  const escaped = '"%" in it as "%25" and "|" as "%7C"';

  test.each([
    ['weights below 100', { model_A: 90, model_B: 9 }, '`weights`: expected a sum of 100, got: 99'],
    ['weights beyond 100', { model_A: 90, model_B: 10.5 }, '`weights`: expected a sum of 100, got: 100.5'],
    ['no weights', {}, '`weights`: expected a sum of 100, got: 0'],
    ['a negative weight', { model_A: 110, model_B: -10 }, "`weights` of 'model_B': expected a share in percent, 0 or more, got: -10"],
    [
      'a weight that is no number',
      { model_A: 100, model_B: NaN },
      "`weights` of 'model_B': expected a share in percent, 0 or more, got: NaN",
    ],
    ['an unknown entity', { model_A: 90, model_C: 10 }, `\`weights\`: expected served entities of the endpoint ${names}, got: 'model_C'`],
  ])('fails on %s', (_, weights, message) => {
    for (const traffic of [TrafficSplit.random({ weights }), TrafficSplit.sticky({ header: 'x', weights })]) {
      expect(refusal({ traffic })).toBe(`Stack/prices: ${message}`);
    }
  });

  test('fails on all traffic for an unknown entity', () => {
    expect(refusal({ traffic: TrafficSplit.all('model_C') })).toBe(
      `Stack/prices: \`traffic\`: expected served entities of the endpoint ${names}, got: 'model_C'`,
    );
  });

  test('fails without traffic for two entities', () => {
    expect(refusal({})).toBe(
      'Stack/prices: `traffic` is required with more than one served entity (TrafficSplit), got: 2 entities and no `traffic`',
    );
  });

  test.each([
    ['neither key nor header', {}, 'a sticky split must have `key` or `header`, got: neither'],
    ['both', { key: ['user_id'], header: 'x' }, 'a sticky split must have `key` or `header`, got: both'],
    ['an empty key', { key: [] }, '`key`: expected at least one request column, got: none'],
    [
      'a key that no request can hold',
      { key: ['customer'] },
      `\`key\`: expected columns that a request sends ${sent}; add others to \`requestColumns\` of a feature spec, got: 'customer'`,
    ],
    [
      'a key of a type that is none',
      { key: ['score'] },
      "`key`, column 'score': expected a type that can be a key (string, integer, long, boolean, date, timestamp), got: double",
    ],
    ['a column twice', { key: ['user_id', 'user_id'] }, "`key`: expected distinct columns, got: 'user_id' twice"],
    ['a header that HTTP does not have', { header: 'user id' }, '`header`: expected the name of a header, got: "user id"'],
    [
      'keys forced to an unknown entity',
      { header: 'x', forced: { model_C: ['a'] } },
      `\`forced\`: expected served entities of the endpoint ${names}, got: 'model_C'`,
    ],
    [
      'a key that is forced to two entities',
      { header: 'x', forced: { model_A: ['a'], model_B: ['a'] } },
      "`forced`: expected each key once, got: 'a' for 'model_A' and 'model_B'",
    ],
    [
      'a forced key that no request has',
      { key: ['user_id'], forced: { model_A: ['a|b'] } },
      `\`forced\` of 'model_A': ${key} (string), ${escaped}, got: 'a|b'`,
    ],
    [
      'a forced key of too few parts',
      { key: ['user_id', 'mo_sold'], forced: { model_A: ['a'] } },
      `\`forced\` of 'model_A': ${key} (string, integer with "|" between them), ${escaped}, got: 'a'`,
    ],
    [
      'an empty value of the header',
      { header: 'x', forced: { model_A: [''] } },
      "`forced` of 'model_A': expected a value of the header, got: ''",
    ],
    ...['', '07', '-0', '7.0', '1e1', 'seven'].map((text): [string, object, string] => [
      `a forced key that is no whole number as it is written: '${text}'`,
      { key: ['mo_sold'], forced: { model_A: [text] } },
      `\`forced\` of 'model_A': ${key} (integer), ${escaped}, got: '${text}'`,
    ]),
  ])('fails on %s', (_, options, message) => {
    expect(refusal({ traffic: TrafficSplit.sticky({ weights: WEIGHTS, ...options }) })).toBe(`Stack/prices: ${message}`);
  });

  test('fails on a token', () => {
    const weights = { model_A: 90, model_B: Lazy.number({ produce: () => 10 }) };
    expect(refusal({ traffic: TrafficSplit.random({ weights }) })).toBe(
      "Stack/prices: `weights` of 'model_B' is part of the endpoint spec and must be a literal, got: a token",
    );
  });

  const clash =
    'Stack/prices: the names of an endpoint, of its served entities and of their aliases and stages must differ, in more than letter case, got: ';

  test.each([
    ['two entities of one name', ['one', 'one'], "served entity 'one' and served entity 'one'"],
    ['names that differ in letter case', ['one', 'ONE'], "served entity 'one' and served entity 'ONE'"],
    ['an entity with the name of the endpoint', ['one', 'prices'], "endpoint 'prices' and served entity 'prices'"],
    ['an entity with the name of an alias', ['one', 'champion'], "served entity 'champion' and 'champion' of what 'one' serves"],
    [
      'an alias of a version that two entities serve',
      ['one', 'two'],
      "'champion' of what 'one' serves and 'champion' of what 'two' serves",
    ],
  ])('fails on %s', (_, served, got) => {
    const stack = testStack();
    const version = new Model(stack, 'Model').addVersion('1', {
      artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx'),
      aliases: ['champion'],
    });
    const servedEntities = served.map((name) => ServedEntity.model(name, version));
    expect(() => endpoint(stack, { servedEntities, traffic: TrafficSplit.all(served[0]!) })).toThrow(new Error(`${clash}${got}`));
  });

  test('fails on a model and features in one split', () => {
    const stack = testStack();
    const features = houseFeatures(houseTable(stack));
    expect(() =>
      endpoint(stack, {
        servedEntities: [
          ServedEntity.model('price', houseModel(stack).version('2')),
          ServedEntity.featureSpec('houses', features, { enabled: false }),
        ],
        traffic: TrafficSplit.random({ weights: { price: 50, houses: 50 } }),
      }),
    ).toThrow(
      new Error(
        "Stack/prices: served entity 'houses': expected the outputs of 'price', with which it shares traffic: predictions of 'variable': float, " +
          "got: features of 'yr_sold': integer, 'id': string, 'overall_qual': integer, 'gr_liv_area': integer, 'year_built': integer, 'house_age': integer",
      ),
    );
  });

  test('accepts a model and features if only the model gets a share', () => {
    const stack = testStack();
    const features = houseFeatures(houseTable(stack));
    endpoint(stack, {
      servedEntities: [ServedEntity.model('price', houseModel(stack).version('2')), ServedEntity.featureSpec('houses', features)],
      traffic: TrafficSplit.random({ weights: { price: 100 } }),
    });
    expect(endpointFiles(stack).spec.servedEntities.map(({ kind }) => kind)).toEqual(['model', 'features']);
  });

  test('fails on request columns that have no type in common', () => {
    const stack = testStack();
    const model = new Model(stack, 'Model');
    const one = model.addVersion('1', {
      artifact: ModelArtifact.fromOnnx(A, { columns: HOUSE_COLUMNS.map((name) => Column.double(name)) }),
    });
    const two = new Model(stack, 'Text').addVersion('1', {
      artifact: ModelArtifact.fromOnnx('test/fixtures/text_strings/model.onnx', { outputs: ['label'] }),
    });
    const renamed = new FeatureSpec({ requestColumns: [Column.string('text'), Column.string('overall_qual')] });
    expect(() =>
      endpoint(stack, {
        servedEntities: [ServedEntity.model('one', one), ServedEntity.model('two', two, { features: renamed })],
        traffic: TrafficSplit.all('one'),
      }),
    ).toThrow(
      new Error(
        "Stack/prices: request column 'overall_qual': expected one type that converts to the types in all served entities, got: double in 'one', string in 'two'",
      ),
    );
  });

  test('fails on two models of one name and version', () => {
    const stack = testStack();
    const [one, two] = ['One', 'Two'].map((id) =>
      new Model(stack, id, { modelName: 'price' }).addVersion('1', {
        artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx'),
      }),
    );
    expect(() =>
      endpoint(stack, { servedEntities: [ServedEntity.model('a', one!), ServedEntity.model('b', two!)], traffic: TrafficSplit.all('a') }),
    ).toThrow(
      new Error("Stack/prices: different models of an endpoint must differ in name or version, got: 'price' version '1' in 'a' and 'b'"),
    );
  });

  test('fails with the name of the wrong entity among several', () => {
    const stack = testStack();
    const model = houseModel(stack);
    const features = new FeatureSpec({ functions: [FeatureFunction.fromExpression({ expression: 'nothing', output: Column.float('x') })] });
    expect(() =>
      endpoint(stack, {
        servedEntities: [ServedEntity.model('a', model.version('2')), ServedEntity.model('b', model.version('1'), { features })],
        traffic: TrafficSplit.all('a'),
      }),
    ).toThrow(/^Stack\/prices: served entity 'b', function 'x'/);
  });
});
