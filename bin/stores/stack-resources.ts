import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  GetTemplateCommand,
  paginateListExports,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import type { Stack, Template } from '../app/cloud-assembly';
import { UserError } from '../terminal/user-error';
import { type AwsOptions, clientSettings } from './store-options';

/**
 * Returns the physical name of a resource of a deployed stack.
 * @throws UserError if the stack or the resource is not deployed
 */
export async function physicalName(stack: Stack, logicalId: string, options: AwsOptions): Promise<string> {
  const cloudFormation = new CloudFormationClient(clientSettings(stack, options));
  try {
    const command = new DescribeStackResourceCommand({ StackName: stack.stackName, LogicalResourceId: logicalId });
    return (await cloudFormation.send(command)).StackResourceDetail!.PhysicalResourceId!;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    throw new UserError(
      `expected the stack ${stack.stackName} as the app has it, got: ${error.message}; deploy it first, or use a running \`dev\` with --local`,
      { cause: error },
    );
  } finally {
    cloudFormation.destroy();
  }
}

/** Returns the template of a stack as it is deployed; undefined if the stack is not deployed. */
export async function deployedTemplate(stack: Stack, options: AwsOptions): Promise<Template | undefined> {
  const client = new CloudFormationClient(clientSettings(stack, options));
  try {
    const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: stack.stackName }));
    // the CDK deploys small templates without assets as YAML, of which JSON is a part
    return parse(TemplateBody!) as Template;
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError') return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/** Returns the value of an export in the account and region of the importing stack; undefined if there is none. */
export async function exportedValue(importing: Stack, name: string, options: AwsOptions): Promise<string | undefined> {
  const client = new CloudFormationClient(clientSettings(importing, options));
  try {
    for await (const { Exports = [] } of paginateListExports({ client }, {})) {
      const found = Exports.find(({ Name }) => Name === name);
      if (found !== undefined) return found.Value;
    }
    return undefined;
  } finally {
    client.destroy();
  }
}
