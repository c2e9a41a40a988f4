import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compute, Model, type ModelVersion, Rollout, ServedEntity, ServingEndpoint, type ServingEndpointProps } from '../../../lib';
import type { RolloutDocument } from '../../../lib/contract/rollout-document';
import { testApp, testStack } from '../../helpers/app';
import { fixtureArtifact } from '../../helpers/case-app';
import { fixtureCases } from '../../helpers/endpoint-asset';

function version(stack: Stack): ModelVersion {
  return new Model(stack, 'HousePrice').addVersion('1', {
    artifact: fixtureArtifact('house_price_a'),
    cases: 'test/fixtures/house_price_a/cases.json',
  });
}

function endpoint(stack: Stack, props: Partial<ServingEndpointProps>): ServingEndpoint {
  return new ServingEndpoint(stack, 'prices', { servedEntities: [ServedEntity.model('model_A', version(stack))], ...props });
}

function templateOf(props: Partial<ServingEndpointProps>): Template {
  const stack = testStack();
  endpoint(stack, props);
  return Template.fromStack(stack);
}

describe('by CodeDeploy', () => {
  test.each([
    ['at once', Rollout.allAtOnce(), undefined],
    [
      'as a canary',
      Rollout.canary({ percentage: 20, interval: Duration.minutes(5) }),
      { Type: 'TimeBasedCanary', TimeBasedCanary: { CanaryInterval: 5, CanaryPercentage: 20 } },
    ],
    [
      'linearly',
      Rollout.linear({ percentage: 20, interval: Duration.hours(1) }),
      { Type: 'TimeBasedLinear', TimeBasedLinear: { LinearInterval: 60, LinearPercentage: 20 } },
    ],
  ])('shifts the alias %s, with a hook before and alarms that roll back', (_, rollout, routing) => {
    const template = templateOf({ rollout });
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 1);
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: routing === undefined ? 'CodeDeployDefault.LambdaAllAtOnce' : { Ref: Match.anyValue() },
      DeploymentStyle: { DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' },
      AlarmConfiguration: { Enabled: true, Alarms: Array(4).fill({ Name: Match.anyValue() }) },
      AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'] },
    });
    const configs = Object.values(template.findResources('AWS::CodeDeploy::DeploymentConfig'));
    expect(configs.map(({ Properties }) => Properties.TrafficRoutingConfig)).toEqual(routing === undefined ? [] : [routing]);
    const [hook] = Object.keys(
      template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Tests new versions of the endpoint prices' } }),
    );
    const [group] = Object.keys(template.findResources('AWS::CodeDeploy::DeploymentGroup'));
    template.hasResource('AWS::Lambda::Alias', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^pricesRolloutDeploymentGroupServiceRoleDefaultPolicy')]),
      UpdatePolicy: { CodeDeployLambdaAliasUpdate: { BeforeAllowTrafficHook: { Ref: hook }, DeploymentGroupName: { Ref: group } } },
    });
  });

  test('alarms on errors, failures, slow answers and throttles of the new version alone', () => {
    const stack = testStack();
    const { lambdaFunction } = endpoint(stack, { rollout: Rollout.allAtOnce() }).servingFunction!;
    const template = Template.fromStack(stack);
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    expect(
      alarms.map(({ Threshold, EvaluationPeriods, ComparisonOperator, TreatMissingData }) => [
        Threshold,
        EvaluationPeriods,
        ComparisonOperator,
        TreatMissingData,
      ]),
    ).toEqual([1, 1, 5000, 0].map((threshold) => [threshold, 1, 'GreaterThanThreshold', 'notBreaching']));

    const name = stack.resolve(lambdaFunction.functionName) as object;
    const version = stack.resolve(lambdaFunction.currentVersion.version) as object;
    const ofRuntime = expect.arrayContaining([
      { Name: 'FunctionName', Value: name },
      { Name: 'FunctionVersion', Value: version },
    ]);
    const ofLambda = expect.arrayContaining([
      { Name: 'FunctionName', Value: name },
      { Name: 'Resource', Value: { 'Fn::Join': ['', [name, ':live']] } },
      { Name: 'ExecutedVersion', Value: version },
    ]);
    const stat = (Id: string, Namespace: string, MetricName: string, Dimensions: unknown) =>
      expect.objectContaining({
        Id,
        MetricStat: expect.objectContaining({ Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat: 'Sum' }),
      });
    const expression = (Expression: string) => expect.objectContaining({ Expression });
    expect(alarms[0]!.Metrics).toEqual([
      expression('IF(requests >= 20, 100 * errors / requests, 0)'),
      stat('requests', 'AWS/Lambda', 'Invocations', ofLambda),
      stat('errors', 'CdkMlServing', 'Errors', ofRuntime),
    ]);
    expect(alarms[1]!.Metrics).toEqual([
      expression('IF(requests >= 20, 100 * failures / requests, 0)'),
      stat('requests', 'AWS/Lambda', 'Invocations', ofLambda),
      stat('failures', 'AWS/Lambda', 'Errors', ofLambda),
    ]);
    expect(alarms[2]).toMatchObject({ Namespace: 'CdkMlServing', MetricName: 'Latency', ExtendedStatistic: 'p99', Dimensions: ofRuntime });
    expect(alarms[3]).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Throttles', Statistic: 'Sum', Dimensions: ofLambda });
  });

  test('the alarms watch the new version before the alias points to it', () => {
    const template = templateOf({ rollout: Rollout.allAtOnce() });
    const [alias] = Object.values(template.findResources('AWS::Lambda::Alias'));
    expect(alias!.DependsOn).toEqual(expect.arrayContaining(Object.keys(template.findResources('AWS::CloudWatch::Alarm'))));
  });

  test('accepts other limits, and alarms of the user', () => {
    const stack = testStack();
    const own = new Alarm(stack, 'Own', { metric: new Metric({ namespace: 'a', metricName: 'b' }), threshold: 1, evaluationPeriods: 1 });
    const made = endpoint(stack, {
      rollout: Rollout.allAtOnce({
        maxErrorRate: 5,
        minRequests: 100,
        maxThrottles: 2,
        maxP99Latency: Duration.millis(300),
        alarms: [own],
      }),
    });
    const template = Template.fromStack(stack);
    const thresholds = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.Threshold);
    expect(thresholds.sort()).toEqual([1, 2, 300, 5, 5]);
    expect(made.rollbackAlarms).toHaveLength(4);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'IF(requests >= 100, 100 * errors / requests, 0)' })]),
    });
    const [group] = Object.values(template.findResources('AWS::CodeDeploy::DeploymentGroup'));
    expect(group!.Properties.AlarmConfiguration.Alarms).toHaveLength(5);
    expect(made.deploymentGroup!.node.path).toBe('Stack/prices/Rollout/DeploymentGroup');
  });

  test('the hook has the cases of the models, and a permission that does not change with the version', () => {
    const app = testApp();
    const stack = new Stack(app, 'Stack');
    const made = endpoint(stack, { rollout: Rollout.allAtOnce() });
    const { directory } = app.synth();
    const template = Template.fromStack(stack);
    const [hook] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Tests new versions of the endpoint prices' } }),
    );
    const folder = join(directory, `asset.${hook!.Properties.Code.S3Key.replace('.zip', '')}`);
    const document = JSON.parse(readFileSync(join(folder, 'rollout.json'), 'utf8')) as RolloutDocument;
    expect(document).toMatchObject({
      endpointName: 'prices',
      entities: [{ servedEntity: 'model_A', outputs: [{ name: 'variable', element: 'float' }] }],
    });
    expect(document.entities[0]!.cases.cases).toHaveLength(fixtureCases('house_price_a').cases.length);

    const { lambdaFunction } = made.servingFunction!;
    expect(hook!.Properties.Environment.Variables.ML_SERVING_NEW_VERSION).toEqual(stack.resolve(lambdaFunction.currentVersion.functionArn));
    const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement as { Action: unknown; Resource: unknown }[],
    );
    // the same in each deployment: CodeDeploy calls the hook before IAM would know a new version
    const anyVersion = { 'Fn::Join': ['', [stack.resolve(lambdaFunction.functionArn), ':*']] };
    expect(statements.filter(({ Action }) => Action === 'lambda:InvokeFunction').map(({ Resource }) => Resource)).toContainEqual(
      anyVersion,
    );
    expect(statements).toContainEqual(expect.objectContaining({ Action: 'codedeploy:PutLifecycleEventHookExecutionStatus' }));
  });

  test.each([
    [{ percentage: 0, interval: Duration.minutes(1) }, '`percentage` of a roll-out must be a whole number from 1 to 99, got: 0'],
    [{ percentage: 100, interval: Duration.minutes(1) }, '`percentage` of a roll-out must be a whole number from 1 to 99, got: 100'],
    [{ percentage: 0.5, interval: Duration.minutes(1) }, '`percentage` of a roll-out must be a whole number from 1 to 99, got: 0.5'],
    [
      { percentage: 50, interval: Duration.seconds(90) },
      '`interval` of a roll-out must be a whole number of minutes from 1 to 2880, got: 1.5',
    ],
    [{ percentage: 10, interval: Duration.minutes(1), maxErrorRate: -1 }, '`maxErrorRate` must be a percentage from 0 to 100, got: -1'],
    [{ percentage: 10, interval: Duration.minutes(1), maxErrorRate: 101 }, '`maxErrorRate` must be a percentage from 0 to 100, got: 101'],
    [{ percentage: 10, interval: Duration.minutes(1), minRequests: 0.5 }, '`minRequests` must be a whole number, 0 or more, got: 0.5'],
    [{ percentage: 10, interval: Duration.minutes(1), maxThrottles: 0.5 }, '`maxThrottles` must be a whole number, 0 or more, got: 0.5'],
  ])('fails on %j', (options, message) => {
    for (const rollout of [Rollout.canary(options), Rollout.linear(options)])
      expect(() => endpoint(testStack(), { rollout })).toThrow(new Error(`Stack/prices: ${message}`));
  });
});

