import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type Construct, Dependable } from 'constructs';

/**
 * Adds the role of a Lambda function, without any permissions.
 *
 * A dependency on the role is a dependency on its policies alone. They depend on the role themselves, and template linters report redundant
 * dependencies.
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
