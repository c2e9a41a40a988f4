import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { Names, Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';

/**
 * One line of JSON a request. `lambdaRequestId` finds the function's own line; `error` says why API Gateway refused, `integrationError`
 * why it got no answer from the function; times are milliseconds.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const FIELDS = {
  requestId: '$context.requestId',
  lambdaRequestId: '$context.integration.requestId',
  requestTime: '$context.requestTimeEpoch',
  httpMethod: '$context.httpMethod',
  path: '$context.path',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  responseLength: '$context.responseLength',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
  sourceIp: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
  userArn: '$context.identity.userArn',
};

/** The lines of an API's access log. */
export function accessLogFormat(): AccessLogFormat {
  return AccessLogFormat.custom(JSON.stringify(FIELDS));
}

/**
 * The name of an API's access log group. AWS delivers these logs under a resource policy of 5,120 bytes for the whole account, where groups
 * below `/aws/vendedlogs/` share one entry and every other group takes one of its own; so the name cannot be left to CloudFormation. The
 * name of the outermost stack is unique in its account and region, the path in it among its constructs.
 */
export function accessLogGroupName(scope: Construct): string {
  let stack = Stack.of(scope);
  while (stack.nestedStackParent !== undefined) stack = stack.nestedStackParent;
  return `/aws/vendedlogs/apis/${stack.stackName}/${Names.uniqueId(scope)}`;
}
