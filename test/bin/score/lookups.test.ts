import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FolderStore } from '../../../lambda/stores/folder-store';
import type { ColumnSpec } from '../../../lib/contract/data-types';
import type { EndpointSpec, FeaturesSpec, FileScorerSpec, ModelSpec, TableSpec } from '../../../lib/contract/endpoint-spec';
import { fixtureCases, fixtureModel, modelEndpoint, removeAssets } from '../../helpers/endpoint-asset';
import { writeFeatureTable } from '../../helpers/feature-store';
import { testHost } from '../../helpers/http-api';
import { memoryReader } from '../../helpers/memory-reader';
import { scoreApp, served } from '../../helpers/score-app';

afterAll(removeAssets);

const column = (name: string, type: ColumnSpec['type']): ColumnSpec => ({ name, type });

const USERS: TableSpec = {
  name: 'users',
  primaryKey: [column('user', 'string')],
  timestampKey: column('at', 'timestamp'),
  features: [column('home', 'string'), column('x', 'double'), column('y', 'double')],
};
const HOMES: TableSpec = {
  name: 'homes',
  primaryKey: [column('home', 'string')],
  timestampKey: column('at', 'timestamp'),
  features: [column('z', 'double')],
};

const { model, files } = fixtureModel('legacy_ir3');
const names = fixtureCases('legacy_ir3').columns!;

/** The model's first three columns are looked up, the third under a key that is looked up; the request sends the fourth. */
const FEATURES: FeaturesSpec = {
  requestColumns: ['user', names[3]!],
  lookups: [
    {
      table: 'users',
      lookupKey: ['user'],
      features: [
        { feature: 'home', column: column('home', 'string') },
        { feature: 'x', column: column(names[0]!, 'double') },
        { feature: 'y', column: column(names[1]!, 'double') },
      ],
    },
    { table: 'homes', lookupKey: ['home'], features: [{ feature: 'z', column: column(names[2]!, 'double') }] },
  ],
  functions: [],
  exclude: [],
};

function endpoint(entities: Record<string, ModelSpec> = { one: model }): EndpointSpec {
  return {
    ...modelEndpoint(model),
    endpointName: 'scores',
    tables: [USERS, HOMES],
    requestColumns: [column('user', 'string'), column(names[3]!, 'double')],
    servedEntities: Object.entries(entities).map(([name, own]) => ({ kind: 'model', name, model: own, features: FEATURES })),
  };
}

const users = [
  { user: 'ann', home: 'h1', x: 1, y: 2 },
  { user: 'bob', home: 'h2', x: 3, y: 4 },
  { user: 'cyd', home: undefined, x: 3, y: 4 },
  { user: 'dan', home: 'elsewhere', x: 3, y: 4 },
];
const homes = [
  { home: 'h1', z: 5 },
  { home: 'h2', z: 6 },
];

/** An app with the rows of both tables, and what its handler answers to the rows of `rows.csv`. */
async function made(spec: EndpointSpec, rest: { files?: typeof files; modelCopies?: Record<string, string> } = { files }) {
  const app = scoreApp({ tables: [USERS, HOMES], endpoints: [{ spec, ...rest }] });
  const at = 1_704_067_200_000_000n;
  const offline = (name: string) => new FolderStore(app.path(`offline/${name}`));
  await writeFeatureTable(offline('users'), USERS, [users.map(({ user, home, x, y }) => [user, at, home ?? null, x, y])]);
  await writeFeatureTable(offline('homes'), HOMES, [homes.map(({ home, z }) => [home, at, z])]);
  const requests = ['ann', 'bob', 'cyd', 'dan', 'eve'].map((user) => ({ user, [names[3]!]: 7 }));
  app.write('rows.csv', [`user,${names[3]}`, ...requests.map(({ user }) => `${user},7`), ''].join('\n'));
  const host = testHost({
    reader: memoryReader({ u: { spec: USERS, rows: users }, h: { spec: HOMES, rows: homes } }),
    env: { ML_SERVING_BINDINGS: JSON.stringify({ tables: { users: 'u', homes: 'h' } }) },
  });
  return { ...app, answers: await served(endpoint(), files, requests, host) };
}

type Made = Awaited<ReturnType<typeof made>>;

async function expectServed({ lines, answers }: Made, { stdout, code }: { stdout: string; code: number | null }): Promise<void> {
  const [ann, bob, ...refused] = answers;
  expect(refused.map(({ message }) => message)).toEqual([
    "row 0, column 'c': expected a value, got: NOT_FOUND in 'homes' for home null",
    `row 0, column 'c': expected a value, got: NOT_FOUND in 'homes' for home "elsewhere"`,
    `row 0, column 'a': expected a value, got: NOT_FOUND in 'users' for user "eve"`,
  ]);
  expect({ stdout, code }).toEqual({
    stdout: [
      'out.csv: 2 rows written',
      '3 rejected, listed in out.csv.rejected.jsonl',
      ...refused.map(({ message }, i) => `  rows.csv:${i + 4}  ${message!.replace('row 0, ', '')}`),
      '',
    ].join('\n'),
    code: 1,
  });
  expect(lines('out.csv')).toEqual(['user,d,prediction', `ann,7,${String(ann!.prediction)}`, `bob,7,${String(bob!.prediction)}`]);
}

test('a lookup key that is itself looked up answers as serving does, and rows that serving refuses are rejected', async () => {
  const app = await made(endpoint());
  await expectServed(app, await app.score('scores', 'rows.csv', 'out.csv'));
});

test('an endpoint with several served entities scores with the named one, and needs a name', async () => {
  const app = await made(endpoint({ one: model, two: model }));
  expect(await app.score('scores', 'rows.csv', 'out.csv')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'expected the name of one served entity, <endpoint> or <endpoint>/<entity>, got: scores, which is Stack/scores/one and Stack/scores/two\n',
  });
  await expectServed(app, await app.score('scores/two', 'rows.csv', 'out.csv'));
});

describe('a model in S3', () => {
  const path = (files[(model.scorer as FileScorerSpec).file] as { from: string }).from;
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const inS3 = endpoint({
    one: { ...model, scorer: { kind: 'object', bucket: 'house_price/1', key: 'models/1.onnx', sha256, maxBytes: 1000 } },
  });

  test('is scored with the copy that the app names', async () => {
    const app = await made(inS3, { modelCopies: { [sha256]: path } });
    await expectServed(app, await app.score('scores', 'rows.csv', 'out.csv'));
  });

  test('fails without a copy', async () => {
    const app = await made(inS3, {});
    expect(await app.score('scores', 'rows.csv', 'out.csv')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'expected a copy of model legacy_ir3 version 1, which is in S3 as models/1.onnx, got: none; ' +
        'read its signature from a copy of it (SignatureSource.fromOnnx)\n',
    });
  });
});
