import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { Names, Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';

/**
 * The fields of a line. `lambdaRequestId` is the request id in the log of the function. `error` is the reason why API Gateway refused a request,
 * and `integrationError` the reason why it got no answer from the function. Times are in milliseconds.
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

/** The format of an API's access log: one line of JSON for each request. */
export function accessLogFormat(): AccessLogFormat {
  return AccessLogFormat.custom(JSON.stringify(FIELDS));
}

/**
 * The name of an API's access log group. AWS delivers these logs under a resource policy that is limited to 5,120 bytes for the whole account.
 * Groups below `/aws/vendedlogs/` share one entry of the policy, and each other group adds one, so CloudFormation must not generate the name.
 * The name of the outermost stack is unique in its account and region, and the path is unique in the stack.
 */
export function accessLogGroupName(scope: Construct): string {
  let stack = Stack.of(scope);
  while (stack.nestedStackParent !== undefined) stack = stack.nestedStackParent;
  return `/aws/vendedlogs/apis/${stack.stackName}/${Names.uniqueId(scope)}`;
}
