import { App, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { appendRows } from '../../lambda/delta/append-rows';
import { FolderStore } from '../../lambda/stores/folder-store';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import { acknowledgeFindings } from '../../examples/acknowledge-findings';
import { HousePricesStack } from '../../examples/house-prices-stack';
import { type RunningDev, startDev } from '../helpers/dev';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '..', '..');
const DATA = join(ROOT, 'examples', 'data');

describe('synthesized', () => {
  let outdir: string;
  beforeEach(() => (outdir = mkdtempSync(join(tmpdir(), 'example-'))));
  afterEach(() => rmSync(outdir, { recursive: true, force: true }));

  const newApp = (): App => new App({ outdir, context: { '@aws-cdk/core:failSynthOnValidationErrors': false } });
  const newStack = (app: App, architecture = Architecture.ARM_64): HousePricesStack =>
    new HousePricesStack(app, 'HousePrices', { architecture, modelVersion: '1' });

  test.each([Architecture.ARM_64, Architecture.X86_64])('its functions run on $name', (architecture) => {
    const template = Template.fromStack(newStack(newApp(), architecture));
    // those that bring rows online run no native code
    template.resourceCountIs('AWS::Lambda::Function', 3 + 2);
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { Architectures: [architecture.name], Layers: Match.anyValue() }, 3);
  });

  test('its endpoints share one API and their URLs are outputs', () => {
    const template = Template.fromStack(newStack(newApp()));
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    for (const name of ['predicted_price', 'price_from_request', 'price_by_id']) {
      const output = { Value: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(`/serving-endpoints/${name}/invocations$`)])] } };
      expect(Object.keys(template.findOutputs('*', output))).toHaveLength(1);
    }
  });

  test('the model with lookup takes three features of the table, one computed, and the rest from the request', () => {
    const [, , byId] = newStack(newApp()).endpoints;
    expect(byId!.lineage.house_price!.map(({ column, source }) => [column, String(source)])).toEqual([
      ['overall_qual', 'lookup'],
      ['gr_liv_area', 'lookup'],
      ['house_age', 'function'],
      ['garage_cars', 'request'],
      ['lot_area', 'request'],
      ['mo_sold', 'request'],
    ]);
  });

  test.each([
    [true, []],
    [
      false,
      [
        'AwsSolutions-S1',
        'AwsSolutions-IAM5[Resource::<HousesBucket4D36FA59.Arn>/houses/*]',
        'AwsSolutions-IAM5[Resource::*]',
        'AwsSolutions-IAM5[Resource::<PredictedPricesBucketC12D7711.Arn>/predicted_prices/*]',
      ],
    ],
  ])('cdk-nag finds, acknowledged: %s, %j', (acknowledged, findings) => {
    const app = newApp();
    const stack = newStack(app);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    if (acknowledged) acknowledgeFindings(stack);
    const write = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    app.synth();
    write.mockRestore();
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
      pluginReports: { violations: { ruleName: string }[] }[];
    };
    expect(report.pluginReports.flatMap(({ violations }) => violations).map(({ ruleName }) => ruleName)).toEqual(findings);
  });
});

// what the model's own library answers to the first house with the values of the test below
const PREDICTED = [
  ['1', 173775.390625],
  ['2', 173833.484375],
] as const;

