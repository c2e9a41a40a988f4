// What a routine around a model changes of the entity that it is served by.
import { resolveEntity } from '../../../lib/contract/check-entity';
import { type ColumnSpec } from '../../../lib/contract/data-types';
import { type ModelSpec, type RoutineSpec } from '../../../lib/contract/endpoint-spec';
import { findingText } from '../../../lib/contract/finding';
import { columnOf, functionOf, lookupOf, modelOf, piecesOf, tableOf } from '../../helpers/entity-pieces';

const HOUSES = tableOf('houses', [columnOf('area', 'integer'), columnOf('year_built', 'integer', { nullable: true })]);

type Step = { inputs: readonly ColumnSpec[]; outputs: readonly ColumnSpec[] };

/** A model of the columns `age` and `area`, both floats, with a routine around it. */
function model({ preprocess, postprocess }: { preprocess?: Step; postprocess?: Step }): ModelSpec {
  const routine: RoutineSpec = {
    name: 'price',
    file: 'routines/model/1.js',
    ...(preprocess && { preprocess: { exportName: 'preprocess', ...preprocess } }),
    ...(postprocess && { postprocess: { exportName: 'postprocess', ...postprocess } }),
  };
  const columns = ['age', 'area'].map((name) => ({ column: columnOf(name, 'float'), tensor: 'float32' as const }));
  return { ...modelOf(columns), routine };
}

const age = columnOf('age', 'integer');

function resolved(pieces: Parameters<typeof piecesOf>[0]) {
  const { findings, ...entity } = resolveEntity(piecesOf(pieces), () => undefined);
  return { ...entity, findings: findings.map(findingText) };
}

test('its inputs replace the columns that it computes', () => {
  const routine = {
    preprocess: { inputs: [columnOf('built', 'integer', { nullable: true }), columnOf('sold', 'integer')], outputs: [age] },
    postprocess: { inputs: [columnOf('currency', 'string')], outputs: [columnOf('price', 'double')] },
  };
  expect(resolved({ model: model(routine) })).toMatchObject({
    findings: [],
    requestColumns: [
      columnOf('built', 'integer', { nullable: true }),
      columnOf('sold', 'integer'),
      columnOf('area', 'float'),
      columnOf('currency', 'string'),
    ],
    features: { requestColumns: ['built', 'sold', 'area', 'currency'] },
  });
});

test('its inputs come from lookups and functions like the columns of a model', () => {
  const preprocess = { inputs: [columnOf('year_built', 'long', { nullable: true }), columnOf('sold', 'long')], outputs: [age] };
  const { findings, requestColumns, lineage } = resolved({
    declaredRequestColumns: [columnOf('id', 'string')],
    tables: [HOUSES],
    lookups: [lookupOf(HOUSES, ['id'])],
    functions: [functionOf(columnOf('sold', 'integer'), ['request_time'])],
    model: model({ preprocess }),
  });
  expect(findings).toEqual([]);
  expect(requestColumns).toEqual([columnOf('id', 'string')]);
  expect(lineage).toMatchObject([
    {
      column: age,
      source: 'routine',
      routineName: 'price',
      tensor: 'age',
      from: [
        { column: { name: 'year_built' }, source: 'lookup', from: [{ column: { name: 'id' }, source: 'request' }] },
        { column: { name: 'sold' }, source: 'function', functionName: 'sold', from: [{ source: 'clock' }] },
      ],
    },
    { column: { name: 'area' }, source: 'lookup', tensor: 'area' },
  ]);
});

test('an input and an output with the same name are two columns', () => {
  const preprocess = { inputs: [columnOf('area', 'string')], outputs: [columnOf('area', 'float')] };
  const { findings, requestColumns, lineage } = resolved({ model: model({ preprocess }) });
  expect(findings).toEqual([]);
  expect(requestColumns).toEqual([columnOf('area', 'string'), columnOf('age', 'float')]);
  expect(lineage[1]).toMatchObject({
    column: columnOf('area', 'float'),
    source: 'routine',
    from: [{ column: columnOf('area', 'string'), source: 'request' }],
  });
});

test('columns of postprocess come last in the lineage, without a tensor', () => {
  const step = { inputs: [columnOf('area', 'float'), columnOf('currency', 'string')], outputs: [columnOf('price', 'double')] };
  const { lineage } = resolved({ model: model({ postprocess: step }) });
  expect(lineage.map(({ column, tensor }) => [column.name, tensor])).toEqual([
    ['age', 'age'],
    ['area', 'area'],
    ['currency', undefined],
  ]);
});

test('a column is nullable only if every reader accepts null', () => {
  const inputs = (nullable: boolean) => ({ inputs: [columnOf('area', 'float', { nullable })], outputs: [columnOf('price', 'double')] });
  const plain = model({ postprocess: inputs(true) });
  expect(resolved({ model: plain }).requestColumns).toEqual([columnOf('age', 'float'), columnOf('area', 'float')]);
});

describe('fails on', () => {
  const lookedUp = { tables: [HOUSES], lookups: [lookupOf(HOUSES, ['id'])] };

  test.each<[string, ColumnSpec, string]>([
    [
      'a source of a type that does not convert',
      columnOf('year_built', 'string', { nullable: true }),
      "preprocess of routine 'price', input 'year_built': expected a type that converts to string, got: integer",
    ],
    [
      'a source that may be null, which the routine does not take',
      columnOf('year_built', 'integer'),
      "preprocess of routine 'price', input 'year_built': expected a column with a default, or not nullable, " +
        "because preprocess of routine 'price' accepts null only in a `nullable` input, got: a nullable column without a default",
    ],
    [
      'a default that its source cannot have',
      columnOf('year_built', 'double', { defaultValue: 1999.5 }),
      "preprocess of routine 'price', input 'year_built', `defaultValue`: " +
        'expected a whole number from -2147483648 to 2147483647, because its source has type integer, got: 1999.5',
    ],
    [
      'the name of the built-in input',
      columnOf('request_time', 'timestamp'),
      "preprocess of routine 'price': expected a name other than 'request_time', which is a built-in input of functions, got: 'request_time'",
    ],
  ])('%s', (_, input, finding) => {
    const { findings } = resolved({ ...lookedUp, model: model({ preprocess: { inputs: [input], outputs: [age] } }) });
    expect(findings).toContain(finding);
  });
});
