import { type ExpressionCheck, resolveEntity } from '../../../lib/contract/check-entity';
import { type EntityPieces } from '../../../lib/contract/entity-pieces';
import { findingText } from '../../../lib/contract/finding';
import { orderFunctions } from '../../../lib/contract/order-functions';
import { columnOf, functionOf, lookupOf, modelOf, piecesOf, tableOf } from '../../helpers/entity-pieces';

const HOUSES = tableOf('houses', [columnOf('area', 'integer'), columnOf('year_built', 'integer', { nullable: true })]);
const AGENTS = tableOf('agents', [columnOf('agent', 'string'), columnOf('rating', 'double')]);
const OFFICES = tableOf('offices', [columnOf('office_rating', 'double')], [columnOf('agent_id', 'string')]);
const AGE = functionOf(columnOf('age', 'integer'), ['yr_sold', 'year_built']);

const accept: ExpressionCheck = () => undefined;

function resolve(pieces: EntityPieces) {
  return resolveEntity(pieces, accept);
}

function findings(pieces: EntityPieces): string[] {
  return resolve(pieces).findings.map(findingText);
}

describe('request columns', () => {
  const price = (type: 'float32' | 'int64', column = columnOf('area', 'float')) => modelOf([{ column, tensor: type }]);

  test("are the declared ones, the keys, and the model's columns without another source", () => {
    const { requestColumns, features } = resolve(
      piecesOf({
        declaredRequestColumns: [columnOf('yr_sold', 'integer')],
        tables: [HOUSES],
        lookups: [lookupOf(HOUSES, ['id'])],
        functions: [AGE],
        model: modelOf([
          { column: columnOf('area', 'float'), tensor: 'float32' },
          { column: columnOf('age', 'float'), tensor: 'float32' },
          { column: columnOf('rooms', 'long'), tensor: 'int64' },
        ]),
      }),
    );
    expect(requestColumns).toEqual([columnOf('yr_sold', 'integer'), columnOf('id', 'string'), columnOf('rooms', 'long')]);
    expect(features.requestColumns).toEqual(['yr_sold', 'id', 'rooms']);
  });

  test('keep their declared type, which must fit the key and the model', () => {
    const given = { declaredRequestColumns: [columnOf('id', 'string'), columnOf('area', 'integer')] };
    const agents = { tables: [AGENTS], lookups: [lookupOf(AGENTS, ['id'])], model: price('float32') };
    expect(resolve(piecesOf({ ...given, ...agents }))).toMatchObject({ requestColumns: given.declaredRequestColumns, findings: [] });
  });

  test("prefer the type of the key to the model's", () => {
    const table = tableOf('t', [columnOf('x', 'float')], [columnOf('n', 'integer')]);
    const model = modelOf([{ column: columnOf('n', 'long'), tensor: 'int64' }]);
    expect(resolve(piecesOf({ tables: [table], lookups: [lookupOf(table, ['n'])], model })).requestColumns).toEqual([
      columnOf('n', 'integer'),
    ]);
  });

  test("inherit the model's rules for missing values", () => {
    const model = modelOf([
      { column: columnOf('a', 'float', { nullable: true }), tensor: 'float32' },
      { column: columnOf('b', 'long', { defaultValue: 3 }), tensor: 'int64' },
    ]);
    expect(resolve(piecesOf({ model, declaredRequestColumns: [columnOf('b', 'integer')] })).requestColumns).toEqual([
      columnOf('b', 'integer', { defaultValue: 3 }),
      columnOf('a', 'float', { nullable: true }),
    ]);
  });

  test('are nullable only if every use in the model is nullable', () => {
    const input = (name: string, nullable: boolean) => ({
      ...modelOf([{ column: columnOf('a', 'float', { nullable }), tensor: 'float32' }]).inputs[0]!,
      name,
    });
    const model = { ...modelOf([]), inputs: [input('left', true), input('right', false)] };
    expect(resolve(piecesOf({ model })).requestColumns).toEqual([columnOf('a', 'float')]);
  });

  test('include an overridable feature with its type and without a default', () => {
    const table = tableOf('houses', [columnOf('area', 'integer', { defaultValue: 100 })]);
    const {
      requestColumns,
      features,
      findings: found,
    } = resolve(piecesOf({ tables: [table], lookups: [lookupOf(table, ['id'])], overridable: ['area'], model: price('float32') }));
    expect(found).toEqual([]);
    expect(requestColumns).toEqual([columnOf('id', 'string'), { ...columnOf('area', 'integer'), overridesLookup: true }]);
    expect(features.requestColumns).toEqual(['id', 'area']);
  });

  test('may declare an overridable feature again', () => {
    const pieces = {
      tables: [HOUSES],
      lookups: [lookupOf(HOUSES, ['id'])],
      overridable: ['area'],
      declaredRequestColumns: [columnOf('area', 'integer')],
    };
    expect(resolve(piecesOf(pieces))).toMatchObject({
      findings: [],
      requestColumns: [columnOf('id', 'string'), { name: 'area', overridesLookup: true }],
    });
  });
});

