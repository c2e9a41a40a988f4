// The command as a process, on apps that serve models of the fixtures.
import { Size, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Column, ModelArtifact, Routine, SignatureSource } from 'cdk-ml-serving';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseAssembly, changedCases, fixtureArtifact, fixtureWithCases } from '../../helpers/case-app';
import { runCli } from '../../helpers/dev';
import { fixtureCases } from '../../helpers/endpoint-asset';
import { folderOf } from '../../helpers/folder';

jest.setTimeout(120_000);

const FIXTURES = 'test/fixtures';

const check = (assembly: string) => runCli(folderOf({}), ['check', '--app', assembly]);

test('every model of the fixtures answers its cases', async () => {
  const folders = readdirSync(FIXTURES).filter((name) => readdirSync(FIXTURES).includes(name) && isModel(name));
  const models = [
    ...folders.filter((name) => !['unknown_rank', 'sequence_output'].includes(name)).map((name) => fixtureWithCases(name)),
    fixtureWithCases('sequence_output', ['y']),
    ...readdirSync(join(FIXTURES, 'dtypes')).map((name) => fixtureWithCases(`dtypes/${name}`)),
  ];
  expect(models.length).toBeGreaterThan(30);
  const { code, stdout, stderr } = await check(caseAssembly(models));
  const counts = models.map(
    ({ name, cases }) => [name, fixtureCases(cases!.slice(FIXTURES.length + 1, -'/cases.json'.length)).cases.length] as const,
  );
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  expect(stdout.trim().split('\n')).toEqual([
    ...counts.flatMap(([name, count]) => [`Serving/serve_${name}, main: ${name} version 1`, `  ${count} cases as expected`]),
    `${models.length} model versions served, ${total} cases as expected`,
  ]);
  expect([code, stderr]).toEqual([0, '']);
});

function isModel(name: string): boolean {
  return !/\.|^(bad|delta|dtypes|mlflow)$/.test(name) && readdirSync(join(FIXTURES, name)).includes('cases.json');
}