test.each([
  [Rollout.canary({ percentage: 10, interval: Duration.minutes(30) }), 'CodeDeployDefault.LambdaCanary10Percent30Minutes'],
  [Rollout.linear({ percentage: 10, interval: Duration.minutes(3) }), 'CodeDeployDefault.LambdaLinear10PercentEvery3Minutes'],
])('a predefined configuration of CodeDeploy is used if there is one', (rollout, name) => {
  const template = templateOf({ rollout });
  template.resourceCountIs('AWS::CodeDeploy::DeploymentConfig', 0);
  template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', { DeploymentConfigName: name });
});

describe('the longest roll-out', () => {
  test.each([
    [Rollout.canary({ percentage: 10, interval: Duration.hours(48) })],
    [Rollout.linear({ percentage: 10, interval: Duration.minutes(320) })],
    [Rollout.linear({ percentage: 30, interval: Duration.minutes(960) })],
  ])('takes 48 hours from the first to the last shift', (rollout) => {
    expect(() => endpoint(testStack(), { rollout })).not.toThrow();
  });

  test.each([
    [Rollout.canary({ percentage: 10, interval: Duration.minutes(2881) }), '2880, got: 2881'],
    [
      Rollout.linear({ percentage: 10, interval: Duration.minutes(321) }),
      '320, because CodeDeploy permits 48 hours for its 9 intervals, got: 321',
    ],
    [
      Rollout.linear({ percentage: 30, interval: Duration.minutes(961) }),
      '960, because CodeDeploy permits 48 hours for its 3 intervals, got: 961',
    ],
  ])('fails on more', (rollout, text) => {
    expect(() => endpoint(testStack(), { rollout })).toThrow(
      new Error(`Stack/prices: \`interval\` of a roll-out must be a whole number of minutes from 1 to ${text}`),
    );
  });
});

