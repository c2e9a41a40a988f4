import { readFileSync } from 'node:fs';
import { readCloudAssembly } from '../../../bin/app/cloud-assembly';
import { recordedRows } from '../../../bin/dev/examples';
import { curlOf, exampleRequest, type ExampleRow, exampleRow } from '../../../bin/dev/example-request';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import type { ModelCases } from '../../../lib/contract/model-cases';
import { caseAssembly, fixtureWithCases } from '../../helpers/case-app';
import { folderOf } from '../../helpers/folder';
import { type EndpointSpec, SPEC_VERSION, type TableSpec } from '../../../lib/contract/endpoint-spec';

const HOUSES: TableSpec = {
  name: 'houses',
  primaryKey: [
    { name: 'town', type: 'string' },
    { name: 'number', type: 'integer' },
    { name: 'sold', type: 'boolean' },
  ],
  features: [
    { name: 'area', type: 'integer' },
    { name: 'built', type: 'timestamp' },
    { name: 'pixels', type: { element: 'float', shape: [2] } },
    { name: 'note', type: 'string' },
  ],
};

const ROW = exampleRow(HOUSES, {
  _key: { S: 'a%7Cb%25|7|true' },
  _ts: { N: '1' },
  area: { N: '120' },
  built: { N: '1000000' },
  pixels: { L: [{ N: '1' }, { N: '2.5' }] },
  note: { NULL: true },
});

const spec = (requestColumns: EndpointSpec['requestColumns'], lookupKey?: string[]): EndpointSpec => ({
  specVersion: SPEC_VERSION,
  endpointName: 'prices',
  tables: lookupKey === undefined ? [] : [HOUSES],
  requestColumns,
  servedEntities: [
    {
      kind: 'features',
      name: 'features',
      features: {
        requestColumns: requestColumns.map(({ name }) => name),
        lookups: lookupKey === undefined ? [] : [{ table: 'houses', lookupKey, features: [] }],
        functions: [],
        exclude: [],
      },
    },
  ],
});

const column = (name: string, type: ColumnSpec['type'], more: Partial<EndpointSpec['requestColumns'][number]> = {}) => ({
  name,
  type,
  ...more,
});

test('a stored row has its key and its features in the JSON form of their types', () => {
  expect(ROW).toEqual({ town: 'a|b%', number: 7, sold: true, area: 120, built: '1970-01-01T00:00:01Z', pixels: [1, 2.5] });
});

test('a row of another table gives values, and no answer', () => {
  const request = exampleRequest(spec([column('town', 'string'), column('number', 'integer')], ['town', 'number']), new Map(), [], [ROW]);
  expect(request).toEqual({ body: { dataframe_records: [{ town: 'a|b%', number: 7 }] }, madeUp: [], isAnswerable: false });
});

test('takes the key of a row, under the names of the request', () => {
  const request = exampleRequest(
    spec([column('in', 'string'), column('at', 'integer'), column('is', 'boolean')], ['in', 'at', 'is']),
    new Map([['houses', ROW]]),
  );
  expect(request).toEqual({ body: { dataframe_records: [{ in: 'a|b%', at: 7, is: true }] }, madeUp: [], isAnswerable: true });
});

test('cannot be answered where the table has no row', () => {
  expect(exampleRequest(spec([column('in', 'string')], ['in', 'at', 'is']), new Map())).toEqual({
    body: { dataframe_records: [{ in: 'text' }] },
    madeUp: ['in'],
    isAnswerable: false,
  });
});

test('takes values of a row under the same names, then defaults, then a value of the type', () => {
  const columns = [
    column('area', 'integer', { defaultValue: 1 }),
    column('floors', 'integer', { defaultValue: 2 }),
    column('when', 'timestamp'),
    column('day', 'date'),
    column('vector', { element: 'double', shape: [2, null] }),
    column('year', 'integer', { overridesLookup: true }),
  ];
  const { body, madeUp } = exampleRequest(spec(columns), new Map([['houses', ROW]]));
  expect(madeUp).toEqual(['when', 'day', 'vector']);
  expect(body.dataframe_records[0]).toEqual({
    area: 120,
    floors: 2,
    when: '2026-01-31T12:00:00Z',
    day: '2026-01-31',
    vector: [[1.5], [1.5]],
  });
});

test('takes recorded values before those of other rows, if they are of the type', () => {
  const columns = [column('area', 'integer'), column('note', 'string'), column('floors', 'integer')];
  const recorded: ExampleRow[] = [{ area: 95, note: 3, floors: null }, { floors: 4 }];
  expect(exampleRequest(spec(columns), new Map([['houses', ROW]]), recorded)).toEqual({
    body: { dataframe_records: [{ area: 95, note: 'text', floors: 4 }] },
    madeUp: ['note'],
    isAnswerable: true,
  });
});

describe('recorded rows', () => {
  const REQUESTED = [{ overall_qual: 7 }];
  const assembly = readCloudAssembly(caseAssembly([fixtureWithCases('house_price_a')]));
  const [first] = (JSON.parse(readFileSync('test/fixtures/house_price_a/cases.json', 'utf8')) as ModelCases).cases;
  const rowsIn = (files: Record<string, string>) => [...recordedRows(assembly, folderOf(files)).values()];

  test('are those of request.json, then the first case of each model version', () => {
    expect(rowsIn({ 'request.json': JSON.stringify({ dataframe_records: REQUESTED }) })).toEqual([[...REQUESTED, first!.row]]);
  });

  test.each(['{', 'null', '[]', '{"inputs":[1]}'])('are the cases alone where request.json is %s', (text) => {
    expect(rowsIn({ 'request.json': text })).toEqual([[first!.row]]);
  });
});

test('leaves out a value of a row that is none of the type', () => {
  const { body } = exampleRequest(spec([column('area', 'boolean')]), new Map([['houses', ROW]]));
  expect(body.dataframe_records[0]).toEqual({ area: true });
});

test('is a command for a shell', () => {
  const request = exampleRequest(spec([column('name', 'string', { defaultValue: "it's" })]), new Map());
  expect(curlOf('http://localhost:3000/x', request)).toBe(
    `curl -s http://localhost:3000/x -H 'content-type: application/json' -d '{"dataframe_records":[{"name":"it'\\''s"}]}'`,
  );
});
