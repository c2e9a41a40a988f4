import { CrossStackReferences, ReferenceStrength, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { HttpApi, HttpStage, type IHttpApi, LogGroupLogDestination, type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { refuse } from '../refuse';
import { accessLogFormat, accessLogGroupName } from './access-log';
import { EndpointAuth } from './endpoint-auth';
import { grantInvoke, routeArn } from './grant-invoke';

/** What API Gateway's stage `$default` lets through by itself unless told otherwise. */
const DEFAULT_RATE_LIMIT = 1_000;
const DEFAULT_BURST_LIMIT = 500;

/** An HTTP API that endpoints can share, of this app or imported. */
export interface IServingApi extends IConstruct {
  /** The HTTP API. */
  readonly httpApi: IHttpApi;
  /** The address of the API, with a slash at its end. */
  readonly url: string;
  /** Who may call its endpoints. */
  readonly auth: EndpointAuth;
  /**
   * Lets a grantee call every endpoint of the API, now and later: `execute-api:Invoke`.
   * Where anyone may call (`EndpointAuth.none()`) it grants nothing.
   */
  grantInvoke(grantee: IGrantable): Grant;
  /**
   * Notes that an endpoint answers under a name, and perhaps at the root, of this API.
   * @internal
   */
  _claim(endpoint: IConstruct, endpointName: string, isDefault: boolean): void;
}

/** Properties of a serving API. */
export interface ServingApiProps {
  /**
   * Who may call the endpoints of the API.
   * @default EndpointAuth.iam()
   */
  readonly auth?: EndpointAuth;

  /**
   * How many requests a second each route takes, and how many at once; API Gateway answers 429 to more. An account has limits of its own
   * for all its APIs in a region (10,000 and 5,000 unless raised).
   * @default - 1,000 requests a second, bursts of 500
   */
  readonly throttle?: ThrottleSettings;

  /**
   * The name of the HTTP API in the console. It need not be unique.
   * @default - the path of the construct, its parts joined by "-"
   */
  readonly apiName?: string;

  /**
   * How long the access log is kept.
   * @default RetentionDays.SIX_MONTHS
   */
  readonly accessLogRetention?: RetentionDays;

  /**
   * What happens to the access log when the API is deleted. A kept log group must be deleted, or imported, before the same stack can be
   * deployed again, because the name of the group is fixed.
   * @default RemovalPolicy.DESTROY
   */
  readonly accessLogRemovalPolicy?: RemovalPolicy;
}

/** Attributes of a serving API that another app made. */
export interface ServingApiAttributes {
  /** The id of the HTTP API, in the account and region of the stack that imports it. */
  readonly httpApiId: string;
  /**
   * Who may call the endpoints that are added to it.
   * @default EndpointAuth.iam()
   */
  readonly auth?: EndpointAuth;
}

abstract class ServingApiBase extends Construct implements IServingApi {
  public abstract readonly httpApi: IHttpApi;
  public abstract readonly url: string;
  public abstract readonly auth: EndpointAuth;
  private readonly endpoints = new Map<string, IConstruct>();
  private defaultEndpoint?: IConstruct;

  /**
   * Lets a grantee call every endpoint of the API, now and later: `execute-api:Invoke`.
   * Where anyone may call (`EndpointAuth.none()`) it grants nothing.
   */
  public grantInvoke(grantee: IGrantable): Grant {
    return grantInvoke(this, this.auth, grantee, [routeArn(this, '*', '/*')]);
  }

  /** @internal */
  public _claim(endpoint: IConstruct, endpointName: string, isDefault: boolean): void {
    const api = Stack.of(this);
    const own = Stack.of(endpoint);
    if (api.account !== own.account || api.region !== own.region) {
      refuse(
        endpoint,
        `an endpoint and its \`api\` must be in one account and region, got: ${environmentText(own)} and, of the api ${this.node.path}, ${environmentText(api)}`,
      );
    }
    const namesake = this.endpoints.get(endpointName);
    if (namesake !== undefined) {
      refuse(endpoint, `\`endpointName\` must be unique on an api, got: ${endpointName}, which is also the name of ${namesake.node.path}`);
    }
    if (isDefault && this.defaultEndpoint !== undefined) {
      refuse(endpoint, `an api has one \`defaultEndpoint\`, got: a second one beside ${this.defaultEndpoint.node.path}`);
    }
    this.endpoints.set(endpointName, endpoint);
    if (isDefault) this.defaultEndpoint = endpoint;
  }
}

/**
 * An HTTP API of API Gateway for one or many endpoints: who may call, how often, and the log of who did.
 *
 * Its endpoints may be in other stacks of the same account and region; such references to the API are weak, so that the stacks can change
 * in either order.
 */
export class ServingApi extends ServingApiBase {
  /** Imports a serving API that another app made, to add endpoints to it. */
  public static fromServingApiAttributes(scope: Construct, id: string, attrs: ServingApiAttributes): IServingApi {
    class Import extends ServingApiBase {
      public readonly httpApi = HttpApi.fromHttpApiAttributes(this, 'HttpApi', { httpApiId: attrs.httpApiId });
      public readonly url = `https://${attrs.httpApiId}.execute-api.${Stack.of(this).region}.${Stack.of(this).urlSuffix}/`;
      public readonly auth = attrs.auth ?? EndpointAuth.iam();
    }
    return new Import(scope, id);
  }

  /** The HTTP API. */
  public readonly httpApi: IHttpApi;
  /** Its only stage, `$default`, which deploys every change by itself. */
  public readonly stage: HttpStage;
  /** The log group that receives one line of JSON a request. */
  public readonly accessLogGroup: LogGroup;
  /** The address of the API, with a slash at its end. */
  public readonly url: string;
  /** Who may call its endpoints. */
  public readonly auth: EndpointAuth;

  constructor(scope: Construct, id: string, props: ServingApiProps = {}) {
    super(scope, id);
    this.auth = props.auth ?? EndpointAuth.iam();
    const throttle = this.renderThrottle(props.throttle);

    const httpApi = new HttpApi(this, 'HttpApi', {
      apiName: props.apiName ?? this.node.path.replaceAll('/', '-').slice(-128),
      createDefaultStage: false,
    });
    CrossStackReferences.of(httpApi).produce(ReferenceStrength.WEAK);
    this.accessLogGroup = new LogGroup(this, 'AccessLog', {
      logGroupName: accessLogGroupName(this),
      retention: props.accessLogRetention ?? RetentionDays.SIX_MONTHS,
      removalPolicy: props.accessLogRemovalPolicy ?? RemovalPolicy.DESTROY,
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi,
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(this.accessLogGroup), format: accessLogFormat() },
    });
    this.httpApi = httpApi;
    this.url = this.stage.url;
  }

  private renderThrottle(props: ThrottleSettings = {}): ThrottleSettings {
    const { rateLimit = DEFAULT_RATE_LIMIT, burstLimit = DEFAULT_BURST_LIMIT } = props;
    if (!Token.isUnresolved(rateLimit) && !(rateLimit >= 0 && Number.isFinite(rateLimit))) {
      refuse(this, `\`throttle.rateLimit\` must be 0 or more requests a second, got: ${rateLimit}`);
    }
    if (!Token.isUnresolved(burstLimit) && !(Number.isSafeInteger(burstLimit) && burstLimit >= 0)) {
      refuse(this, `\`throttle.burstLimit\` must be a whole number of requests, 0 or more, got: ${burstLimit}`);
    }
    return { rateLimit, burstLimit };
  }
}

function environmentText({ account, region }: Stack): string {
  return [account, region].map((part) => (Token.isUnresolved(part) ? 'unknown' : part)).join('/');
}
