import { type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Stack, Validations } from 'aws-cdk-lib';
import type { FeatureTable } from 'cdk-ml-serving';
import type { HousePricesStack } from './house-prices-stack';

/** The finding of every function that sends traces. */
export const TRACES = {
  id: 'AwsSolutions-IAM5[Resource::*]',
  reason: 'X-Ray takes traces without a resource: xray:PutTraceSegments and xray:PutTelemetryRecords can be granted on * alone',
};

/** Acknowledges what cdk-nag finds in the example, with the reason why it stays. */
export function acknowledgeFindings({ endpoints, featureTables }: HousePricesStack): void {
  for (const { servingFunction } of endpoints) Validations.of(servingFunction!).acknowledge(TRACES);
  for (const table of featureTables) {
    const { materializer, offlineBucket } = table;
    Validations.of(materializer!).acknowledge(TRACES, { id: filesOf(table), reason: 'a Delta Lake table is the files of a folder' });
    Validations.of(offlineBucket!).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'an example: who reads and writes the rows is not recorded',
    });
  }
}

/** The finding that names the files of a feature table's folder. */
function filesOf({ offlineBucket, offlinePrefix }: FeatureTable): string {
  const bucket = offlineBucket!.node.defaultChild as CfnBucket;
  return `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).getLogicalId(bucket)}.Arn>/${offlinePrefix}/*]`;
}
