import { type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Stack, Validations } from 'aws-cdk-lib';
import type { FeatureTable } from 'cdk-ml-serving';
import type { HousePricesStack } from './house-prices-stack';

/** The finding for each function that sends traces. */
export const TRACES = {
  id: 'AwsSolutions-IAM5[Resource::*]',
  reason: 'the X-Ray actions that send traces have no resource, so they can only be granted on *',
};

/** Acknowledges the findings of cdk-nag in the example, with reasons. */
export function acknowledgeFindings({ endpoints, featureTables }: HousePricesStack): void {
  for (const { servingFunction } of endpoints) Validations.of(servingFunction!).acknowledge(TRACES);
  for (const table of featureTables) {
    const { materializer, offlineBucket } = table;
    Validations.of(materializer!).acknowledge(TRACES, { id: filesOf(table), reason: 'a Delta Lake table is a folder of files' });
    Validations.of(offlineBucket!).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'an example: it does not record who reads and writes the rows',
    });
  }
}

/** The finding for the files in a feature table's folder. */
function filesOf({ offlineBucket, offlinePrefix }: FeatureTable): string {
  const bucket = offlineBucket!.node.defaultChild as CfnBucket;
  return `AwsSolutions-IAM5[Resource::<${Stack.of(bucket).getLogicalId(bucket)}.Arn>/${offlinePrefix}/*]`;
}
