import { Annotations, type IResource, Names, Stack } from 'aws-cdk-lib';
import { type HttpMethod, HttpRoute, HttpRouteKey, type HttpRouteIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct, type IConstruct } from 'constructs';
import { type EndpointRoute } from '../contract/routes';
import { refuse } from '../refuse';
import { environmentText } from '../same-environment';
import { type BoundAuth } from './endpoint-auth';
import { type IServingApi } from './serving-api';

const ID = 'MlServingEndpoints';

/**
 * API Gateway's quotas for an API. Each endpoint has one integration, and the quota for integrations cannot be raised.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const MAX_INTEGRATIONS = 300;
const DEFAULT_MAX_ROUTES = 300;

/** The number of routes that is worth a warning. */
const MANY_ROUTES = 240;

/** The endpoints of one API. A child of the API, so that it works with any implementation of `IServingApi`. */
export class ApiEndpoints extends Construct {
  public static of(api: IServingApi): ApiEndpoints {
    return (api.node.tryFindChild(ID) as ApiEndpoints | undefined) ?? new ApiEndpoints(api);
  }

  /** The auth of the API, bound once for all endpoints. */
  public readonly auth: BoundAuth;
  private readonly endpoints = new Map<string, IConstruct>();
  private defaultEndpoint?: IConstruct;
  private routes = 0;

  private constructor(private readonly api: IServingApi) {
    super(api, ID);
    this.auth = api.auth._bind();
  }

  /** Registers an endpoint. Throws if its name is taken, if the API already has a default endpoint, or if the two are in different environments. */
  public add(endpoint: IResource, endpointName: string, isDefault: boolean): void {
    this.checkEnvironment(endpoint);
    const other = this.endpoints.get(endpointName);
    if (other !== undefined) {
      refuse(endpoint, `\`endpointName\` must be unique on an api, got: ${endpointName}, which is also the name of ${other.node.path}`);
    }
    if (isDefault && this.defaultEndpoint !== undefined) {
      refuse(endpoint, `an api has one \`defaultEndpoint\`, got: a second one beside ${this.defaultEndpoint.node.path}`);
    }
    if (this.endpoints.size === MAX_INTEGRATIONS) {
      refuse(endpoint, `an api must have at most ${MAX_INTEGRATIONS} endpoints, got: one more; add a second ServingApi`);
    }
    this.endpoints.set(endpointName, endpoint);
    if (isDefault) this.defaultEndpoint = endpoint;
  }

  /**
   * Adds the routes of an endpoint, with one integration and the authorizer of the API.
   *
   * Their ids depend only on method and path. API Gateway does not accept two routes with the same key, even during an update, so a route must keep
   * its logical id when another endpoint takes it over, or when the id of the endpoint's construct changes.
   */
  public addRoutes(endpoint: IConstruct, integration: HttpRouteIntegration, routes: readonly EndpointRoute[]): HttpRoute[] {
    const scope = this.routeScope(Stack.of(endpoint));
    if (this.routes <= MANY_ROUTES && this.routes + routes.length > MANY_ROUTES) {
      Annotations.of(this.api).addWarningV2(
        'cdk-ml-serving:apiRoutes',
        `the api has more than ${MANY_ROUTES} routes, and API Gateway's default quota is ${DEFAULT_MAX_ROUTES}: request a higher quota, or add a second ServingApi`,
      );
    }
    this.routes += routes.length;
    return routes.map(({ method, path }) => {
      const routeKey = HttpRouteKey.with(path, method as HttpMethod);
      const { authorizer } = this.auth;
      return new HttpRoute(scope, `${method} ${path.replaceAll('/', '.')}`, {
        httpApi: this.api.httpApi,
        routeKey,
        integration,
        authorizer,
      });
    });
  }

  /** The scope of routes in a stack. Routes belong to the stack of the endpoint, because they refer to its integration. */
  private routeScope(stack: Stack): Construct {
    if (stack === Stack.of(this.api)) return this;
    const id = `MlServingRoutes-${Names.nodeUniqueId(this.api.node)}`;
    return (stack.node.tryFindChild(id) as Construct | undefined) ?? new Construct(stack, id);
  }

  private checkEnvironment(endpoint: IResource): void {
    const { env, node } = this.api;
    if (endpoint.env.account === env.account && endpoint.env.region === env.region) return;
    refuse(
      endpoint,
      `an endpoint and its \`api\` must be in the same account and region, got: ${environmentText(endpoint.env)} for the endpoint and ${environmentText(env)} for ${node.path}`,
    );
  }
}
