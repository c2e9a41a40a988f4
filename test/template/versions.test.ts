import { Duration, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type * as FileSystem from 'node:fs';
import { join } from 'node:path';
import { Compute, ServedEntity, ServingEndpoint, type ServingEndpointProps } from '../../lib';
import { houseModel, testApp } from '../helpers/app';
import { houseFeatures, houseTable } from '../helpers/full-app';

jest.mock('node:fs', () => ({ ...jest.requireActual('node:fs') }));
const fs = jest.requireMock<typeof FileSystem>('node:fs');

const FLAGS: Record<string, Record<string, unknown>> = {
  unset: {},
  recommended: JSON.parse(fs.readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8')),
};

interface Variant extends Partial<ServingEndpointProps> {
  readonly version?: string;
  readonly expression?: string;
  readonly also?: (stack: Stack, endpoint: ServingEndpoint) => void;
}

/** The logical id of the published version. A different id means a new version. */
function publishedVersion(flags: Record<string, unknown>, { version, expression, also, ...props }: Variant = {}): string {
  const stack = new Stack(testApp(flags), 'Stack', { description: 'tests' });
  const model = houseModel(stack);
  const features = houseFeatures(houseTable(stack), expression);
  const servedEntities = [
    version === '2' ? ServedEntity.model('price', model.version('2')) : ServedEntity.model('price', model.version('1'), { features }),
  ];
  const endpoint = new ServingEndpoint(stack, 'prices', { servedEntities, ...props });
  also?.(stack, endpoint);
  const versions = Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Version'));
  expect(versions).toHaveLength(1);
  return versions[0]!;
}

/** Runs as if the package had been built with another runtime. */
function withAnotherLayer<T>(use: () => T): T {
  const actual = fs.readFileSync;
  const spy = jest.spyOn(fs, 'readFileSync').mockImplementation(((file: string, ...rest: []) => {
    const content = actual(file, ...rest) as unknown as string;
    return String(file).endsWith('layer-arm64.json') ? JSON.stringify({ ...JSON.parse(content), sha256: 'f'.repeat(64) }) : content;
  }) as typeof fs.readFileSync);
  try {
    return use();
  } finally {
    spy.mockRestore();
  }
}

describe.each(Object.keys(FLAGS))('with flags %s', (name) => {
  const flags = FLAGS[name]!;
  let before: string;
  beforeAll(() => (before = publishedVersion(flags)));

  test('the same app publishes the same version', () => {
    expect(publishedVersion(flags)).toBe(before);
  });

  test.each<[string, Variant]>([
    ['another model version', { version: '2' }],
    ['another expression', { expression: 'sold - year_built + 1' }],
    ['more memory', { compute: Compute.lambdaFunction({ memorySize: Size.mebibytes(2048) }) }],
    ['another timeout', { compute: Compute.lambdaFunction({ timeout: Duration.seconds(5) }) }],
  ])('%s publishes a new version', (_, variant) => {
    expect(publishedVersion(flags, variant)).not.toBe(before);
  });

  test('another runtime or ONNX Runtime publishes a new version', () => {
    expect(withAnotherLayer(() => publishedVersion(flags))).not.toBe(before);
  });

  test.each<[string, Variant]>([
    ['another resource', { also: (stack) => new Topic(stack, 'Topic') }],
    ['a tag on all of the stack', { also: (stack) => Tags.of(stack).add('team', 'houses') }],
    ['a tag on the endpoint', { also: (_, endpoint) => Tags.of(endpoint).add('team', 'houses') }],
    ['another description of the stack', { also: (stack) => (stack.templateOptions.description = 'other') }],
    ['another retention of the log', { logRetention: RetentionDays.ONE_DAY, logRemovalPolicy: RemovalPolicy.DESTROY }],
    ['reserved concurrency', { compute: Compute.lambdaFunction({ reservedConcurrency: 5 }) }],
    ['provisioned concurrency', { compute: Compute.lambdaFunction({ provisionedConcurrency: 5 }) }],
    [
      'an alarm',
      { also: (stack, endpoint) => endpoint.metricErrors().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 }) },
    ],
  ])('%s publishes no version', (_, variant) => {
    expect(publishedVersion(flags, variant)).toBe(before);
  });
});

test.each([
  ['recommended', FLAGS['recommended']!],
  ['recognizeLayerVersion', { '@aws-cdk/aws-lambda:recognizeLayerVersion': true }],
  ['recognizeVersionProps', { '@aws-cdk/aws-lambda:recognizeVersionProps': true }],
])('feature flags (%s) publish no version', (_, flags) => {
  expect(publishedVersion(flags)).toBe(publishedVersion({}));
});

test('the measured size of the layer is its real size', () => {
  for (const architecture of ['arm64', 'x86_64']) {
    const folder = join(__dirname, '../../assets', `layer-${architecture}`);
    const sizes = (fs.readdirSync(folder, { recursive: true }) as string[])
      .map((file) => fs.statSync(join(folder, file)))
      .map((stat) => (stat.isFile() ? stat.size : 0));
    const { bytes } = JSON.parse(fs.readFileSync(`${folder}.json`, 'utf8'));
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  }
});