describe('the features for the runtime', () => {
  test("has the model's defaults on looked-up columns and outputs", () => {
    const model = modelOf([
      { column: columnOf('area', 'float', { defaultValue: 7 }), tensor: 'float32' },
      { column: columnOf('age', 'float', { nullable: true }), tensor: 'float32' },
    ]);
    const { features } = resolve(
      piecesOf({
        tables: [HOUSES],
        lookups: [lookupOf(HOUSES, ['id'])],
        functions: [AGE],
        declaredRequestColumns: [columnOf('yr_sold', 'integer')],
        model,
      }),
    );
    expect(features.lookups[0]!.features.map(({ column }) => column)).toEqual([
      columnOf('area', 'integer', { defaultValue: 7 }),
      columnOf('year_built', 'integer', { nullable: true }),
    ]);
    expect(features.functions[0]!.output).toEqual(columnOf('age', 'integer', { nullable: true }));
  });

  test('has functions in declared order, whatever they depend on', () => {
    const of = (name: string, ...inputs: string[]) => functionOf(columnOf(name, 'long'), inputs);
    const functions = [of('d', 'c', 'a'), of('a', 'x'), of('c', 'b'), of('b', 'a', 'x'), of('e', 'x')];
    const { features, findings: found } = resolve(piecesOf({ declaredRequestColumns: [columnOf('x', 'long')], functions }));
    expect(found).toEqual([]);
    expect(features.functions.map(({ name }) => name)).toEqual(['d', 'a', 'c', 'b', 'e']);
    expect(orderFunctions(features.functions).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('has two columns for a feature that is looked up twice', () => {
    const lookups = [
      lookupOf(AGENTS, ['payer'], { agent: 'a1', rating: 'r1' }),
      lookupOf(AGENTS, ['payee'], { agent: 'a2', rating: 'r2' }),
    ];
    expect(resolve(piecesOf({ tables: [AGENTS], lookups }))).toMatchObject({
      findings: [],
      requestColumns: [{ name: 'payer' }, { name: 'payee' }],
    });
  });
});

describe('lineage', () => {
  const chained = {
    declaredRequestColumns: [columnOf('yr_sold', 'integer')],
    tables: [HOUSES, AGENTS, OFFICES],
    lookups: [lookupOf(HOUSES, ['id']), lookupOf(AGENTS, ['id']), lookupOf(OFFICES, ['agent'])],
    functions: [functionOf(columnOf('age', 'integer'), ['yr_sold', 'year_built', 'request_time'])],
  };

  test('traces every model input back to the request', () => {
    const model = modelOf([
      { column: columnOf('age', 'float', { defaultValue: 1 }), tensor: 'float32' },
      { column: columnOf('office_rating', 'float'), tensor: 'float32' },
      { column: columnOf('rooms', 'float'), tensor: 'float32' },
    ]);
    const id = { column: columnOf('id', 'string'), source: 'request', from: [] };
    expect(resolve(piecesOf({ ...chained, overridable: ['office_rating'], model }))).toMatchObject({
      findings: [],
      lineage: [
        {
          tensor: 'age',
          column: columnOf('age', 'integer', { defaultValue: 1 }),
          source: 'function',
          functionName: 'age',
          from: [
            { column: columnOf('yr_sold', 'integer'), source: 'request', from: [] },
            {
              column: { name: 'year_built' },
              source: 'lookup',
              lookup: { table: 'houses', feature: 'year_built', overridable: false },
              from: [id],
            },
            { column: columnOf('request_time', 'timestamp'), source: 'clock', from: [] },
          ],
        },
        {
          tensor: 'office_rating',
          source: 'lookup',
          lookup: { table: 'offices', feature: 'office_rating', overridable: true },
          from: [{ column: columnOf('agent', 'string'), source: 'lookup', lookup: { table: 'agents' }, from: [id] }],
        },
        { tensor: 'rooms', column: columnOf('rooms', 'float'), source: 'request', from: [] },
      ],
    });
  });

  test('of feature serving covers every column of the answer', () => {
    const { lineage } = resolve(piecesOf({ ...chained, exclude: ['id', 'area'] }));
    expect(lineage.map(({ column, source, tensor }) => [column.name, source, tensor])).toEqual([
      ['yr_sold', 'request', undefined],
      ['year_built', 'lookup', undefined],
      ['agent', 'lookup', undefined],
      ['rating', 'lookup', undefined],
      ['office_rating', 'lookup', undefined],
      ['age', 'function', undefined],
    ]);
  });
});

describe('fails on', () => {
  const byId = { tables: [HOUSES], lookups: [lookupOf(HOUSES, ['id'])] };
  const x = { declaredRequestColumns: [columnOf('x', 'long')] };

  test.each<[string, EntityPieces, string[]]>([
    [
      'a request column declared twice',
      piecesOf({ declaredRequestColumns: [columnOf('x', 'long'), columnOf('x', 'long')] }),
      [
        "column 'x': expected one source (rename a looked-up feature, or list it in `overridable`), got: `requestColumns` and `requestColumns`",
      ],
    ],
    [
      'a request column that is looked up too',
      piecesOf({ ...byId, declaredRequestColumns: [columnOf('area', 'integer')] }),
      [
        "column 'area': expected one source (rename a looked-up feature, or list it in `overridable`), got: `requestColumns` and a feature of the lookup of 'houses'",
      ],
    ],
    [
      'a request column that is computed too, though it is overridable',
      piecesOf({ declaredRequestColumns: [columnOf('x', 'long')], functions: [functionOf(columnOf('x', 'long'), [])] }),
      [
        "column 'x': expected one source (rename a looked-up feature, or list it in `overridable`), got: `requestColumns` and the output of function 'x'",
      ],
    ],
    [
      'two lookups that give one column',
      piecesOf({ tables: [OFFICES], lookups: [lookupOf(OFFICES, ['a']), lookupOf(OFFICES, ['b'])] }),
      [
        "column 'office_rating': expected one source (rename a looked-up feature, or list it in `overridable`), " +
          "got: a feature of the lookup of 'offices' and a feature of the lookup of 'offices'",
      ],
    ],
    [
      'two functions of one name',
      piecesOf({ ...x, functions: [functionOf(columnOf('a', 'long'), ['x']), functionOf(columnOf('b', 'long'), ['x'], { name: 'a' })] }),
      ["`functions`: expected a distinct name for each function, got: 'a' twice"],
    ],
    [
      'two functions whose files are one where letter case makes no difference',
      piecesOf({
        ...x,
        functions: ['age', 'Age'].map((name) =>
          functionOf(columnOf(name, 'long'), ['x'], { kind: 'module', file: `functions/${name}.js` }),
        ),
      }),
      ["`functions`: expected a distinct name for each function, got: 'age' and 'Age', whose files differ only in letter case"],
    ],
  ])('%s', (_, pieces, expected) => expect(findings(pieces)).toEqual(expected));

  test.each<[string, EntityPieces, string]>([
    ['a request column', piecesOf({ declaredRequestColumns: [columnOf('request_time', 'timestamp')] }), '`requestColumns`'],
    ['a key', piecesOf({ tables: [OFFICES], lookups: [lookupOf(OFFICES, ['request_time'])] }), "`lookupKey` of 'offices'"],
    [
      'a feature',
      piecesOf({ tables: [OFFICES], lookups: [lookupOf(OFFICES, ['a'], { office_rating: 'request_time' })] }),
      "a feature of the lookup of 'offices'",
    ],
    ['an output', piecesOf({ functions: [functionOf(columnOf('request_time', 'long'), [])] }), "the output of function 'request_time'"],
    [
      "a model's column",
      piecesOf({ model: modelOf([{ column: columnOf('request_time', 'long'), tensor: 'int64' }]) }),
      "the model's inputs",
    ],
  ])('%s with the name of the built-in input', (_, pieces, where) => {
    expect(findings(pieces)).toContain(
      `${where}: expected a name other than 'request_time', which is a built-in input of functions, got: 'request_time'`,
    );
  });

  test.each<[string, EntityPieces, string[]]>([
    [
      'a key that a later lookup gives',
      piecesOf({ tables: [OFFICES, AGENTS], lookups: [lookupOf(OFFICES, ['agent']), lookupOf(AGENTS, ['id'])] }),
      [
        "`lookupKey` of the lookup of 'offices', column 'agent': expected a request column or a feature of an earlier lookup, got: a feature of the lookup of 'agents', which comes later",
      ],
    ],
    [
      'a key that the same lookup gives',
      piecesOf({ tables: [AGENTS], lookups: [lookupOf(AGENTS, ['agent'])] }),
      [
        "`lookupKey` of the lookup of 'agents', column 'agent': expected a request column or a feature of an earlier lookup, got: a feature of the lookup of 'agents' itself",
      ],
    ],
    [
      'a key that a function gives',
      piecesOf({ ...x, tables: [AGENTS], lookups: [lookupOf(AGENTS, ['key'])], functions: [functionOf(columnOf('key', 'string'), ['x'])] }),
      [
        "`lookupKey` of the lookup of 'agents', column 'key': expected a request column or a feature of an earlier lookup, got: the output of function 'key'",
      ],
    ],
    [
      'a looked-up key of another type',
      piecesOf({ tables: [AGENTS, OFFICES], lookups: [lookupOf(AGENTS, ['id']), lookupOf(OFFICES, ['rating'])] }),
      [
        "`lookupKey` of the lookup of 'offices', column 'rating': expected type string, the type in the primary key, got: a feature of the lookup of 'agents' of type double",
      ],
    ],
    [
      'a declared key of another type, though it would convert',
      piecesOf({
        declaredRequestColumns: [columnOf('n', 'integer')],
        tables: [tableOf('t', [columnOf('f', 'float')], [columnOf('n', 'long')])],
        lookups: [lookupOf(tableOf('t', [columnOf('f', 'float')]), ['n'])],
      }),
      [
        "`lookupKey` of the lookup of 't', column 'n': expected type long, the type in the primary key, got: a request column of type integer",
      ],
    ],
    [
      'a key of two tables with two types',
      piecesOf({
        tables: [OFFICES, tableOf('t', [columnOf('f', 'float')], [columnOf('n', 'long')])],
        lookups: [lookupOf(OFFICES, ['id']), lookupOf(tableOf('t', [columnOf('f', 'float')]), ['id'])],
      }),
      [
        "`lookupKey` of the lookup of 't', column 'id': expected type long, the type in the primary key, got: a request column of type string",
      ],
    ],
  ])('%s', (_, pieces, expected) => expect(findings(pieces)).toEqual(expected));

  test.each<[string, EntityPieces, string[]]>([
    [
      'an overridable column that is not looked up',
      piecesOf({ ...byId, overridable: ['id'] }),
      ["`overridable`: expected looked-up columns ('area', 'year_built'), got: 'id'"],
    ],
    [
      'an overridable column without lookups',
      piecesOf({ ...x, overridable: ['x'] }),
      ["`overridable`: expected looked-up columns (none), got: 'x'"],
    ],
    [
      'an overridable column declared with another type',
      piecesOf({ ...byId, overridable: ['area'], declaredRequestColumns: [columnOf('area', 'long')] }),
      ["`requestColumns`, column 'area': expected type integer, the type of the feature that it overrides, got: long"],
    ],
    [
      'an overridable column declared with a default',
      piecesOf({ ...byId, overridable: ['area'], declaredRequestColumns: [columnOf('area', 'integer', { defaultValue: 1 })] }),
      ["`requestColumns`, column 'area': expected no default, because the feature is looked up where a request does not send it, got: 1"],
    ],
    [
      'an excluded column that is not there',
      piecesOf({ ...x, exclude: ['y'] }),
      ["`exclude`: expected columns of this feature spec ('x'), got: 'y'"],
    ],
    [
      'an answer without columns',
      piecesOf({ ...x, exclude: ['x'] }),
      ["`exclude`: expected at least one column that is not excluded, got: all of 'x'"],
    ],
    ['nothing at all', piecesOf({}), ['`exclude`: expected at least one column that is not excluded, got: a feature spec without columns']],
  ])('%s', (_, pieces, expected) => expect(findings(pieces)).toEqual(expected));

  test.each<[string, EntityPieces, string[]]>([
    [
      'a function of a column that is not there',
      piecesOf({ ...byId, functions: [functionOf(columnOf('age', 'integer'), ['year_biult'])] }),
      ["function 'age', input 'year_biult': expected a column of this feature spec ('id', 'area', 'year_built', 'age'), got: 'year_biult'"],
    ],
    [
      'a function of its own output',
      piecesOf({ functions: [functionOf(columnOf('a', 'long'), ['a'])] }),
      ["`functions`: expected functions without a cycle, got: 'a' ← 'a'"],
    ],
    [
      'functions that need each other',
      piecesOf({
        ...x,
        functions: [
          functionOf(columnOf('free', 'long'), ['x']),
          functionOf(columnOf('d', 'long'), ['c']),
          functionOf(columnOf('a', 'long'), ['b', 'x']),
          functionOf(columnOf('b', 'long'), ['free', 'c']),
          functionOf(columnOf('c', 'long'), ['a']),
        ],
      }),
      ["`functions`: expected functions without a cycle, got: 'a' ← 'b' ← 'c' ← 'a'"],
    ],
  ])('%s', (_, pieces, expected) => expect(findings(pieces)).toEqual(expected));

  test.each<[string, EntityPieces, string[]]>([
    [
      'a looked-up fraction for a whole number of the model',
      piecesOf({
        tables: [AGENTS],
        lookups: [lookupOf(AGENTS, ['id'])],
        model: modelOf([{ column: columnOf('rating', 'long'), tensor: 'int64' }]),
      }),
      ["model input 'rating': expected a type that converts to long, got: double"],
    ],
    [
      'a date for a tensor that does not hold days',
      piecesOf({
        declaredRequestColumns: [columnOf('day', 'date')],
        model: modelOf([{ column: columnOf('day', 'long'), tensor: 'uint32' }]),
      }),
      ["model input 'day': expected a type that goes into a tensor of uint32, got: date"],
    ],
    [
      'a text for a number of the model',
      piecesOf({
        declaredRequestColumns: [columnOf('x', 'string')],
        model: {
          ...modelOf([]),
          inputs: [{ name: 'matrix', type: 'float32', shape: [null, 1], layout: 'matrix', columns: [columnOf('x', 'float')] }],
        },
      }),
      ["model input 'matrix', column 'x': expected a type that converts to float, got: string"],
    ],
    [
      'an array of another length than the model takes',
      piecesOf({
        declaredRequestColumns: [columnOf('v', { element: 'float', shape: [3] })],
        model: modelOf([{ column: columnOf('v', { element: 'float', shape: [4] }), tensor: 'float32' }]),
      }),
      ["model input 'v': expected a type that converts to array<float>[4], got: array<float>[3]"],
    ],
    [
      'one column with two types in the model, of which the first does not become the second',
      piecesOf({
        model: {
          ...modelOf([]),
          inputs: [
            { name: 'a', type: 'float32', shape: [null, 1], layout: 'column', columns: [columnOf('x', 'float')] },
            { name: 'b', type: 'int64', shape: [null, 1], layout: 'column', columns: [columnOf('x', 'long')] },
          ],
        },
      }),
      ["model input 'b', column 'x': expected a type that converts to long, got: float"],
    ],
    [
      'a nullable feature for a tensor without NaN',
      piecesOf({ ...byId, model: modelOf([{ column: columnOf('year_built', 'long'), tensor: 'int64' }]) }),
      [
        "model input 'year_built': expected a column with a default, or not nullable, because a tensor of int64 cannot hold a missing value, got: a nullable column without a default",
      ],
    ],
    [
      'a nullable array of any length, as it is not known how many NaN stand for a null',
      piecesOf({
        declaredRequestColumns: [columnOf('v', { element: 'float', shape: [null] }, { nullable: true })],
        model: {
          ...modelOf([]),
          inputs: [
            {
              name: 'v',
              type: 'float32',
              shape: [null, null],
              layout: 'column',
              columns: [columnOf('v', { element: 'float', shape: [null] })],
            },
          ],
        },
      }),
      [
        "model input 'v': expected a column with a default, or not nullable, because an array of any length cannot hold a missing value, got: a nullable column without a default",
      ],
    ],
    [
      'a default of the model that its source cannot hold',
      piecesOf({ ...byId, model: modelOf([{ column: columnOf('area', 'float', { defaultValue: 0.5 }), tensor: 'float32' }]) }),
      [
        "model input 'area', `defaultValue`: expected a whole number from -2147483648 to 2147483647, because its source has type integer, got: 0.5",
      ],
    ],
  ])('%s', (_, pieces, expected) => expect(findings(pieces)).toEqual(expected));

  test('an invalid expression, with the types of its inputs', () => {
    const check: ExpressionCheck = (one, inputs) => ({
      expected: 'another',
      got: `${one.expression} of ${inputs.map(({ name, type }) => `${name} ${String(type)}`).join(', ')}`,
    });
    const pieces = piecesOf({
      ...byId,
      declaredRequestColumns: [columnOf('yr_sold', 'long')],
      functions: [functionOf(columnOf('age', 'integer'), ['yr_sold', 'year_built', 'request_time'])],
    });
    expect(resolveEntity(pieces, check).findings.map(findingText)).toEqual([
      "function 'age': expected another, got: true of yr_sold long, year_built integer, request_time timestamp",
    ]);
  });

  test.each(['float16', 'float32', 'float64'] as const)('nothing where a nullable column feeds a %s tensor', (tensor) => {
    expect(findings(piecesOf({ ...byId, model: modelOf([{ column: columnOf('year_built', 'double'), tensor }]) }))).toEqual([]);
  });

  test('nothing where a nullable column has a default', () => {
    const column = columnOf('year_built', 'long', { defaultValue: 1970 });
    expect(findings(piecesOf({ ...byId, model: modelOf([{ column, tensor: 'int64' }]) }))).toEqual([]);
  });
});