describe('an answer that is not as expected', () => {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the document is any JSON
  const expectOf = (document: any, row: number, name: string, value: unknown): void => {
    document.cases[row].name = 'changed';
    document.cases[row].expected[name] = value;
  };

  test('is reported with its case, row, output, both values and the tolerance', async () => {
    const models = [
      {
        name: 'numbers',
        artifact: fixtureArtifact('scalar_output', ['y']),
        cases: changedCases('scalar_output', (document) => {
          for (const { expected } of document.cases) delete expected.batch_mean;
          expectOf(document, 3, 'y', 6.5);
          expectOf(document, 4, 'y', 8.0000001);
          expectOf(document, 5, 'y', 'NaN');
        }),
      },
      {
        name: 'text',
        artifact: fixtureArtifact('multi_output'),
        cases: changedCases('multi_output', (document) => {
          expectOf(document, 0, 'tier', 'few');
          expectOf(document, 0, 'free_shipping', false);
          expectOf(document, 0, 'total', 1);
        }),
      },
      {
        name: 'classes',
        artifact: fixtureArtifact('iris_forest_zipmap'),
        cases: changedCases('iris_forest_zipmap', (document) => {
          expectOf(document, 2, 'output_probability', { setosa: 0.25, versicolor: 0.5, virginica: 0.25 });
          expectOf(document, 2, 'output_label', 'rose');
        }),
      },
      {
        name: 'wholes',
        artifact: fixtureArtifact('breast_cancer_tensor'),
        cases: changedCases('breast_cancer_tensor', (document) => {
          document.cases = document.cases.slice(0, 1);
          document.cases[0].expected.probabilities[1] += 1;
          document.cases[0].expected.label = 1 - document.cases[0].expected.label;
        }),
      },
      {
        name: 'shapes',
        artifact: fixtureArtifact('image_conv'),
        cases: changedCases('image_conv', (document) => {
          document.cases = document.cases.slice(0, 1);
          document.cases[0].expected = { logits: [1, 2] };
        }),
      },
    ];
    const { code, stdout, stderr } = await check(caseAssembly(models));
    expect(stderr).toBe('');
    const [row] = fixtureCases('breast_cancer_tensor').cases;
    const { label, probabilities } = row!.expected as { label: number; probabilities: number[] };
    const near = expect.stringMatching(
      new RegExp(
        `^    case '${row!.name}', row 0, output 'probabilities\\[1\\]': expected ${String(probabilities[1]! + 1)} within 0.00002 \\+ 0.001·\\|expected\\|, got: [\\d.e-]+$`,
      ),
    );
    expect(stdout.trim().split('\n')).toEqual([
      'Serving/serve_numbers, main: numbers version 1',
      '  2 of 20 cases not as expected',
      "    case 'changed', row 3, output 'y': expected 6.5 within 0.000001 + 0.00001·|expected|, got: 6",
      "    case 'changed', row 5, output 'y': expected \"NaN\" within 0.000001 + 0.00001·|expected|, got: 10",
      'Serving/serve_text, main: text version 1',
      '  1 of 27 cases not as expected',
      "    case 'changed', row 0, output 'total': expected 1 within 1e-9 + 1e-12·|expected|, got: 116.95500000000001",
      "    case 'changed', row 0, output 'free_shipping': expected false exactly, got: true",
      '    case \'changed\', row 0, output \'tier\': expected "few" exactly, got: "many"',
      'Serving/serve_classes, main: classes version 1',
      '  1 of 31 cases not as expected',
      expect.stringContaining("    case 'changed', row 2, output 'output_label': expected \"rose\" exactly, got: \""),
      expect.stringContaining(
        "    case 'changed', row 2, output 'output_probability[\"setosa\"]': expected 0.25 within 0.00001 + 0.0001·|expected|, got: ",
      ),
      'Serving/serve_wholes, main: wholes version 1',
      '  1 of 1 case not as expected',
      `    case '${row!.name}', row 0, output 'label': expected ${1 - label} exactly, got: ${label}`,
      near,
      'Serving/serve_shapes, main: shapes version 1',
      '  1 of 1 case not as expected',
      expect.stringContaining("row 0, output 'logits': expected a list of 2 exactly, got: a list of 10"),
      '5 model versions served, 6 of 80 cases not as expected',
    ]);
    expect(code).toBe(1);
  });

  test('is one that is no prediction, too', async () => {
    const entry = `${folderOf({
      'own.js': `exports.preprocess = ({ n }) => {
        if (n === 1) throw Object.assign(new Error('n must not be 1'), { status: 400 });
        if (n === 2) throw new Error('broken');
        return { x: n };
      };`,
    })}/own.js`;
    const routine = Routine.fromModule({ entry, preprocess: { inputs: [Column.integer('n')], outputs: [Column.float('x')] } });
    const cases = [1, 2, 3].map((n) => ({ name: `n is ${n}`, row: { n }, expected: { y: 2 * n } }));
    const file = `${folderOf({ 'cases.json': JSON.stringify({ tolerance: { rtol: 0, atol: 0 }, cases }) })}/cases.json`;
    const { code, stdout } = await check(
      caseAssembly([{ name: 'own', artifact: fixtureArtifact('scalar_output', ['y']), routine, cases: file }]),
    );
    expect(stdout.trim().split('\n')).toEqual([
      'Serving/serve_own, main: own version 1',
      '  2 of 3 cases not as expected',
      "    case 'n is 1', row 0: expected an answer, got: 400 row 0: expected values that preprocess of routine 'own' takes, got: its refusal: n must not be 1",
      "    case 'n is 2', row 1: expected an answer, got: 500 row 0: expected preprocess of routine 'own' to return an object of its outputs, got: an error, which is in the log (broken)",
      '1 model version served, 2 of 3 cases not as expected',
    ]);
    expect(code).toBe(1);
  });
});

