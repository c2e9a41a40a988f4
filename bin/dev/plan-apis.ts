import type { CloudAssembly, Resource, Stack } from '../app/cloud-assembly';
import type { AppResources } from './app-resources';
import { functionNameOf, resourceKey } from './local-names';
import { environmentOf, Unresolved } from './resolve';
import { parseRoute, type Route } from './routes';

/** An HTTP API. */
export interface LocalApiPlan {
  /** Its {@link resourceKey}. */
  readonly key: string;
  readonly apiId: string;
  readonly accountId: string;
  readonly stages: readonly string[];
  readonly routes: readonly Route<Integration>[];
  /** How callers of its routes are authorized in the account: `IAM`, `JWT` or `Lambda`. */
  readonly authorization: readonly string[];
}

/** The function that a route calls. */
export interface Integration {
  readonly functionName: string;
  readonly timeoutSeconds: number;
}

/** API Gateway's quota is 30 s, and it gives up shortly before. */
const INTEGRATION_SECONDS = 29;

const DEFAULT_STAGE = '$default';

/** The names of authorization types. */
const AUTHORIZATION: { readonly [type: string]: string } = { AWS_IAM: 'IAM', JWT: 'JWT', CUSTOM: 'Lambda' };

/** The resource keys of an app's HTTP APIs, in the order of the templates. */
export function httpApiKeys({ stacks }: CloudAssembly): string[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {})
      .filter(([, resource]) => isHttpApi(resource))
      .map(([logicalId]) => resourceKey(stack, logicalId)),
  );
}

/** Plans the HTTP APIs of an app. */
export function planApis(resources: AppResources): LocalApiPlan[] {
  return resources.map(['AWS::ApiGatewayV2::Api'], (stack, logicalId, resource) =>
    isHttpApi(resource) ? planApi(resources, stack, logicalId, resource) : resources.leaveOut(stack, logicalId, 'a WebSocket API'),
  );
}

/** Splits a path into its stage and the path within the stage; undefined if the API has no such stage. */
export function stageOf(stages: readonly string[], path: string): { readonly stage: string; readonly path: string } | undefined {
  const [, first = '', rest] = /^\/([^/]*)(\/.*)?$/.exec(path) ?? [];
  if (first !== DEFAULT_STAGE && stages.includes(first)) return { stage: first, path: rest ?? '/' };
  return stages.includes(DEFAULT_STAGE) ? { stage: DEFAULT_STAGE, path } : undefined;
}

function planApi(resources: AppResources, stack: Stack, logicalId: string, resource: Resource): LocalApiPlan {
  const apiId = resources.ref(stack, logicalId, resource);
  const belongs = (from: Stack, { Properties }: Resource): boolean => resources.textIfKnown(from, Properties?.ApiId) === apiId;
  const integrations = new Map(
    resources.map(['AWS::ApiGatewayV2::Integration'], (from, id, integration) =>
      belongs(from, integration) ? ([resourceKey(from, id), planIntegration(resources, from, id, integration)] as const) : undefined,
    ),
  );
  const authorization = new Set<string>();
  const routes = resources.map(['AWS::ApiGatewayV2::Route'], (from, _, route) => {
    if (!belongs(from, route)) return undefined;
    const name = AUTHORIZATION[resources.textIfKnown(from, route.Properties?.AuthorizationType) ?? ''];
    if (name !== undefined) authorization.add(name);
    const routeKey = resources.text(from, route.Properties?.RouteKey);
    const target = integrations.get(resources.text(from, route.Properties?.Target ?? '').replace(/^integrations\//, ''));
    return target && parseRoute(routeKey, target);
  });
  const stages = resources.map(['AWS::ApiGatewayV2::Stage'], (from, id, stage) =>
    belongs(from, stage) ? resources.ref(from, id, stage) : undefined,
  );
  const { account: accountId } = environmentOf(stack);
  return { key: resourceKey(stack, logicalId), apiId, accountId, stages, routes, authorization: [...authorization].sort() };
}

function planIntegration(resources: AppResources, stack: Stack, logicalId: string, { Properties = {} }: Resource): Integration | undefined {
  const { IntegrationType, PayloadFormatVersion, IntegrationUri, TimeoutInMillis } = Properties;
  if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0') {
    return resources.leaveOut(stack, logicalId, 'an integration other than a Lambda proxy with payload format 2.0, and its routes');
  }
  try {
    const functionName = functionNameOf(resources.text(stack, IntegrationUri));
    return { functionName, timeoutSeconds: Math.min(INTEGRATION_SECONDS, Number(TimeoutInMillis ?? INTEGRATION_SECONDS * 1000) / 1000) };
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return resources.leaveOut(stack, logicalId, `an integration, and its routes: ${error.message}`);
  }
}

function isHttpApi({ Type, Properties }: Resource): boolean {
  return Type === 'AWS::ApiGatewayV2::Api' && (Properties?.ProtocolType ?? 'HTTP') === 'HTTP';
}
