import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ServingEndpoint, TrafficSplit } from '../../../lib';
import type { EndpointSpec } from '../../../lib/contract/endpoint-spec';
import { endpointFiles, testStack } from '../../helpers/app';
import { endpointOf, testHost } from '../../helpers/http-api';
import { priceEntities } from '../../helpers/price-entities';
import { CASES } from '../../helpers/price-split';
import { jsonLines, scoreApp } from '../../helpers/score-app';

/** An app with an endpoint whose traffic two models share, and the handler of the endpoint. */
function splitApp(traffic: TrafficSplit, change: (spec: EndpointSpec) => EndpointSpec = (spec) => spec) {
  const stack = testStack();
  new ServingEndpoint(stack, 'prices', { servedEntities: priceEntities(stack), traffic });
  const { folder, spec, files } = endpointFiles(stack);
  const isCode = (file: string): boolean => file !== 'endpoint.json' && statSync(join(folder, file)).isFile();
  const copies = Object.fromEntries(files.filter(isCode).map((file) => [file, { from: join(folder, file) }]));
  const app = scoreApp({ tables: [], endpoints: [{ spec: change(spec), files: copies }] });
  return { ...app, served: endpointOf(folder, testHost()) };
}

const STICKY = TrafficSplit.sticky({ key: ['id'], weights: { model_A: 60, model_B: 40 } });
const RECORDS = Array.from({ length: 120 }, (_, i) => ({ ...CASES[i % CASES.length]!.record, id: `house ${i}` }));

async function answersOf({ served }: ReturnType<typeof splitApp>, records: readonly object[]) {
  const { predictions, served_entities: entities } = (await served.post({ dataframe_records: records })).body as {
    predictions: unknown[];
    served_entities: string[];
  };
  return records.map((record, i) => ({ ...record, prediction: predictions[i], served_entity: entities[i] }));
}

test.each(['out.jsonl', 'out.parquet'])('each row is scored by the entity that the split of the endpoint gives it: %s', async (output) => {
  const app = splitApp(STICKY);
  app.write('rows.jsonl', jsonLines(RECORDS));
  expect(await app.score('prices', 'rows.jsonl', output)).toEqual({ code: 0, stdout: `${output}: 120 rows written\n`, stderr: '' });
  const answers = await answersOf(app, RECORDS);
  expect(new Set(answers.map(({ served_entity: entity }) => entity))).toEqual(new Set(['model_A', 'model_B']));
  if (output !== 'out.jsonl') await app.score('prices', 'rows.jsonl', 'out.jsonl');
  expect(app.lines('out.jsonl').map((line) => JSON.parse(line) as object)).toEqual(answers);
});

test('rows stay in their order in CSV, and rejected rows are named', async () => {
  const app = splitApp(STICKY);
  const names = Object.keys(RECORDS[0]!) as (keyof (typeof RECORDS)[0])[];
  const rows = RECORDS.map((record) => names.map((name) => String(record[name])).join(','));
  rows[7] = rows[7]!.replace(/[^,]+$/, 'many');
  app.write('rows.csv', [names.join(','), ...rows, ''].join('\n'));
  const { code, stdout } = await app.score('prices', 'rows.csv', 'out.csv', '--workers', '1');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^out\.csv: 119 rows written\n1 rejected, listed in out\.csv\.rejected\.jsonl\n {2}rows\.csv:9 {2}column '\w+': expected .*, got: "many"\n$/,
  );
  const answers = await answersOf(app, RECORDS);
  const [header, ...written] = app.lines('out.csv');
  expect(header).toBe([...names, 'prediction', 'served_entity'].join(','));
  const expected = rows.map((row, i) => `${row},${String(answers[i]!.prediction)},${answers[i]!.served_entity}`);
  expect(written).toEqual(expected.filter((_, i) => i !== 7));
});

test('a named entity scores all rows, without a column', async () => {
  const app = splitApp(STICKY);
  app.write('rows.jsonl', jsonLines(RECORDS.slice(0, 3)));
  expect((await app.score('prices/model_A', 'rows.jsonl', 'out.jsonl')).code).toBe(0);
  expect(app.lines('out.jsonl').map((line) => Object.keys(JSON.parse(line) as object).slice(-1))).toEqual(Array(3).fill(['prediction']));
});

test('a row of a disabled entity is rejected', async () => {
  const app = splitApp(STICKY, (spec) => ({
    ...spec,
    traffic: {
      kind: 'sticky',
      key: { columns: ['id'] },
      salt: 'prices',
      weights: { model_A: 60, model_B: 40 },
      forced: { model_B: ['house 1'] },
    },
    servedEntities: spec.servedEntities.slice(0, 1),
    disabledEntities: ['model_B'],
  }));
  app.write('rows.jsonl', jsonLines(RECORDS.slice(0, 3)));
  expect((await app.score('prices', 'rows.jsonl', 'out.jsonl')).stdout).toBe(
    [
      'out.jsonl: 2 rows written',
      '1 rejected, listed in out.jsonl.rejected.jsonl',
      "  rows.jsonl:2  served entity 'model_B' is disabled",
      '',
    ].join('\n'),
  );
});

describe('fails on', () => {
  test('rows without the key of the split', async () => {
    const app = splitApp(STICKY);
    app.write('rows.csv', 'ID,mo_sold\nx,1\n');
    expect(await app.score('prices', 'rows.csv', 'out.csv')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "rows.csv: column 'id': expected string, because it is the key of the split, got: no such column\n" +
        'rows.csv has the columns \'ID\', \'mo_sold\'; rename "ID" to "id"\n',
    });
    expect(existsSync(app.path('out.csv.parts'))).toBe(false);
  });

  test('a split by a header', async () => {
    const app = splitApp(TrafficSplit.sticky({ header: 'x-user', weights: { model_A: 60, model_B: 40 } }));
    app.write('rows.jsonl', jsonLines(RECORDS.slice(0, 1)));
    expect((await app.score('prices', 'rows.jsonl', 'out.jsonl')).stderr).toBe(
      'expected a split by request columns, got: prices, which splits by the header x-user; name one served entity\n',
    );
  });

  test('a column with the name of the served entity', async () => {
    const app = splitApp(STICKY);
    app.write('rows.jsonl', jsonLines([{ ...RECORDS[0], served_entity: 'model_A' }]));
    expect((await app.score('prices', 'rows.jsonl', 'out.jsonl')).stderr).toBe(
      "rows.jsonl: column 'served_entity': expected no such column, because it is the name of a prediction, got: a column of this name; rename it\n",
    );
  });
});
