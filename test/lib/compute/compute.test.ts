import { Duration, Size, type Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Compute, type LambdaFunctionOptions, ServedEntity, ServingEndpoint } from '../../../lib';
import { houseModel, testStack } from '../../helpers/app';

function makeEndpoint(stack: Stack, options?: LambdaFunctionOptions): ServingEndpoint {
  const servedEntities = [ServedEntity.model('model_A', houseModel(stack).version('1'))];
  return new ServingEndpoint(stack, 'prices', { servedEntities, compute: Compute.lambdaFunction(options) });
}

test('a function has 1 GiB, 29 seconds and arm64 by default', () => {
  const stack = testStack();
  makeEndpoint(stack);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: 1024,
    Timeout: 29,
    Architectures: ['arm64'],
    Runtime: 'nodejs24.x',
    ReservedConcurrentExecutions: Match.absent(),
  });
  template.hasResourceProperties('AWS::Lambda::LayerVersion', { CompatibleArchitectures: ['arm64'] });
  template.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live', ProvisionedConcurrencyConfig: Match.absent() });
});

test('a function has the requested settings', () => {
  const stack = testStack();
  makeEndpoint(stack, {
    memorySize: Size.gibibytes(2),
    timeout: Duration.seconds(3),
    architecture: Architecture.X86_64,
    reservedConcurrency: 5,
    provisionedConcurrency: 5,
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: 2048,
    Timeout: 3,
    Architectures: ['x86_64'],
    ReservedConcurrentExecutions: 5,
  });
  template.hasResourceProperties('AWS::Lambda::LayerVersion', { CompatibleArchitectures: ['x86_64'] });
  template.hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 5 } });
});

test('zero stops a function', () => {
  const stack = testStack();
  makeEndpoint(stack, { reservedConcurrency: 0 });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 0 });
});

test('accepts numbers that are known only at deployment', () => {
  const stack = testStack();
  const number = (Ref: string) => Token.asNumber({ Ref });
  makeEndpoint(stack, {
    memorySize: Size.mebibytes(number('Memory')),
    timeout: Duration.seconds(number('Timeout')),
    reservedConcurrency: number('Reserved'),
    provisionedConcurrency: number('Provisioned'),
    maxProvisionedConcurrency: number('MaxProvisioned'),
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Alias', {
    ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: { Ref: 'Provisioned' } },
  });
  template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
    MinCapacity: { Ref: 'Provisioned' },
    MaxCapacity: { Ref: 'MaxProvisioned' },
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: { Ref: 'Memory' },
    Timeout: { Ref: 'Timeout' },
    ReservedConcurrentExecutions: { Ref: 'Reserved' },
  });
});

test('one Compute can be used in several stacks', () => {
  const compute = Compute.lambdaFunction({ memorySize: Size.mebibytes(512) });
  for (const stack of [testStack(), testStack()]) {
    new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('model_A', houseModel(stack).version('1'))], compute });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { MemorySize: 512 });
  }
});

test.each([
  [Size.mebibytes(127), '127'],
  [Size.mebibytes(10_241), '10241'],
  [Size.kibibytes(1024 * 128 + 512), '128.5'],
])('fails on memory of %p', (memorySize, got) => {
  expect(() => makeEndpoint(testStack(), { memorySize })).toThrow(
    new Error(`Stack/prices: \`memorySize\` must be a whole number of MiB from 128 to 10240, got: ${got}`),
  );
});

test.each([Size.mebibytes(128), Size.mebibytes(10_240)])('accepts memory of %p', (memorySize) => {
  expect(() => makeEndpoint(testStack(), { memorySize })).not.toThrow();
});

test.each([
  [Duration.seconds(0), '0'],
  [Duration.seconds(30), '30'],
  [Duration.millis(1500), '1.5'],
])('fails on a timeout of %p', (timeout, got) => {
  expect(() => makeEndpoint(testStack(), { timeout })).toThrow(
    new Error(`Stack/prices: \`timeout\` must be a whole number of seconds from 1 to 29, got: ${got}`),
  );
});

test('fails on an architecture that Lambda does not have', () => {
  expect(() => makeEndpoint(testStack(), { architecture: Architecture.custom('riscv') })).toThrow(
    new Error('Stack/prices: `architecture` must be arm64 or x86_64, got: riscv'),
  );
});

test.each([
  ['reservedConcurrency', -1, 0],
  ['reservedConcurrency', 1.5, 0],
  ['provisionedConcurrency', 0, 1],
  ['provisionedConcurrency', NaN, 1],
] as const)('fails on %s of %p', (prop, value, least) => {
  expect(() => makeEndpoint(testStack(), { [prop]: value })).toThrow(
    new Error(`Stack/prices: \`${prop}\` must be a whole number, ${least} or more, got: ${value}`),
  );
});

test('fails on more provisioned than reserved concurrency', () => {
  expect(() => makeEndpoint(testStack(), { reservedConcurrency: 4, provisionedConcurrency: 5 })).toThrow(
    new Error('Stack/prices: `provisionedConcurrency` must be at most `reservedConcurrency`, got: 5 and 4'),
  );
});

test('fails on more instances than reserved concurrency', () => {
  const options = { reservedConcurrency: 4, provisionedConcurrency: 2, maxProvisionedConcurrency: 5 };
  expect(() => makeEndpoint(testStack(), options)).toThrow(
    new Error('Stack/prices: `maxProvisionedConcurrency` must be at most `reservedConcurrency`, got: 5 and 4'),
  );
});
