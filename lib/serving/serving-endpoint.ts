import { type RemovalPolicy } from 'aws-cdk-lib';
import { type Alarm, type Dashboard, type MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Alias } from 'aws-cdk-lib/aws-lambda';
import { type LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { Compute } from '../compute/index';
import { type ServingFunction } from '../compute/serving-function';
import { FeatureTable, type IFeatureTable, type InputLineage } from '../features/index';
import { inputLineage } from '../features/input-lineage';
import { refuse } from '../refuse';
import { type EndpointAuth } from './endpoint-auth';
import { addEndpointDashboard } from './endpoint-dashboard';
import { errorsMetric, invocationsMetric, latencyMetric } from './endpoint-metrics';
import { addRoutes, endpointRoutes, invocationsPath } from './endpoint-routes';
import { GradualRollout } from './gradual-rollout';
import { renderEndpoint } from './render-endpoint';
import { type Rollout } from './rollout';
import { rolloutDocument } from './rollout-document';
import { grantInvoke, routeArn } from './grant-invoke';
import { type InferenceTable } from './inference-table';
import { checkLogicalName } from './logical-name';
import { type ServedEntity } from './served-entity';
import { type IServingApi, ServingApi } from './serving-api';
import { type TrafficSplit } from './traffic-split';

/** An endpoint, of this app or imported. */
export interface IServingEndpoint extends IConstruct {
  /** The name of the endpoint: the `{name}` of `/serving-endpoints/{name}/invocations`. */
  readonly endpointName: string;
  /** The address that takes requests: `https://…/serving-endpoints/{name}/invocations`. */
  readonly url: string;
  /** The API that the endpoint answers on. */
  readonly api: IServingApi;
  /**
   * Lets a grantee call this endpoint and no other: `execute-api:Invoke` on its routes.
   * Where anyone may call (`EndpointAuth.none()`) it grants nothing.
   */
  grantInvoke(grantee: IGrantable): Grant;
}

/** Properties of an endpoint. */
export interface ServingEndpointProps {
  /** What the endpoint serves: one to ten entities. Each is also called by its name: `/serving-endpoints/{endpoint}/served-models/{name}/invocations`. */
  readonly servedEntities: ServedEntity[];

  /**
   * Which served entity answers a request that names none.
   * @default - the only one; required where there are more
   */
  readonly traffic?: TrafficSplit;

  /**
   * Whether requests are answered. An endpoint that is not enabled is checked at synth and deployed without its models and without provisioned
   * concurrency, and answers 403.
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The name of the endpoint, the `{name}` of `/serving-endpoints/{name}/invocations`: a letter or digit, then up to 62 letters, digits,
   * `_` or `-`. It differs from the names of its served entities, and from the aliases and stages of what they serve.
   * @default - the id of the construct
   */
  readonly endpointName?: string;

  /**
   * How requests come to a new version of the function.
   * @default - all at once, when the deploy reaches it; nothing is tried beforehand
   */
  readonly rollout?: Rollout;

  /**
   * What the endpoint runs on.
   * @default Compute.lambdaFunction()
   */
  readonly compute?: Compute;

  /**
   * The API that the endpoint answers on. Endpoints can share one.
   * @default - an API of its own
   */
  readonly api?: IServingApi;

  /**
   * Who may call the endpoint, where it has an API of its own. Refused beside `api`, which has its own `auth`.
   * @default EndpointAuth.iam()
   */
  readonly auth?: EndpointAuth;

  /**
   * Whether the endpoint also answers `POST /invocations`, `GET /`, `GET /health` and `GET /version` of its API. One endpoint of an API does.
   * @default - true where the endpoint has an API of its own, false beside `api`
   */
  readonly defaultEndpoint?: boolean;

  /**
   * A table that keeps requests and answers, or a share of them.
   * @default - none: the log has a line for each request, without what was sent and answered
   */
  readonly inferenceTable?: InferenceTable;

  /**
   * How long the log of the function is kept.
   * @default RetentionDays.SIX_MONTHS
   */
  readonly logRetention?: RetentionDays;

  /**
   * What happens to the log of the function when the endpoint is deleted.
   * @default RemovalPolicy.RETAIN
   */
  readonly logRemovalPolicy?: RemovalPolicy;
}

/** Attributes of an endpoint that another app made. */
export interface ServingEndpointAttributes {
  /** The name of the endpoint. */
  readonly endpointName: string;
  /** The API that it answers on, such as one of `ServingApi.fromServingApiAttributes`. */
  readonly api: IServingApi;
  /**
   * Names by which its served entities may be called: their own, aliases and stages, the `{name}` of
   * `/serving-endpoints/{endpoint}/served-models/{name}/invocations`.
   * @default - `grantInvoke` lets a grantee call the endpoint, and none of its served entities by its name
   */
  readonly servedModels?: string[];
}

/** Options of an endpoint's dashboard. */
export interface EndpointDashboardOptions {
  /**
   * The name of the dashboard.
   * @default - one that CloudFormation makes
   */
  readonly dashboardName?: string;
}

/**
 * An address that answers records with predictions of a model, or with features.
 *
 * What it serves is read when it is made: models and features are packed with the runtime into one published version of a Lambda function.
 * A request for it is `POST /serving-endpoints/{name}/invocations`.
 */
export class ServingEndpoint extends Construct implements IServingEndpoint {
  /** Imports an endpoint that another app made, to let principals of this app call it. */
  public static fromServingEndpointAttributes(scope: Construct, id: string, attrs: ServingEndpointAttributes): IServingEndpoint {
    const servedModels = [...(attrs.servedModels ?? [])];
    class Import extends Construct implements IServingEndpoint {
      public readonly endpointName = attrs.endpointName;
      public readonly api = attrs.api;
      public readonly url = urlOf(attrs.api, attrs.endpointName);

      constructor() {
        super(scope, id);
        checkLogicalName(this, '`endpointName`', attrs.endpointName);
        for (const name of servedModels) checkLogicalName(this, '`servedModels`', name);
      }

      public grantInvoke(grantee: IGrantable): Grant {
        return grantRoutes(this, false, servedModels, grantee);
      }
    }
    return new Import();
  }

  /** The name of the endpoint. */
  public readonly endpointName: string;
  /** The address that takes requests. */
  public readonly url: string;
  /** The API that the endpoint answers on: the one that it was given, or its own, a `ServingApi`. */
  public readonly api: IServingApi;
  /** What serves the endpoint. */
  public readonly servingFunction: ServingFunction;
  /** The alias `live` of the function's version that answers requests. */
  public readonly alias: Alias;
  /** The log group of the function. */
  public readonly logGroup: LogGroup;
  /** What moves the alias by CodeDeploy; undefined where no roll-out asks for that. */
  public readonly deploymentGroup?: ILambdaDeploymentGroup;
  /** The alarms that take a roll-out back: of errors, latency and throttles. None where CodeDeploy does not roll out. */
  public readonly rollbackAlarms: Alarm[];
  /**
   * Where the columns of each served entity come from, by its name: of a model, the columns of its inputs in the model's order; of features,
   * the columns of the answer.
   */
  public readonly lineage: { [servedEntity: string]: InputLineage[] };
  private readonly isDefault: boolean;
  private readonly names: readonly string[];
  private readonly tables: readonly IFeatureTable[];
  /** Those that are enabled. */
  private readonly servedEntities: readonly string[];

  constructor(scope: Construct, id: string, props: ServingEndpointProps) {
    super(scope, id);
    this.endpointName = props.endpointName ?? id;
    this.isDefault = props.defaultEndpoint ?? props.api === undefined;
    this.validateAuth(props);
    const { servedEntities, traffic, enabled: isEnabled = true } = props;
    const {
      spec: served,
      tables,
      files,
      objects,
      lineage,
      cases,
      names,
    } = renderEndpoint(this, {
      endpointName: this.endpointName,
      servedEntities,
      traffic,
      isEnabled,
    });
    this.names = names;
    this.tables = tables;
    this.servedEntities = served.servedEntities.map(({ name }) => name);
    const { inferenceTable } = props;
    const spec = inferenceTable === undefined ? served : { ...served, inferenceTable: inferenceTable._render(served) };

    this.api = props.api ?? new ServingApi(this, 'Api', { auth: props.auth });
    this.api._claim(this, this.endpointName, this.isDefault);
    this.servingFunction = (props.compute ?? Compute.lambdaFunction())._servingFunction(this, 'Function', {
      spec,
      files,
      tables,
      objects,
      cases,
      logRetention: props.logRetention,
      logRemovalPolicy: props.logRemovalPolicy,
      previousVersion: props.rollout?._previous(this),
    });
    const gradual = props.rollout?._gradual(this);
    const rollout = gradual && new GradualRollout(this, 'Rollout', this.servingFunction, rolloutDocument(spec, cases), gradual);
    this.deploymentGroup = rollout?.deploymentGroup;
    this.rollbackAlarms = rollout?.alarms ?? [];
    this.alias = this.servingFunction.alias;
    this.logGroup = this.servingFunction.logGroup;
    inferenceTable?._fill(this, this.endpointName, this.logGroup);
    addRoutes(this, this.api, this.alias, endpointRoutes(this.endpointName, this.isDefault, names));

    this.url = urlOf(this.api, this.endpointName);
    this.lineage = Object.fromEntries(Object.entries(lineage).map(([name, of]) => [name, of.map(inputLineage)]));
  }

  /**
   * Lets a grantee call this endpoint and no other: `execute-api:Invoke` on its routes.
   * Where anyone may call (`EndpointAuth.none()`) it grants nothing.
   */
  public grantInvoke(grantee: IGrantable): Grant {
    return grantRoutes(this, this.isDefault, this.names, grantee);
  }

  /** How many requests the endpoint answered, with whatever status. By default the sum over five minutes. */
  public metricInvocations(options?: MetricOptions): Metric {
    return invocationsMetric(this.servingFunction.lambdaFunction, options);
  }

  /** How many requests failed by no fault of the caller: a 5xx, or no answer of the function at all. By default the sum over five minutes. */
  public metricErrors(options?: MetricOptions): MathExpression {
    return errorsMetric(this.servingFunction.lambdaFunction, options);
  }

  /** How long the function took to answer, in milliseconds, without its start and the network. By default the average over five minutes. */
  public metricLatency(options?: MetricOptions): Metric {
    return latencyMetric(this.servingFunction.lambdaFunction, options);
  }

  /**
   * Adds a CloudWatch dashboard: traffic and errors by entity, latency by step, features that lookups miss, the freshness of the tables that are
   * materialized, concurrency. It adds no metric; what comes from the log is read when somebody looks.
   */
  public addDashboard(options: EndpointDashboardOptions = {}): Dashboard {
    const { endpointName, logGroup, tables, servingFunction } = this;
    const materialized = tables.filter((table) => table instanceof FeatureTable && table.materializer !== undefined) as FeatureTable[];
    const freshness = materialized.map((table) => table.metricFreshness({ label: table.featureTableName }));
    const { servedEntities } = this;
    const { lambdaFunction } = servingFunction;
    const shown = { endpointName, servedEntities, lambdaFunction, logGroup, freshness, looksUp: tables.length > 0 };
    return addEndpointDashboard(this, 'Dashboard', shown, options.dashboardName);
  }

  private validateAuth({ api, auth }: ServingEndpointProps): void {
    if (api !== undefined && auth !== undefined) {
      refuse(this, `\`auth\` is for an endpoint with an API of its own; an \`api\` has its own \`auth\`, got: both`);
    }
  }
}

function urlOf(api: IServingApi, endpointName: string): string {
  return `${api.url}${invocationsPath(endpointName).slice(1)}`;
}

function grantRoutes(endpoint: IServingEndpoint, isDefault: boolean, names: readonly string[], grantee: IGrantable): Grant {
  const { api, endpointName } = endpoint;
  const arns = endpointRoutes(endpointName, isDefault, names).map(({ method, path }) => routeArn(api, method, path));
  return grantInvoke(endpoint, api.auth, grantee, arns);
}
