import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type Construct, Dependable } from 'constructs';

/**
 * The role of a Lambda function, which may do nothing yet.
 *
 * Whoever depends on it waits for its policies, which wait for the role: naming both in a template is one too many, and template linters
 * say so.
 */
export function functionRole(scope: Construct, id: string): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  Dependable.implement(role, {
    get dependencyRoots() {
      return role.node.children.filter((child) => child !== role.node.defaultChild);
    },
  });
  return role;
}
