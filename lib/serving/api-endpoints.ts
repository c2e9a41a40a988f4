import { type IResource } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { refuse } from '../refuse';
import { environmentText } from '../same-environment';
import { type BoundAuth } from './endpoint-auth';
import { type IServingApi } from './serving-api';

const ID = 'MlServingEndpoints';

/** The endpoints of one API. A child of the API, so that it works with any implementation of `IServingApi`. */
export class ApiEndpoints extends Construct {
  public static of(api: IServingApi): ApiEndpoints {
    return (api.node.tryFindChild(ID) as ApiEndpoints | undefined) ?? new ApiEndpoints(api);
  }

  /** The auth of the API, bound once for all endpoints. */
  public readonly auth: BoundAuth;
  private readonly endpoints = new Map<string, IConstruct>();
  private defaultEndpoint?: IConstruct;

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
    this.endpoints.set(endpointName, endpoint);
    if (isDefault) this.defaultEndpoint = endpoint;
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
