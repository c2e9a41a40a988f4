import { Stack, Token } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';
import { type EndpointAuth } from './endpoint-auth';
import { type IServingApi } from './serving-api';

/** What a permission to call a route names. The API's only stage stands in it by its name: a wildcard would be one more for an audit to explain. */
export function routeArn(api: IServingApi, method: string, path: string): string {
  return api.httpApi.arnForExecuteApi(method, path, '$default');
}

/** Lets a grantee call routes by their ARNs; where anyone may call, there is nothing to grant. */
export function grantInvoke(scope: IConstruct, auth: EndpointAuth, grantee: IGrantable, resourceArns: string[]): Grant {
  if (!auth._checksIam) return Grant.drop(grantee, 'anyone may call an endpoint with EndpointAuth.none()');
  const { account } = Stack.of(scope);
  const { principalAccount } = grantee.grantPrincipal;
  const known = principalAccount !== undefined && !Token.isUnresolved(account) && !Token.isUnresolved(principalAccount);
  if (known && principalAccount !== account) {
    refuse(
      scope,
      `an HTTP API takes callers of its own account alone; grant to a role of account ${account} that the caller assumes, got: a principal of account ${principalAccount}`,
    );
  }
  const grant = Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  if (!grant.success) {
    refuse(scope, `an HTTP API has no resource policy; grant to a role, user or group, got: ${String(grantee.grantPrincipal)}`);
  }
  return grant;
}
