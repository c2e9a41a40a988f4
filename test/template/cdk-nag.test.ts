import { type App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { FAIL_SYNTH_ON_VALIDATION_ERRORS_CONTEXT, VALIDATION_REPORT_FILE } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rollout, ServedEntity, ServingEndpoint } from '../../lib';
import { houseModel, testApp } from '../helpers/app';
import { type FullApp, fullApp } from '../helpers/full-app';

interface Report {
  readonly pluginReports: {
    readonly violations: { readonly ruleName: string; readonly violatingConstructs: { readonly constructPath: string }[] }[];
  }[];
}

const FILES_OF_FOLDER = 'AwsSolutions-IAM5[Resource::<SalesBucketADEFD0CA.Arn>/house_sales/*]';

const FILES_OF_LOG = 'AwsSolutions-IAM5[Resource::<PriceLogBucket613930D6.Arn>/inference/*]';
const RAW_OBJECTS = 'AwsSolutions-IAM5[Resource::<PriceLogDeliveryBucketC2B22261.Arn>/*]';

const PATHS_OF_ENDPOINT =
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<ApiHttpApi4C294DC0>/$default/*/serving-endpoints/prices/*]';

/** What cdk-nag finds: `rule construct`. */
function findings(app: App): string[] {
  const printed = jest.spyOn(console, 'error').mockImplementation(); // "Performing Policy Validations"
  app.synth();
  printed.mockRestore();
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, VALIDATION_REPORT_FILE), 'utf8')) as Report;
  return pluginReports
    .flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) => violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`))
    .sort();
}

function checkedApp(): { app: App; made: FullApp } {
  const app = testApp({ [FAIL_SYNTH_ON_VALIDATION_ERRORS_CONTEXT]: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, made: fullApp(app) };
}

test('cdk-nag finds wildcards that have no narrower form, buckets without an access log, and the endpoint without auth', () => {
  expect(findings(checkedApp().app)).toEqual([
    ...[
      'GET .',
      'GET .health',
      'GET .version',
      'POST .invocations',
      'POST .serving-endpoints.plain.invocations',
      'POST .serving-endpoints.plain.served-models.{served_entity}.invocations',
    ].map((route) => `AwsSolutions-APIG4 Serving/plain/Api/MlServingEndpoints/${route}/Resource`),
    'AwsSolutions-IAM5[Resource::*] Serving/PriceLog/Ingestion/Role/DefaultPolicy/Resource',
    'AwsSolutions-IAM5[Resource::*] Serving/features/Function/Role/DefaultPolicy/Resource',
    'AwsSolutions-IAM5[Resource::*] Serving/plain/Function/Role/DefaultPolicy/Resource',
    'AwsSolutions-IAM5[Resource::*] Serving/prices/Function/Role/DefaultPolicy/Resource',
    'AwsSolutions-IAM5[Resource::*] Tables/Sales/Materializer/Role/DefaultPolicy/Resource',
    `${FILES_OF_LOG} Serving/PriceLog/Ingestion/Role/DefaultPolicy/Resource`,
    `${RAW_OBJECTS} Serving/PriceLog/Delivery/StreamRole/Resource`,
    `${RAW_OBJECTS} Serving/PriceLog/Ingestion/Role/DefaultPolicy/Resource`,
    `${FILES_OF_FOLDER} Tables/Sales/Materializer/Role/DefaultPolicy/Resource`,
    `${FILES_OF_FOLDER} Tables/Writer/DefaultPolicy/Resource`,
    `${PATHS_OF_ENDPOINT} Serving/Caller/DefaultPolicy/Resource`,
    'AwsSolutions-S1 Serving/PriceLog/Bucket/Resource',
    'AwsSolutions-S1 Serving/PriceLog/Delivery/Bucket/Resource',
    'AwsSolutions-S1 Tables/Sales/Bucket/Resource',
  ]);
});

test('cdk-nag finds nothing when a user has acknowledged these', () => {
  const { app, made } = checkedApp();
  for (const { servingFunction } of [made.prices, made.features, made.plain]) {
    Validations.of(servingFunction!.role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason: 'X-Ray has no resources to name' });
  }
  const { materializer, offlineBucket } = made.sales;
  Validations.of(materializer!.role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason: 'X-Ray has no resources to name' });
  for (const role of [materializer!.role, made.writer]) {
    Validations.of(role).acknowledge({ id: FILES_OF_FOLDER, reason: 'a Delta Lake table is the files of a folder' });
  }
  Validations.of(offlineBucket!).acknowledge({ id: 'AwsSolutions-S1', reason: 'CloudTrail records the data events of the bucket' });
  const { inferenceTable } = made;
  for (const id of ['AwsSolutions-IAM5[Resource::*]', FILES_OF_LOG, RAW_OBJECTS]) {
    Validations.of(inferenceTable).acknowledge({
      id,
      reason: 'X-Ray has no resources to name; a table is the files of a folder, and raw objects are all of theirs',
    });
  }
  Validations.of(inferenceTable).acknowledge({ id: 'AwsSolutions-S1', reason: 'CloudTrail records the data events of the buckets' });
  // `acknowledge` does not accept an id with two `::`
  const paths = { [PATHS_OF_ENDPOINT]: 'all paths of one endpoint' };
  made.serving.node.findChild('Caller').node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, paths);
  Validations.of(made.plain).acknowledge({ id: 'AwsSolutions-APIG4', reason: 'predicts from public data for anyone' });
  expect(findings(app)).toEqual([]);
});

test('cdk-nag finds the managed policy of CodeDeploy, and the permissions to call any version of the hook and of the function', () => {
  const app = testApp({ [FAIL_SYNTH_ON_VALIDATION_ERRORS_CONTEXT]: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stack = new Stack(app, 'Serving');
  new ServingEndpoint(stack, 'prices', {
    servedEntities: [ServedEntity.model('price', houseModel(stack).version('1'))],
    rollout: Rollout.canary({ percentage: 10, interval: Duration.minutes(10) }),
  });
  expect(findings(app).filter((finding) => finding.includes('/Rollout/'))).toEqual([
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited] Serving/prices/Rollout/DeploymentGroup/ServiceRole/Resource',
    'AwsSolutions-IAM5[Resource::<pricesFunction029252A8.Arn>:*] Serving/prices/Rollout/Hook/Role/DefaultPolicy/Resource',
    'AwsSolutions-IAM5[Resource::<pricesRolloutHookFunction6E81081F.Arn>:*] Serving/prices/Rollout/DeploymentGroup/ServiceRole/DefaultPolicy/Resource',
  ]);
});
