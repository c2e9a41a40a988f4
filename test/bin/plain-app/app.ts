import { App, Annotations, CfnOutput, Duration, Stack, Stage } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { join } from 'node:path';

/** A CDK app without this library's constructs: a table and a queue in one stack, a function behind an HTTP API in another. */
const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
if (context('throw') !== undefined) throw new Error('the app throws');

const data = new Stack(app, 'Data');
const table = new TableV2(data, 'Items', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  sortKey: { name: 'at', type: AttributeType.NUMBER },
});
const queue = new Queue(data, 'Queue');

const serving = new Stack(new Stage(app, 'Prod'), 'Serving');
const echo = new LambdaFunction(serving, 'Echo', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromAsset(join(__dirname, 'function')),
});

const local = new Stack(app, 'Api');
const code = Code.fromAsset(join(__dirname, 'function'));
const handler = new LambdaFunction(local, 'Echo', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code,
  memorySize: 512,
  timeout: Duration.seconds(1),
  environment: { TABLE: table.tableName, QUEUE: queue.queueUrl, GREETING: context('greeting') ?? 'hello' },
});
const api = new HttpApi(local, 'HttpApi');
const integration = new HttpLambdaIntegration('Integration', handler.currentVersion);
api.addRoutes({ path: '/items/{id}', methods: [HttpMethod.GET, HttpMethod.POST], integration });
api.addRoutes({ path: '/files/{path+}', methods: [HttpMethod.ANY], integration });
new CfnOutput(local, 'Url', { value: api.url! });
new CfnOutput(serving, 'Arn', { value: echo.functionArn });
new CfnOutput(data, 'Context', { value: JSON.stringify([context('fromCdkJson'), context('fromBoth'), context('given')]) });

if (context('error') !== undefined) Annotations.of(table).addError('this table is wrong');
if (context('lookup') !== undefined)
  Vpc.fromLookup(new Stack(app, 'Looked', { env: { account: '123456789012', region: 'eu-west-1' } }), 'Vpc', { isDefault: true });
app.synth();
