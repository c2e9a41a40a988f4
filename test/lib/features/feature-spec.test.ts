import { App, Lazy, Stack } from 'aws-cdk-lib';
import {
  Column,
  ElementType,
  FeatureFunction,
  type FeatureLookupOptions,
  FeatureSpec,
  type FeatureSpecProps,
  FeatureTable,
  type IFeatureTable,
} from 'cdk-ml-serving';
import { inputLineage } from '../../../lib/features/input-lineage';
import { resolveFeatures } from '../../../lib/features/resolve-features';
import { findingText } from '../../../lib/contract/finding';
import { columnOf, modelOf } from '../../helpers/entity-pieces';

const token = Lazy.string({ produce: () => 'later' });

function houses(scope = new Stack(new App(), 'Stack')): FeatureTable {
  return new FeatureTable(scope, 'Houses', {
    featureTableName: 'house_features',
    primaryKey: [Column.string('id')],
    features: [Column.integer('year_built', { defaultValue: 1970 }), Column.long('area', { nullable: true }), Column.string('agent')],
  });
}

function visits(table: IFeatureTable): FeatureTable {
  return new FeatureTable(Stack.of(table), 'Visits', {
    primaryKey: [Column.string('agent'), Column.date('day')],
    features: [Column.array('hours', ElementType.DOUBLE, { shape: [24] })],
  });
}

function render(props: FeatureSpecProps) {
  return new FeatureSpec(props)._render(new Stack(new App(), 'Stack'));
}