describe.each(PREDICTED)('on this machine with version %s of the model', (modelVersion, predicted) => {
  const offline = mkdtempSync(join(tmpdir(), 'example-offline-'));
  const start = (): Promise<RunningDev> => {
    const loads = ['houses=houses.csv', 'predicted_prices=predicted_prices.csv'].map((load) => load.replace('=', `=${DATA}/`));
    return startDev(ROOT, ['-c', `modelVersion=${modelVersion}`, '--offline', offline, ...loads.flatMap((load) => ['--load', load])]);
  };
  let dev: RunningDev;
  beforeAll(async () => (dev = await start()));
  afterAll(async () => {
    await dev.stop();
    rmSync(offline, { recursive: true });
  });

  const ask = async (endpoint: string, record: object): Promise<unknown> => {
    const response = await fetch(`${dev.urls[0]}/serving-endpoints/${endpoint}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataframe_records: [record] }),
    });
    return response.json();
  };

  test('prints a request and its answer for each endpoint', () => {
    const shown = [...dev.stdout().matchAll(/^(\w+): http\S+\n {2}curl -s .+\n {2}(.+)$/gm)].map(([, name, answer]) => [
      name,
      Object.keys(JSON.parse(answer!) as object),
    ]);
    expect(shown).toEqual([
      ['predicted_price', ['outputs', 'feature_states']],
      ['price_from_request', ['predictions']],
      ['price_by_id', ['predictions']],
    ]);
  });

  test('features looked up by key are the row that was loaded', async () => {
    const [id, , price] = readFileSync(join(DATA, 'predicted_prices.csv'), 'utf8').split('\n')[1]!.split(',');
    expect(await ask('predicted_price', { id })).toEqual({ outputs: [{ id, predicted_price: Number(price) }], feature_states: [{}] });
  });

  test('looked-up and computed features give the same prediction as the same values in the request', async () => {
    const [id, , overall_qual, gr_liv_area, year_built] = readFileSync(join(DATA, 'houses.csv'), 'utf8').split('\n')[1]!.split(',');
    const rest = { garage_cars: 2, lot_area: 7000, mo_sold: 3 };
    const values = { overall_qual: Number(overall_qual), gr_liv_area: Number(gr_liv_area), house_age: 2025 - Number(year_built) };
    const byId = await ask('price_by_id', { id, yr_sold: 2025, ...rest });
    expect(byId).toEqual(await ask('price_from_request', { ...values, ...rest }));
    expect(byId).toEqual({ predictions: [predicted] });
  });

  test('prints what it loaded and materialized', () => {
    expect(dev.stderr()).toContain(
      [
        'IAM authorization is not checked here',
        'houses: 300 rows written; version 1',
        'houses: version 1 is online, 300 rows written',
        'predicted_prices: 300 rows written; version 1',
        'predicted_prices: version 1 is online, 300 rows written',
        '',
      ].join('\n'),
    );
  });

  test('a commit by another process is served within a second', async () => {
    const [id, time] = readFileSync(join(DATA, 'predicted_prices.csv'), 'utf8').split('\n')[1]!.split(',');
    const io = tableWriterIo(new FolderStore(join(offline, 'predicted_prices')));
    const columns = [[id], [BigInt(Date.parse(time!)) * 1000n + 1n], [1.5]];
    const rows = async function* () { yield await Promise.resolve({ rowCount: 1, columns }); }; // prettier-ignore
    expect(await appendRows(io, { rows: rows() })).toMatchObject({ version: 2 });
    const committed = Date.now();
    const later = { outputs: [{ id, predicted_price: 1.5 }], feature_states: [{}] };
    while (JSON.stringify(await ask('predicted_price', { id })) !== JSON.stringify(later)) await setTimeout(20);
    expect(Date.now() - committed).toBeLessThan(1000);
    await dev.says('predicted_prices: version 2 is online, 1 row written');
  });

  test('a second start materializes the folder, and loads nothing twice', async () => {
    const [id] = readFileSync(join(DATA, 'houses.csv'), 'utf8').split('\n')[1]!.split(',');
    const before = await ask('price_by_id', { id, yr_sold: 2025 });
    await dev.stop();
    dev = await start();
    expect(dev.stderr()).toMatch(/^houses: version 1 is online, 300 rows written$/m);
    expect(dev.stderr()).toMatch(/^houses: 0 rows written, 300 unchanged; version 1$/m);
    expect(await ask('price_by_id', { id, yr_sold: 2025 })).toEqual(before);
  });
});
