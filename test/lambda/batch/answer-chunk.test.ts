// Rows answered together, with user code that changes everything it is given.
import { answerChunk } from '../../../lambda/batch/answer-chunk';
import type { FoundRow, LookupReader } from '../../../lambda/lookups/lookup-reader';
import { makeFeaturePlan } from '../../../lambda/serving/make-plan';
import type { ColumnSpec, DataType } from '../../../lib/contract/data-types';
import { type EndpointSpec, SPEC_VERSION } from '../../../lib/contract/endpoint-spec';

const VECTOR: DataType = { element: 'double', shape: [null] };
const ID: ColumnSpec = { name: 'id', type: 'string' };
const FEATURE: ColumnSpec = { name: 'vector', type: VECTOR };
const DEFAULT: ColumnSpec = { name: 'steps', type: VECTOR, defaultValue: [1] };

const spec: EndpointSpec = {
  specVersion: SPEC_VERSION,
  endpointName: 'test',
  tables: [{ name: 'users', primaryKey: [ID], features: [FEATURE] }],
  requestColumns: [ID, DEFAULT],
  servedEntities: [
    {
      kind: 'features',
      name: 'served',
      features: {
        requestColumns: ['id', 'steps'],
        lookups: [{ table: 'users', lookupKey: ['id'], features: [{ feature: 'vector', column: FEATURE }] }],
        functions: [
          {
            kind: 'module',
            name: 'sum',
            file: 'sum.js',
            exportName: 'sum',
            inputs: [
              { name: 'vector', column: 'vector' },
              { name: 'steps', column: 'steps' },
            ],
            output: { name: 'sum', type: 'double' },
            nullsIn: false,
          },
        ],
        exclude: [],
      },
    },
  ],
};

/** Returns the same row, with the same list, for every key. */
const row: FoundRow = {
  isExpired: () => false,
  age: () => 0,
  feature: (
    (vector) => () =>
      vector
  )([3, 4]),
};
const lookups: LookupReader = { read: (reads) => Promise.resolve(reads.map(({ keys }) => keys.map(() => row))) };

function sum({ vector, steps }: { vector: number[]; steps: number[] }): number {
  vector.push(10);
  steps.push(20);
  return [...vector.splice(0), ...steps.splice(0)].reduce((a, b) => a + b, 0);
}

test('the list of a key, and a default, are the same in every row', async () => {
  const plan = makeFeaturePlan(spec, { tables: { users: 'users' } }, () => ({ sum }));
  const chunk = { rows: 3, cells: [['a', 'a', 'b'], new Array<unknown>(3).fill(undefined)], times: () => 0n };
  const known: unknown[] = [];
  for await (const { result } of answerChunk(plan, { lookups, scorer: undefined }, chunk, fail)) known.push(result.known);
  expect(plan.columns.map(({ name }) => name)).toEqual(['id', 'steps', 'vector', 'sum']);
  expect(known).toEqual([
    [
      ['a', 'a', 'b'],
      [[1], [1], [1]],
      [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
      [38, 38, 38],
    ],
  ]);
});

function fail(_: number, refusal: Error): never {
  throw refusal;
}