describe('a lookup', () => {
  const features = (options: FeatureLookupOptions) => render({ lookups: [houses().lookup(options)] }).features.lookups[0];

  test('returns all features under their names', () => {
    expect(features({ lookupKey: ['house'] })).toEqual({
      table: 'house_features',
      lookupKey: ['house'],
      features: [
        { feature: 'year_built', column: { name: 'year_built', type: 'integer', defaultValue: 1970 } },
        { feature: 'area', column: { name: 'area', type: 'long', nullable: true } },
        { feature: 'agent', column: { name: 'agent', type: 'string' } },
      ],
    });
  });

  test('returns chosen features in order, renamed and with the defaults of the lookup', () => {
    expect(
      features({
        lookupKey: ['id'],
        features: ['area', 'year_built'],
        rename: { area: 'gr_liv_area' },
        defaultValues: { area: '9007199254740993', year_built: 0 },
      }),
    ).toEqual({
      table: 'house_features',
      lookupKey: ['id'],
      features: [
        { feature: 'area', column: { name: 'gr_liv_area', type: 'long', nullable: true, defaultValue: '9007199254740993' } },
        { feature: 'year_built', column: { name: 'year_built', type: 'integer', defaultValue: 0 } },
      ],
    });
  });

  test('returns features with the names of inherited members of objects', () => {
    const table = new FeatureTable(new Stack(), 'T', {
      primaryKey: [Column.string('id')],
      features: [Column.integer('constructor'), Column.integer('toString')],
    });
    const rename = { toString: 'x' };
    const { features: taken } = table.lookup({ lookupKey: ['id'], rename, defaultValues: { toString: 1 } })._render(new Stack());
    expect(taken.map(({ column }) => column)).toEqual([
      { name: 'constructor', type: 'integer' },
      { name: 'x', type: 'integer', defaultValue: 1 },
    ]);
  });

  test('can have a key of an earlier lookup, in the order of the primary key', () => {
    const first = houses();
    const rendered = render({
      requestColumns: [Column.date('visited')],
      lookups: [first.lookup({ lookupKey: ['id'] }), visits(first).lookup({ lookupKey: ['agent', 'visited'] })],
    });
    expect(resolveFeatures(rendered).findings).toEqual([]);
    expect(rendered.tables.map(({ featureTableName }) => featureTableName)).toEqual(['house_features', 'Visits']);
  });

  test('can read a table twice, which the spec lists once', () => {
    const table = houses();
    const rename = { year_built: 'y', area: 'a', agent: 'g' };
    const rendered = render({ lookups: [table.lookup({ lookupKey: ['left'] }), table.lookup({ lookupKey: ['right'], rename })] });
    expect(rendered.tables).toEqual([table]);
    expect(resolveFeatures(rendered)).toMatchObject({
      findings: [],
      requestColumns: [columnOf('left', 'string'), columnOf('right', 'string')],
    });
  });

  test.each<[string, FeatureLookupOptions, string]>([
    [
      'too few key columns',
      { lookupKey: [] },
      "`lookupKey` of the lookup of 'house_features' must name one column for each column of the primary key ('id'), got: none",
    ],
    [
      'too many key columns',
      { lookupKey: ['a', 'b'] },
      "`lookupKey` of the lookup of 'house_features' must name one column for each column of the primary key ('id'), got: 'a', 'b'",
    ],
    ['a key that is a token', { lookupKey: [token] }, "`lookupKey` of the lookup of 'house_features' must be a literal, got: a token"],
    [
      'no features',
      { lookupKey: ['id'], features: [] },
      "`features` of the lookup of 'house_features' must name at least one feature, got: none",
    ],
    [
      'an unknown feature',
      { lookupKey: ['id'], features: ['id'] },
      "`features` of the lookup of 'house_features' must be features of the table ('year_built', 'area', 'agent'), got: 'id'",
    ],
    [
      'a feature twice',
      { lookupKey: ['id'], features: ['area', 'area'] },
      "`features` of the lookup of 'house_features' must name each feature once, got: 'area' twice",
    ],
    [
      'features that are a token',
      { lookupKey: ['id'], features: Lazy.list({ produce: () => [] }) },
      "`features` of the lookup of 'house_features' must be a literal, got: a token",
    ],
    [
      'a new name for what is not taken',
      { lookupKey: ['id'], features: ['area'], rename: { agent: 'a' } },
      "`rename` of the lookup of 'house_features' must have features of the lookup as keys ('area'), got: 'agent'",
    ],
    [
      'an empty new name',
      { lookupKey: ['id'], rename: { agent: '' } },
      "`rename` of the lookup of 'house_features' must have values of at least one character, got: '' for 'agent'",
    ],
    [
      'a new name that is a token',
      { lookupKey: ['id'], rename: { agent: token } },
      "`rename` of the lookup of 'house_features' must be a literal, got: a token",
    ],
    [
      'a default under the new name',
      { lookupKey: ['id'], rename: { area: 'size' }, defaultValues: { size: 1 } },
      "`defaultValues` of the lookup of 'house_features' must have features of the lookup as keys ('year_built', 'area', 'agent'), got: 'size'",
    ],
    [
      'a default of another type',
      { lookupKey: ['id'], defaultValues: { year_built: '1970' } },
      "`defaultValues` of the lookup of 'house_features', feature 'year_built' of type integer must be a whole number from -2147483648 to 2147483647, got: \"1970\"",
    ],
    [
      'a default that is a token',
      { lookupKey: ['id'], defaultValues: { agent: token } },
      "`defaultValues` of the lookup of 'house_features', feature 'agent' must be a literal, got: a token",
    ],
  ])('fails on %s', (_, options, message) => {
    expect(() => features(options)).toThrow(new Error(`Stack: ${message}`));
  });
});

