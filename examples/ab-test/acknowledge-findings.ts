import { Stack, Validations } from 'aws-cdk-lib';
import { type CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type IConstruct } from 'constructs';
import { TRACES } from '../acknowledge-findings';
import type { AbTestStack } from './ab-test-stack';

/** Acknowledges the findings of cdk-nag in the example, with reasons. */
export function acknowledgeFindings({ endpoint, inferenceTable }: AbTestStack): void {
  const { servingFunction, deploymentGroup } = endpoint;
  Validations.of(servingFunction!).acknowledge(TRACES);

  const { bucket, delivery, ingestion } = inferenceTable;
  const rawObjects = { id: filesOf(delivery.bucket, '*'), reason: 'the bucket contains only raw objects' };
  Validations.of(delivery).acknowledge(rawObjects);
  Validations.of(ingestion).acknowledge(TRACES, rawObjects, {
    id: filesOf(bucket, 'inference/*'),
    reason: 'a Delta Lake table is a folder of files',
  });
  for (const one of [bucket, delivery.bucket]) {
    Validations.of(one).acknowledge({ id: 'AwsSolutions-S1', reason: 'an example: it does not record who reads and writes the rows' });
  }

  if (deploymentGroup === undefined) return;
  const hook = endpoint.node.findChild('Rollout').node.findChild('Hook');
  Validations.of(deploymentGroup).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${logicalIdOf(hook.node.findChild('Function'))}.Arn>:*]`,
    reason: 'CodeDeploy may call any version of the hook',
  });
  Validations.of(hook).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${logicalIdOf(servingFunction!.lambdaFunction)}.Arn>:*]`,
    reason: 'the hook tests each new version of the function',
  });
  // `acknowledge` does not accept an id with two `::`
  deploymentGroup.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
      "AWS's own policy for deployments of Lambda functions",
  });
}

/** The finding for files of a bucket. */
function filesOf(bucket: IBucket, files: string): string {
  return `AwsSolutions-IAM5[Resource::<${logicalIdOf(bucket)}.Arn>/${files}]`;
}

function logicalIdOf(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnBucket | CfnFunction);
}
