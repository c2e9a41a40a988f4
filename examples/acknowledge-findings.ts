import { Validations } from 'aws-cdk-lib';
import type { ServingEndpoint } from 'cdk-ml-serving';

/** Acknowledges what cdk-nag finds in the example, with the reason why it stays. */
export function acknowledgeFindings(endpoints: readonly ServingEndpoint[]): void {
  for (const endpoint of endpoints) {
    Validations.of(endpoint.servingFunction).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray takes traces without a resource: xray:PutTraceSegments and xray:PutTelemetryRecords can be granted on * alone',
    });
  }
}
