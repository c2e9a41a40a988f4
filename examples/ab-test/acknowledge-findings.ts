import { Stack, Validations } from 'aws-cdk-lib';
import { type CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type IConstruct } from 'constructs';
import { TRACES } from '../acknowledge-findings';
import type { AbTestStack } from './ab-test-stack';

/** Acknowledges what cdk-nag finds in the example, with the reason why it stays. */
export function acknowledgeFindings({ endpoint, inferenceTable }: AbTestStack): void {
  const { servingFunction, endpointName, deploymentGroup } = endpoint;
  Validations.of(servingFunction!).acknowledge(TRACES);

  const { bucket, delivery, ingestion } = inferenceTable;
  const rawObjects = { id: filesOf(delivery.bucket, '*'), reason: 'the bucket holds the raw objects and nothing else' };
  Validations.of(delivery).acknowledge(rawObjects);
  Validations.of(ingestion).acknowledge(TRACES, rawObjects, {
    id: filesOf(bucket, `${endpointName}_inference/*`),
    reason: 'a Delta Lake table is the files of a folder',
  });
  for (const one of [bucket, delivery.bucket]) {
    Validations.of(one).acknowledge({ id: 'AwsSolutions-S1', reason: 'an example: who reads and writes the rows is not recorded' });
  }

  if (deploymentGroup === undefined) return;
  Validations.of(deploymentGroup).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${hookOf(endpoint)}.Arn>:*]`,
    reason: 'CodeDeploy calls the hook, whichever version of it',
  });
  // an id with two `::`, which `acknowledge` does not take
  deploymentGroup.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
      "AWS's own policy for deployments of Lambda functions",
  });
}

/** The finding that names files of a bucket. */
function filesOf(bucket: IBucket, files: string): string {
  return `AwsSolutions-IAM5[Resource::<${logicalIdOf(bucket)}.Arn>/${files}]`;
}

/** The function that tries a new version of an endpoint's function. */
function hookOf(endpoint: IConstruct): string {
  return logicalIdOf(endpoint.node.findChild('Rollout').node.findChild('Hook').node.findChild('Function'));
}

function logicalIdOf(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnBucket | CfnFunction);
}
