import { App, Duration, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { AbTestStack, type AbTestProps } from '../../examples/ab-test/ab-test-stack';
import { acknowledgeFindings } from '../../examples/ab-test/acknowledge-findings';
import { Rollout } from '../../lib';
import { endpointFiles } from '../helpers/app';

let outdir: string;
beforeEach(() => (outdir = mkdtempSync(join(tmpdir(), 'ab-test-'))));
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

function templateOf(props: Partial<AbTestProps>): Template {
  return Template.fromStack(new AbTestStack(new App({ outdir }), 'Stack', { architecture: Architecture.ARM_64, share: 10, ...props }));
}

test('its production uses a canary roll-out', () => {
  const template = templateOf({ rollout: Rollout.canary({ percentage: 10, interval: Duration.minutes(10) }) });
  template.resourceCountIs('AWS::CodeDeploy::DeploymentGroup', 1);
  // those of the roll-out, and that of the inference table
  template.resourceCountIs('AWS::CloudWatch::Alarm', 4 + 1);
});

test('another share publishes another version', () => {
  const versions = [10, 10, 100].map((share) => Object.keys(templateOf({ share }).findResources('AWS::Lambda::Version')));
  expect(versions[0]).toEqual(versions[1]);
  expect(versions[0]).not.toEqual(versions[2]);
});

test('clients call its entities by their names, aliases and stages', () => {
  const stack = new AbTestStack(new App({ outdir }), 'Stack', { architecture: Architecture.ARM_64, share: 10 });
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Route', {
    RouteKey: 'POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
  });
  const { servedEntities, disabledEntities, aliases } = endpointFiles(stack).spec;
  expect(servedEntities.map(({ name }) => name)).toEqual(['model_A', 'model_B', 'inputs']);
  expect(disabledEntities).toEqual(['audit']);
  expect(aliases).toEqual({ Production: 'model_A', challenger: 'model_B' });
});

test.each([
  [true, []],
  [
    false,
    [
      'AwsSolutions-S1',
      'AwsSolutions-IAM5[Resource::<PriceLogDeliveryBucketC2B22261.Arn>/*]',
      'AwsSolutions-IAM5[Resource::<PriceLogBucket613930D6.Arn>/inference/*]',
      'AwsSolutions-IAM5[Resource::*]',
      'AwsSolutions-IAM5[Resource::<PricesFunction46D542AD.Arn>:*]',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'AwsSolutions-IAM5[Resource::<PricesRolloutHookFunction2692424C.Arn>:*]',
    ],
  ],
])('cdk-nag finds, acknowledged: %s, %j', (isAcknowledged, findings) => {
  const app = new App({ outdir, context: { '@aws-cdk/core:failSynthOnValidationErrors': false } });
  const stack = new AbTestStack(app, 'Stack', { architecture: Architecture.ARM_64, share: 10, rollout: Rollout.allAtOnce() });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  if (isAcknowledged) acknowledgeFindings(stack);
  const write = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  app.synth();
  write.mockRestore();
  const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
    pluginReports: { violations: { ruleName: string }[] }[];
  };
  expect(report.pluginReports.flatMap(({ violations }) => violations).map(({ ruleName }) => ruleName)).toEqual(findings);
});

test('its pipeline checks, deploys to staging, then to production, then promotes', () => {
  const { jobs } = parse(readFileSync('examples/ab-test/pipeline.yml', 'utf8')) as {
    jobs: Record<string, { needs?: string; steps: { run?: string }[] }>;
  };
  const own = Object.entries(jobs).map(([name, { needs, steps }]) => [name, needs, steps.at(-1)!.run]);
  expect(own).toEqual([
    ['check', undefined, 'npx cdk-ml-serving check --app "$APP"'],
    ['staging', 'check', 'npx cdk deploy Staging --app "$APP" --require-approval never'],
    ['canary', 'staging', 'npx cdk deploy Production --app "$APP" --require-approval never'],
    ['promote', 'canary', 'npx cdk deploy Production --app "$APP" --require-approval never -c share=100'],
  ]);
});