describe('by weights', () => {
  test.each([
    [10, 0.9],
    [0, 1],
    [100, 0],
    [0.1, 0.999],
  ])('gives the new version %d percent, and the previous one the rest', (weight, previous) => {
    const template = templateOf({ rollout: Rollout.weighted({ previousVersion: '7', weight }) });
    template.hasResourceProperties('AWS::Lambda::Alias', {
      FunctionVersion: { 'Fn::GetAtt': [Match.anyValue(), 'Version'] },
      RoutingConfig: { AdditionalVersionWeights: [{ FunctionVersion: '7', FunctionWeight: previous }] },
    });
    template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 0);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test.each(['', '0', '$LATEST', '1.5', '-1'])('fails on the version %p', (previousVersion) => {
    expect(() => endpoint(testStack(), { rollout: Rollout.weighted({ previousVersion, weight: 10 }) })).toThrow(
      new Error(`Stack/prices: \`previousVersion\` must be the number of a published version, got: ${JSON.stringify(previousVersion)}`),
    );
  });

  test.each([-1, 100.5, NaN])('fails on the weight %p', (weight) => {
    expect(() => endpoint(testStack(), { rollout: Rollout.weighted({ previousVersion: '7', weight }) })).toThrow(
      new Error(`Stack/prices: \`weight\` of a roll-out must be a percentage from 0 to 100, got: ${weight}`),
    );
  });

  test('fails beside provisioned concurrency', () => {
    const props = {
      rollout: Rollout.weighted({ previousVersion: '7', weight: 10 }),
      compute: Compute.lambdaFunction({ provisionedConcurrency: 1 }),
    };
    expect(() => endpoint(testStack(), props)).toThrow(
      new Error(
        'Stack/prices/Function: `provisionedConcurrency` must not be set beside `Rollout.weighted`, because an alias of Lambda can have only one of them, got: both',
      ),
    );
  });
});

describe('provisioned concurrency', () => {
  test('follows the number of requests between two limits', () => {
    const template = templateOf({
      compute: Compute.lambdaFunction({ provisionedConcurrency: 2, maxProvisionedConcurrency: 20, provisionedUtilization: 0.5 }),
    });
    template.hasResourceProperties('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 } });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 20,
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
        TargetValue: 0.5,
      },
    });
  });

  test.each([
    [{ maxProvisionedConcurrency: 5 }, '`maxProvisionedConcurrency` needs `provisionedConcurrency`, got: none'],
    [
      { provisionedConcurrency: 5, maxProvisionedConcurrency: 4 },
      '`maxProvisionedConcurrency` must be at least `provisionedConcurrency`, got: 4 and 5',
    ],
    [{ provisionedConcurrency: 1, provisionedUtilization: 0.5 }, '`provisionedUtilization` needs `maxProvisionedConcurrency`, got: none'],
    [
      { provisionedConcurrency: 1, maxProvisionedConcurrency: 4, provisionedUtilization: 0.95 },
      '`provisionedUtilization` must be from 0.1 to 0.9, got: 0.95',
    ],
  ])('fails on %j', (options, message) => {
    expect(() => endpoint(testStack(), { compute: Compute.lambdaFunction(options) })).toThrow(new Error(`Stack/prices: ${message}`));
  });
});
