import { Stack, Token } from 'aws-cdk-lib';
import { type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IConstruct } from 'constructs';
import { apiRoutes } from '../contract/routes';
import { refuse } from '../refuse';
import { type EndpointAuth } from './endpoint-auth';

/** The ARN that a permission to call a route names. It names the API's only stage, because audits flag unneeded wildcards. */
export function routeArn(httpApi: IHttpApi, method: string, path: string): string {
  return httpApi.arnForExecuteApi(method, path, '$default');
}

/** The ARNs of all paths of an endpoint. @param isDefault whether the endpoint has the root paths of the API */
export function endpointArns(httpApi: IHttpApi, endpointName: string, isDefault: boolean): string[] {
  const root = apiRoutes(endpointName, isDefault).filter(({ isRoot }) => isRoot);
  return [
    // a pattern, because a policy is limited to 10,240 bytes
    routeArn(httpApi, '*', `/serving-endpoints/${endpointName}/*`),
    ...root.map(({ method, path }) => routeArn(httpApi, method, path)),
  ];
}

/** Grants permission to call routes. With `EndpointAuth.none()` nobody needs permission, and the grant adds nothing. */
export function grantInvoke(scope: IConstruct, auth: EndpointAuth, grantee: IGrantable, resourceArns: string[]): Grant {
  if (!auth._checksIam) return Grant.drop(grantee, 'anyone may call an endpoint with EndpointAuth.none()');
  const { account } = Stack.of(scope);
  const { principalAccount } = grantee.grantPrincipal;
  const known = principalAccount !== undefined && !Token.isUnresolved(account) && !Token.isUnresolved(principalAccount);
  if (known && principalAccount !== account) {
    refuse(
      scope,
      `an HTTP API accepts callers of its own account only; grant to a role of account ${account} that the caller assumes, got: a principal of account ${principalAccount}`,
    );
  }
  const grant = Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  if (!grant.success) {
    refuse(scope, `an HTTP API has no resource policy; grant to a role, user or group, got: ${String(grantee.grantPrincipal)}`);
  }
  return grant;
}
