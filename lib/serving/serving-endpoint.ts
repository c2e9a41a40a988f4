import { type RemovalPolicy, type IResource, Resource } from 'aws-cdk-lib';
import { type Alarm, type Dashboard, type MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { type Grant, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { type Alias } from 'aws-cdk-lib/aws-lambda';
import { type LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Construct, Dependable } from 'constructs';
import { Compute, type KeptPermission, type Rollout, type ServingFunction } from '../compute/index';
import { type EndpointCompute, type EndpointMetrics } from '../compute/endpoint-compute';
import { LambdaMetrics } from '../compute/lambda-metrics';
import { apiRoutes, invocationsPath } from '../contract/routes';
import { FeatureTable, type IFeatureTable, type InputLineage } from '../features/index';
import { inputLineage } from '../features/input-lineage';
import { refuse, refuseSnapshot } from '../refuse';
import { ApiEndpoints } from './api-endpoints';
import { type EndpointAuth } from './endpoint-auth';
import { addEndpointDashboard } from './endpoint-dashboard';
import { checkName } from './endpoint-names';
import { endpointArns, grantInvoke } from './grant-invoke';
import { type InferenceTable } from './inference-table';
import { renderEndpoint } from './render-endpoint';
import { type ServedEntity } from './served-entity';
import { type IServingApi, ServingApi } from './serving-api';
import { type TrafficSplit } from './traffic-split';

/** An endpoint: one of this app, or an imported one. */
export interface IServingEndpoint extends IResource {
  /** The name of the endpoint: the `{name}` of `/serving-endpoints/{name}/invocations`. */
  readonly endpointName: string;

  /** The URL that accepts requests: `https://…/serving-endpoints/{name}/invocations`. */
  readonly url: string;

  /** The API that the endpoint belongs to. */
  readonly api: IServingApi;

  /**
   * Grants permission to call this endpoint and no other: `execute-api:Invoke` on `/serving-endpoints/{name}/*`.
   * With `EndpointAuth.none()` it adds nothing, because anyone may call.
   */
  grantInvoke(grantee: IGrantable): Grant;

  /** The number of answered requests, with any status. By default the sum over five minutes. */
  metricInvocations(options?: MetricOptions): Metric;

  /** The number of requests that the endpoint refused with a 4xx. By default the sum over five minutes. */
  metricRefusals(options?: MetricOptions): Metric;

  /** The number of requests that failed without a fault of the caller: answered with a 5xx, or not at all. By default the sum over five minutes. */
  metricErrors(options?: MetricOptions): MathExpression;

  /** How long the runtime took to answer, in milliseconds, without cold starts and network. By default the average over five minutes. */
  metricLatency(options?: MetricOptions): Metric;
}

/** Properties of an endpoint. */
export interface ServingEndpointProps {
  /**
   * What the endpoint serves: one to ten entities. Clients can also call each by its name:
   * `/serving-endpoints/{endpoint}/served-models/{name}/invocations`.
   */
  readonly servedEntities: ServedEntity[];

  /**
   * Which served entity answers a request that names none.
   * @default - the only served entity; required if there are several
   */
  readonly traffic?: TrafficSplit;

  /**
   * Whether the endpoint answers requests. A disabled endpoint is checked at synth, is deployed without models and provisioned concurrency, and
   * answers 403.
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The name of the endpoint, the `{name}` of `/serving-endpoints/{name}/invocations`: a letter or digit, then up to 62 letters, digits,
   * `_` or `-`. It must differ from the names of its served entities, and from their aliases and stages.
   * @default - the id of the construct
   */
  readonly endpointName?: string;

  /**
   * How requests move to a new version of the endpoint.
   * @default - all at once during deployment, without a test beforehand
   */
  readonly rollout?: Rollout;

  /**
   * Resources that this version of the endpoint no longer reads, but that an older version reads which still gets requests. All versions of an
   * endpoint share one role, so the older version would lose its permissions. Models in S3 need not be listed while their version is declared.
   *
   * @default - the role may read the tables and models that are declared
   */
  readonly keepPermissionsFor?: KeptPermission[];

  /**
   * What the endpoint runs on.
   * @default Compute.lambdaFunction()
   */
  readonly compute?: Compute;

  /**
   * The API that the endpoint belongs to. Endpoints can share one.
   * @default - a new API for this endpoint
   */
  readonly api?: IServingApi;

  /**
   * Who may call the endpoint. Must not be set beside `api`, which has its own `auth`.
   * @default EndpointAuth.iam()
   */
  readonly auth?: EndpointAuth;

  /**
   * Whether the endpoint also answers `POST /invocations`, `GET /`, `GET /health` and `GET /version` of its API. Only one endpoint of an API can.
   * You can set it for another endpoint of the same stack in one deployment. If the endpoints are in different stacks, deploy the stack that gives
   * up the paths first.
   * @default - true without `api`, false with it
   */
  readonly defaultEndpoint?: boolean;

  /**
   * A table that stores requests and answers, or a sample of them.
   * @default - none: the log has a line for each request, without the content of request and answer
   */
  readonly inferenceTable?: InferenceTable;

  /**
   * How long the request log is kept.
   * @default RetentionDays.SIX_MONTHS
   */
  readonly logRetention?: RetentionDays;

  /**
   * What happens to the request log when the endpoint is deleted.
   * @default RemovalPolicy.RETAIN
   */
  readonly logRemovalPolicy?: RemovalPolicy;
}

/** Attributes of an endpoint that another app manages. */
export interface ServingEndpointAttributes {
  /** The name of the endpoint. */
  readonly endpointName: string;

  /** The API that the endpoint belongs to, for example from `ServingApi.fromServingApiAttributes`. */
  readonly api: IServingApi;

  /**
   * The name of the Lambda function that serves the endpoint. Its metrics need it.
   * @default - unknown: the metric methods throw
   */
  readonly functionName?: string;
}

/** Options of an endpoint's dashboard. */
export interface EndpointDashboardOptions {
  /**
   * The name of the dashboard.
   * @default - a name that CloudFormation generates
   */
  readonly dashboardName?: string;
}

abstract class ServingEndpointBase extends Resource implements IServingEndpoint {
  public abstract readonly endpointName: string;
  public abstract readonly api: IServingApi;

  /** The URL that accepts requests: `https://…/serving-endpoints/{name}/invocations`. */
  public get url(): string {
    return `${this.api.url}${invocationsPath(this.endpointName).slice(1)}`;
  }

  /**
   * Grants permission to call this endpoint and no other: `execute-api:Invoke` on `/serving-endpoints/{name}/*`.
   * With `EndpointAuth.none()` it adds nothing, because anyone may call.
   */
  public abstract grantInvoke(grantee: IGrantable): Grant;

  /** The number of answered requests, with any status. By default the sum over five minutes. */
  public metricInvocations(options?: MetricOptions): Metric {
    return this._metrics('metricInvocations').invocations(options);
  }

  /** The number of requests that the endpoint refused with a 4xx. By default the sum over five minutes. */
  public metricRefusals(options?: MetricOptions): Metric {
    return this._metrics('metricRefusals').refusals(options);
  }

  /** The number of requests that failed without a fault of the caller: answered with a 5xx, or not at all. By default the sum over five minutes. */
  public metricErrors(options?: MetricOptions): MathExpression {
    return this._metrics('metricErrors').errors(options);
  }

  /** How long the runtime took to answer, in milliseconds, without cold starts and network. By default the average over five minutes. */
  public metricLatency(options?: MetricOptions): Metric {
    return this._metrics('metricLatency').latency(options);
  }

  /**
   * @param method the public method that needs the metrics, for the error
   * @internal
   */
  protected abstract _metrics(method: string): EndpointMetrics;
}

/**
 * A URL that answers records with predictions of a model, or with features.
 *
 * The models and features are read in the constructor: each deployment packages the endpoint spec, the models and the feature functions into one
 * version. A request is `POST /serving-endpoints/{name}/invocations`.
 */
export class ServingEndpoint extends ServingEndpointBase implements IGrantable {
  /** Imports an endpoint that another app manages, to let principals of this app call it, or to use its metrics. */
  public static fromServingEndpointAttributes(scope: Construct, id: string, attrs: ServingEndpointAttributes): IServingEndpoint {
    const { endpointName, functionName } = attrs;
    class Import extends ServingEndpointBase {
      public readonly endpointName = endpointName;
      public readonly api = attrs.api;

      constructor() {
        super(scope, id);
        checkName(this, '`endpointName`', endpointName);
      }

      public grantInvoke(grantee: IGrantable): Grant {
        return grantEndpoint(this, false, grantee);
      }

      /** @internal */
      protected _metrics(method: string): EndpointMetrics {
        if (functionName !== undefined) return new LambdaMetrics(functionName);
        refuse(this, `\`${method}\` of an imported endpoint needs its \`functionName\` in \`fromServingEndpointAttributes\`, got: none`);
      }
    }
    return new Import();
  }

  /** The name of the endpoint. */
  public readonly endpointName: string;
  /** The API that the endpoint belongs to: the `api` property, or a new `ServingApi`. */
  public readonly api: IServingApi;
  /** The principal that reads the endpoint's feature tables and models. Grant to it what feature functions need. */
  public readonly grantPrincipal: IPrincipal;
  /** The log group that receives one line of JSON for each request. */
  public readonly logGroup: LogGroup;
  /** The function that serves the endpoint; undefined unless it runs on Lambda. */
  public readonly servingFunction?: ServingFunction;
  /** The alias `live`, which points to the version that answers requests; undefined unless the endpoint runs on Lambda. */
  public readonly alias?: Alias;
  /** The deployment group that shifts requests to new versions; undefined unless `rollout` uses CodeDeploy. */
  public readonly deploymentGroup?: ILambdaDeploymentGroup;
  /** The alarms on errors, failures, latency and throttles that roll back a deployment; undefined unless `rollout` uses CodeDeploy. */
  public readonly rollbackAlarms?: Alarm[];
  /**
   * Where the columns of each served entity come from, by the entity's name. For a model these are the columns of its inputs, in the model's
   * order; for features the columns of the answer.
   */
  public readonly lineage: { [servedEntity: string]: InputLineage[] };
  private readonly isDefault: boolean;
  private readonly tables: readonly IFeatureTable[];
  private readonly enabledEntities: readonly string[];
  private readonly compute: EndpointCompute;

  constructor(scope: Construct, id: string, props: ServingEndpointProps) {
    super(scope, id);
    const { servedEntities, traffic, inferenceTable, enabled: isEnabled = true } = props;
    this.endpointName = props.endpointName ?? id;
    this.isDefault = props.defaultEndpoint ?? props.api === undefined;
    this.validateAuth(props);
    refuseSnapshot(this, 'logRemovalPolicy', props.logRemovalPolicy);
    const rendered = renderEndpoint(this, { endpointName: this.endpointName, servedEntities, traffic, inferenceTable, isEnabled });
    const { spec, tables, lineage, ...contents } = rendered;
    this.tables = tables;
    this.enabledEntities = spec.servedEntities.map(({ name }) => name);
    this.lineage = Object.fromEntries(Object.entries(lineage).map(([name, columns]) => [name, columns.map(inputLineage)]));

    this.api = props.api ?? new ServingApi(this, 'Api', { auth: props.auth });
    const endpoints = ApiEndpoints.of(this.api);
    endpoints.add(this, this.endpointName, this.isDefault);
    const { logRetention, logRemovalPolicy, rollout, keepPermissionsFor } = props;
    const options = { logRetention, logRemovalPolicy, rollout, keepPermissionsFor };
    this.compute = (props.compute ?? Compute.lambdaFunction())._run(this, { spec, tables, ...contents, ...options });
    const { integration, grantPrincipal, logGroup, lambda } = this.compute;
    this.grantPrincipal = grantPrincipal;
    this.logGroup = logGroup;
    this.servingFunction = lambda?.servingFunction;
    this.alias = lambda?.servingFunction.alias;
    this.deploymentGroup = lambda?.deploymentGroup;
    this.rollbackAlarms = lambda?.rollbackAlarms;
    inferenceTable?._fill(this, this.endpointName, logGroup);
    const routes = endpoints.addRoutes(this, integration, apiRoutes(this.endpointName, this.isDefault));
    // the routes are children of the API, but who depends on the endpoint must wait for them too
    Dependable.implement(this, { dependencyRoots: [this, ...routes] });
  }

  /**
   * Grants permission to call this endpoint and no other: `execute-api:Invoke` on `/serving-endpoints/{name}/*`.
   * With `EndpointAuth.none()` it adds nothing, because anyone may call.
   */
  public grantInvoke(grantee: IGrantable): Grant {
    return grantEndpoint(this, this.isDefault, grantee);
  }

  /** Applies a removal policy to the request log, the only data of an endpoint. */
  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    this.logGroup.applyRemovalPolicy(policy);
  }

  /**
   * Adds a CloudWatch dashboard: traffic and errors by entity, latency by step, missing features, freshness of materialized tables, and
   * concurrency. It adds no metrics; what comes from the log is queried when you open the dashboard.
   */
  public addDashboard(options: EndpointDashboardOptions = {}): Dashboard {
    const { endpointName, enabledEntities, tables } = this;
    const { metrics, usage, logGroup } = this.compute;
    const materialized = tables.filter((table) => table instanceof FeatureTable && table.materializer !== undefined) as FeatureTable[];
    const freshness = materialized.map((table) => table.metricFreshness({ label: table.featureTableName }));
    const source = { endpointName, enabledEntities, metrics, usage, logGroup, freshness, looksUp: tables.length > 0 };
    return addEndpointDashboard(this, 'Dashboard', source, options.dashboardName);
  }

  /** @internal */
  protected _metrics(): EndpointMetrics {
    return this.compute.metrics;
  }

  private validateAuth({ api, auth }: ServingEndpointProps): void {
    if (api !== undefined && auth !== undefined) {
      refuse(this, '`auth` must not be set beside `api`, which has its own `auth`, got: both');
    }
  }
}

function grantEndpoint(endpoint: IServingEndpoint, isDefault: boolean, grantee: IGrantable): Grant {
  const { api, endpointName } = endpoint;
  return grantInvoke(endpoint, api.auth, grantee, endpointArns(api.httpApi, endpointName, isDefault));
}
