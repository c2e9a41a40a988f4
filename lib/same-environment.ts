import { type IResource, Resource, type ResourceEnvironment, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { refuse } from './refuse';

/**
 * Throws if a construct uses a resource of another account or region. The CDK would give such a resource a fixed name, which makes CloudFormation
 * replace a table or bucket by an empty one, and at run time the construct would look for the resource in its own region.
 *
 * @param what names the resource in the error
 * @param next what to do instead
 */
export function requireSameEnvironment(user: IConstruct, what: string, resource: IResource, next: string): void {
  const { account, region } = Stack.of(user);
  if (!isElsewhere(resource, { account, region })) return;
  refuse(
    user,
    `${what} must be in account and region ${environmentText({ account, region })}, got: ${environmentText(resource.env)} for ${resource.node.path}; ${next}`,
  );
}

/**
 * Throws if a grant would add a policy in another account or region to a resource of this app, for the same reason.
 *
 * @param method the method that grants, for the error
 */
export function requireGranteeInEnvironment(scope: IConstruct, method: string, resource: IResource, grantee: IGrantable): void {
  const { grantPrincipal } = grantee;
  if (!Construct.isConstruct(grantPrincipal) || !Resource.isOwnedResource(grantPrincipal)) return;
  const { account, region } = Stack.of(grantPrincipal);
  if (!isElsewhere(resource, { account, region })) return;
  refuse(
    scope,
    `\`${method}\` must get a principal of a stack in account and region ${environmentText(resource.env)}, got: ${environmentText({ account, region })} for ${grantPrincipal.node.path}; import the role in the stack of the resource with Role.fromRoleArn`,
  );
}

/** The text for an environment: `111111111111/eu-west-1`. */
export function environmentText({ account, region }: ResourceEnvironment): string {
  return [account, region].map((part) => (Token.isUnresolved(part) ? 'unknown' : part)).join('/');
}

function isElsewhere(resource: IResource, { account, region }: ResourceEnvironment): boolean {
  const { env } = resource;
  // for a resource of this app the CDK compares the strings, even if one of them is a token
  if (Resource.isOwnedResource(resource)) return env.account !== account || env.region !== region;
  const differ = (one: string, other: string) => Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
  return differ(env.account, account) || differ(env.region, region);
}
