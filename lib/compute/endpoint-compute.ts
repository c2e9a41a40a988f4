import { type RemovalPolicy } from 'aws-cdk-lib';
import { type HttpRouteIntegration } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Alarm, type IMetric, type MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { type LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type EndpointContents } from './endpoint-contents';
import { type KeptPermission } from './kept-permission';
import { type Rollout } from './rollout';
import { type ServingFunction } from './serving-function';

/** What a compute gets from an endpoint. */
export interface ComputeProps extends EndpointContents {
  readonly logRetention?: RetentionDays;
  readonly logRemovalPolicy?: RemovalPolicy;
  readonly rollout?: Rollout;
  readonly keepPermissionsFor?: readonly KeptPermission[];
}

/** What each kind of compute makes for an endpoint. */
export interface EndpointCompute {
  /** Where the routes of the API send requests. */
  readonly integration: HttpRouteIntegration;
  /** The principal that reads feature tables and models. */
  readonly grantPrincipal: IPrincipal;
  /** Receives one line of JSON for each request. */
  readonly logGroup: LogGroup;
  readonly metrics: EndpointMetrics;
  readonly usage: UsageGraph;
  /** The resources that only a Lambda endpoint has. */
  readonly lambda?: LambdaResources;
}

/** The metrics of an endpoint. */
export interface EndpointMetrics {
  /** Answered requests, with any status. */
  invocations(options?: MetricOptions): Metric;
  /** Requests that were answered with a 4xx. */
  refusals(options?: MetricOptions): Metric;
  /** Requests that were answered with a 5xx, or got no answer. */
  errors(options?: MetricOptions): MathExpression;
  /** Milliseconds that the runtime took to answer. */
  latency(options?: MetricOptions): Metric;
}

/** A graph that shows how much of a compute is in use. */
export interface UsageGraph {
  readonly title: string;
  readonly left: IMetric[];
  readonly right: IMetric[];
}

/** The resources of a Lambda endpoint. */
export interface LambdaResources {
  readonly servingFunction: ServingFunction;
  /** Undefined unless CodeDeploy rolls out new versions. */
  readonly deploymentGroup?: ILambdaDeploymentGroup;
  /** Undefined unless CodeDeploy rolls out new versions. */
  readonly rollbackAlarms?: Alarm[];
}
