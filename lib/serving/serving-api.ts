import { CrossStackReferences, type IResource, ReferenceStrength, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import { HttpApi, HttpStage, type IHttpApi, LogGroupLogDestination, type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Construct } from 'constructs';
import { refuse, refuseSnapshot } from '../refuse';
import { accessLogFormat, accessLogGroupName } from './access-log';
import { EndpointAuth } from './endpoint-auth';
import { grantInvoke, routeArn } from './grant-invoke';

/** API Gateway's limit for the name of an API. */
const MAX_NAME = 128;

/** The throttling limits of the stage. */
const DEFAULT_RATE_LIMIT = 1_000;
const DEFAULT_BURST_LIMIT = 500;

/** An HTTP API that endpoints can share: one of this app, an imported one, or an implementation of your own. */
export interface IServingApi extends IResource {
  /** The HTTP API. */
  readonly httpApi: IHttpApi;
  /** The URL of the API, with a slash at its end. */
  readonly url: string;
  /** Who may call the endpoints of the API. */
  readonly auth: EndpointAuth;
  /**
   * Grants permission to call every endpoint of the API, including endpoints that are added later: `execute-api:Invoke`.
   * With `EndpointAuth.none()` it adds nothing, because anyone may call.
   */
  grantInvoke(grantee: IGrantable): Grant;
}

/** Properties of a serving API. */
export interface ServingApiProps {
  /**
   * Who may call the endpoints of the API.
   * @default EndpointAuth.iam()
   */
  readonly auth?: EndpointAuth;

  /**
   * The number of requests per second that each route accepts, and the size of bursts. API Gateway answers 429 to more. The account also has
   * limits for all its APIs in a region (by default 10,000 requests per second, bursts of 5,000).
   * @default - 1,000 requests per second, bursts of 500
   */
  readonly throttle?: ThrottleSettings;

  /**
   * The name of the HTTP API in the console, up to 128 characters. It does not have to be unique.
   * @default - the path of the construct with "-" between its parts
   */
  readonly apiName?: string;

  /**
   * How long the access log is kept.
   * @default RetentionDays.SIX_MONTHS
   */
  readonly accessLogRetention?: RetentionDays;

  /**
   * What happens to the access log when the API is deleted. The log group has a fixed name: if you retain it, delete or import it before you
   * deploy the same stack again.
   * @default RemovalPolicy.DESTROY
   */
  readonly accessLogRemovalPolicy?: RemovalPolicy;
}

/** Attributes of a serving API that another app manages. */
export interface ServingApiAttributes {
  /** The id of the HTTP API, in the account and region of the stack that imports it. */
  readonly httpApiId: string;
  /**
   * Who may call the endpoints that this app adds to the API.
   * @default EndpointAuth.iam()
   */
  readonly auth?: EndpointAuth;
}

abstract class ServingApiBase extends Resource implements IServingApi {
  public abstract readonly httpApi: IHttpApi;
  public abstract readonly url: string;
  public abstract readonly auth: EndpointAuth;

  /**
   * Grants permission to call every endpoint of the API, including endpoints that are added later: `execute-api:Invoke`.
   * With `EndpointAuth.none()` it adds nothing, because anyone may call.
   */
  public grantInvoke(grantee: IGrantable): Grant {
    return grantInvoke(this, this.auth, grantee, [routeArn(this.httpApi, '*', '/*')]);
  }
}

/**
 * An HTTP API of API Gateway that one or more endpoints share, with its auth, throttling and access log.
 *
 * Endpoints can be in other stacks of the same account and region. Their references to the API are weak, so that you can deploy the stacks in
 * any order.
 */
export class ServingApi extends ServingApiBase {
  /** Imports a serving API that another app manages, to add endpoints to it. */
  public static fromServingApiAttributes(scope: Construct, id: string, attrs: ServingApiAttributes): IServingApi {
    class Import extends ServingApiBase {
      public readonly httpApi = HttpApi.fromHttpApiAttributes(this, 'HttpApi', { httpApiId: attrs.httpApiId });
      public readonly url = `https://${attrs.httpApiId}.execute-api.${this.stack.region}.${this.stack.urlSuffix}/`;
      public readonly auth = attrs.auth ?? EndpointAuth.iam();
    }
    return new Import(scope, id);
  }

  /** The HTTP API. */
  public readonly httpApi: IHttpApi;
  /** The only stage of the API, `$default`. It deploys every change automatically. */
  public readonly stage: HttpStage;
  /** The access log: one line of JSON for each request. */
  public readonly accessLogGroup: LogGroup;
  /** The URL of the API, with a slash at its end. */
  public readonly url: string;
  /** Who may call the endpoints of the API. */
  public readonly auth: EndpointAuth;

  constructor(scope: Construct, id: string, props: ServingApiProps = {}) {
    super(scope, id);
    this.auth = props.auth ?? EndpointAuth.iam();
    const throttle = this.renderThrottle(props.throttle);
    this.validateName(props.apiName);
    refuseSnapshot(this, 'accessLogRemovalPolicy', props.accessLogRemovalPolicy);

    const httpApi = new HttpApi(this, 'HttpApi', {
      apiName: props.apiName ?? this.node.path.replaceAll('/', '-').slice(-MAX_NAME),
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

  /** Applies a removal policy to the HTTP API and its stage, so that its URL keeps working. `accessLogRemovalPolicy` is for the access log. */
  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    this.httpApi.applyRemovalPolicy(policy);
    this.stage.applyRemovalPolicy(policy);
  }

  private validateName(name: string | undefined): void {
    if (name === undefined || Token.isUnresolved(name)) return;
    if (name === '' || name.length > MAX_NAME) refuse(this, `\`apiName\` must have 1 to ${MAX_NAME} characters, got: ${name.length}`);
  }

  private renderThrottle(props: ThrottleSettings = {}): ThrottleSettings {
    const { rateLimit = DEFAULT_RATE_LIMIT, burstLimit = DEFAULT_BURST_LIMIT } = props;
    if (!Token.isUnresolved(rateLimit) && !(rateLimit >= 0 && Number.isFinite(rateLimit))) {
      refuse(this, `\`throttle.rateLimit\` must be 0 or more requests per second, got: ${rateLimit}`);
    }
    if (!Token.isUnresolved(burstLimit) && !(Number.isSafeInteger(burstLimit) && burstLimit >= 0)) {
      refuse(this, `\`throttle.burstLimit\` must be a whole number of requests, 0 or more, got: ${burstLimit}`);
    }
    return { rateLimit, burstLimit };
  }
}