test('what only ONNX Runtime sees of a model is said with the model and its file', async () => {
  const names = ['type_error', 'unknown_op'];
  const models = names.map((name) => ({ name, artifact: ModelArtifact.fromOnnx(`${FIXTURES}/bad/${name}.onnx`) }));
  const { code, stdout, stderr } = await check(caseAssembly([...models, { name: 'good', artifact: fixtureArtifact('legacy_ir3') }]));
  const said = (name: string, why: string): unknown[] => [
    `Serving/serve_${name}, main: ${name} version 1`,
    expect.stringMatching(new RegExp(`^  models/${name}/1/model\\.onnx: expected a model that ONNX Runtime runs, got: ${why}`)),
  ];
  expect(stdout.trim().split('\n')).toEqual([
    ...said('type_error', 'Type Error: Type parameter \\(T\\) of Optype \\(Add\\) bound to different types'),
    ...said('unknown_op', 'This is an invalid model\\. .*No Op registered for Relux'),
    'Serving/serve_good, main: good version 1',
    '  loads; it has no cases',
    '3 model versions served, 2 that do not load, no cases',
  ]);
  expect([code, stderr]).toEqual([1, '']);
});

test('an app in stages, whose cloud assembly lies elsewhere', async () => {
  const { code, stdout } = await check(caseAssembly([fixtureWithCases('external_data')], { stage: true }));
  expect(stdout).toBe(
    'Prod/Serving/serve_external_data, main: external_data version 1\n  20 cases as expected\n1 model version served, 20 cases as expected\n',
  );
  expect(code).toBe(0);
});

test('an app that serves no model', async () => {
  const { code, stdout, stderr } = await check(caseAssembly([]));
  expect([code, stdout, stderr]).toEqual([0, '0 model versions served, no cases\n', '']);
});

test('the app of cdk.json, which looks features up: nothing but its model runs', async () => {
  const { code, stdout, stderr } = await runCli(join(__dirname, '..', 'house-app'), ['check', '-c', 'a=b']);
  expect(stdout).toBe('Serving/prices, house_price: Price version 1\n  loads; it has no cases\n1 model version served, no cases\n');
  expect([code, stderr]).toEqual([0, '']);
});

test('fails on a serving function whose code is not there', async () => {
  const assembly = caseAssembly([fixtureWithCases('legacy_ir3')]);
  const template = JSON.parse(readFileSync(join(assembly, 'Serving.template.json'), 'utf8')) as {
    Resources: Record<string, { Type: string }>;
  };
  const [logicalId, fn] = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::Lambda::Function')!;
  Object.assign((fn as unknown as { Properties: object }).Properties, { Code: { ZipFile: '' } });
  writeFileSync(join(assembly, 'Serving.template.json'), JSON.stringify(template));
  const { code, stdout, stderr } = await check(assembly);
  const message = `Serving/serve_legacy_ir3: expected the code of the function ${logicalId} in the cloud assembly, got: none\n`;
  expect([code, stdout, stderr]).toEqual([1, '', message]);
});

test('a model in S3 runs from its local copy, or is not checked', async () => {
  const file = join(process.cwd(), FIXTURES, 'legacy_ir3/model.onnx');
  const bucket = Bucket.fromBucketName(new Stack(), 'Models', 'models');
  const cases = `${FIXTURES}/legacy_ir3/cases.json`;
  const columns = fixtureCases('legacy_ir3').columns!.map((name) => Column.double(name, { nullable: true }));
  const signature = SignatureSource.fromOnnx(file, { columns });
  const [own, another] = [readFileSync(file), 'another file'].map((of) => createHash('sha256').update(of).digest('hex'));
  const models = [
    { name: 'copied', artifact: ModelArtifact.fromS3(bucket, 'a.onnx', { sha256: own!, signature }), cases },
    { name: 'other', artifact: ModelArtifact.fromS3(bucket, 'b.onnx', { sha256: another!, signature, size: Size.mebibytes(1) }), cases },
  ];
  const assembly = caseAssembly(models);
  const { code, stdout } = await runCli(process.cwd(), ['check', '--app', assembly]);
  expect(stdout.trim().split('\n')).toEqual([
    'Serving/serve_copied, main: copied version 1',
    '  20 cases as expected',
    'Serving/serve_other, main: other version 1',
    '  not checked: it is in S3 as b.onnx, and the app has no local copy of it (SignatureSource.fromOnnx)',
    '2 model versions served, 1 not checked, 20 cases as expected',
  ]);
  expect(code).toBe(0);
});