describe('a feature spec', () => {
  const props = (table: IFeatureTable): FeatureSpecProps => ({
    requestColumns: [Column.integer('yr_sold')],
    lookups: [table.lookup({ lookupKey: ['id'], features: ['year_built', 'area'] })],
    functions: [
      FeatureFunction.fromExpression({ expression: 'sold - year_built', inputs: { sold: 'yr_sold' }, output: Column.integer('house_age') }),
    ],
    exclude: ['year_built'],
    overridable: ['area', 'area'],
  });

  test('becomes the features of the endpoint spec', () => {
    const table = houses();
    expect(render(props(table))).toEqual({
      features: {
        requestColumns: ['yr_sold'],
        lookups: [
          {
            table: 'house_features',
            lookupKey: ['id'],
            features: [
              { feature: 'year_built', column: { name: 'year_built', type: 'integer', defaultValue: 1970 } },
              { feature: 'area', column: { name: 'area', type: 'long', nullable: true } },
            ],
          },
        ],
        functions: [
          {
            kind: 'expression',
            name: 'house_age',
            expression: 'sold - year_built',
            inputs: [
              { name: 'sold', column: 'yr_sold' },
              { name: 'year_built', column: 'year_built' },
            ],
            output: { name: 'house_age', type: 'integer' },
            nullsIn: false,
          },
        ],
        exclude: ['year_built'],
      },
      declaredRequestColumns: [{ name: 'yr_sold', type: 'integer' }],
      overridable: ['area'],
      tables: [table],
      functionFiles: [],
    });
  });

  test('is the same in two stacks', () => {
    const spec = new FeatureSpec(props(houses()));
    const [one, other] = ['One', 'Other'].map((id) => spec._render(new Stack(new App(), id)));
    expect(JSON.stringify(one!.features)).toBe(JSON.stringify(other!.features));
  });

  test('is checked against the model that it feeds', () => {
    const model = modelOf([
      { column: columnOf('house_age', 'float'), tensor: 'float32' },
      { column: columnOf('area', 'float'), tensor: 'float32' },
      { column: columnOf('rooms', 'float'), tensor: 'float32' },
    ]);
    const resolved = resolveFeatures(render(props(houses())), model);
    expect(resolved.findings).toEqual([]);
    expect(resolved.requestColumns).toEqual([
      { name: 'yr_sold', type: 'integer' },
      { name: 'id', type: 'string' },
      { name: 'rooms', type: 'float' },
      { name: 'area', type: 'long', overridesLookup: true },
    ]);
    const id = { column: 'id', type: 'string', source: 'request', nullable: false, inputs: [] };
    expect(resolved.lineage.map(inputLineage)).toEqual([
      {
        column: 'house_age',
        type: 'integer',
        source: 'function',
        nullable: false,
        tensor: 'house_age',
        functionName: 'house_age',
        inputs: [
          { column: 'yr_sold', type: 'integer', source: 'request', nullable: false, inputs: [] },
          {
            column: 'year_built',
            type: 'integer',
            source: 'lookup',
            nullable: false,
            defaultValue: 1970,
            featureTableName: 'house_features',
            feature: 'year_built',
            overridable: false,
            inputs: [id],
          },
        ],
      },
      {
        column: 'area',
        type: 'long',
        source: 'lookup',
        nullable: true,
        tensor: 'area',
        featureTableName: 'house_features',
        feature: 'area',
        overridable: true,
        inputs: [id],
      },
      { column: 'rooms', type: 'float', source: 'request', nullable: false, tensor: 'rooms', inputs: [] },
    ]);
  });

  test('is optional: without it, the request sends all columns of the model', () => {
    const model = modelOf([{ column: columnOf('x', 'double'), tensor: 'float64' }]);
    expect(resolveFeatures(undefined, model)).toMatchObject({ findings: [], requestColumns: [{ name: 'x', type: 'double' }] });
  });

  test.each<[string, FeatureSpecProps, string]>([
    ['an excluded column that is a token', { exclude: [token] }, '`exclude` must be a literal, got: a token'],
    ['an overridable column that is a token', { overridable: [token] }, '`overridable` must be a literal, got: a token'],
    [
      'a wrong request column',
      { requestColumns: [Column.long('')] },
      'the name of a column must be a string of at least one character, got: ""',
    ],
  ])('fails on %s', (_, given, message) => {
    expect(() => render(given)).toThrow(new Error(`Stack: ${message}`));
  });

  test('fails on two tables with the same name', () => {
    const lookups = ['One', 'Other'].map((id) => houses(new Stack(new App(), id)).lookup({ lookupKey: ['id'] }));
    expect(() => render({ lookups })).toThrow(
      new Error(
        "Stack: feature tables of an endpoint must have distinct names, got: 'house_features' for One/Houses and Other/Houses; set `featureTableName`",
      ),
    );
  });
});

test('the types of an expression are those of its columns', () => {
  const functions = [FeatureFunction.fromExpression({ expression: 'area * 1.5', output: Column.double('size') })];
  const { findings } = resolveFeatures(render({ lookups: [houses().lookup({ lookupKey: ['id'] })], functions }));
  expect(findings.map(findingText)).toEqual([
    "function 'size': expected an expression that is valid for its inputs (area: int), got: no such overload: int * double\n\n>    1 | area * 1.5\n         ^",
  ]);
});
