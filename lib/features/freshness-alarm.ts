import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type IFeatureTable } from './feature-lookup';
import { freshnessMetric } from './materialization-metrics';
import { type Materializer } from './materializer';

/** The longest period of an alarm's metric. */
const MAX_PERIOD = Duration.days(1);

/** The alarm goes off after this many periods in a row, because one sweep may miss its period or fail and be retried. */
const SWEEPS = 3;

/** Options of a freshness alarm. */
export interface FreshnessAlarmOptions {
  /** The maximum age of the newest commit that is online. Choose it longer than the time between commits. */
  readonly maxAge: Duration;

  /**
   * The period of the metric, at most one day. A period without a measurement counts as too old.
   * @default - the `sweep` of a continuous materialization, or else one day
   */
  readonly period?: Duration;

  /**
   * The number of periods in a row after which the alarm goes off.
   * @default - 3 for a continuous materialization, or else 1
   */
  readonly evaluationPeriods?: number;
}

/** Adds a freshness alarm to a feature table. */
export function addFreshnessAlarm(table: IFeatureTable, id: string, materializer: Materializer, options: FreshnessAlarmOptions): Alarm {
  const { interval } = materializer._rendered;
  const { maxAge, period = shorter(interval ?? MAX_PERIOD, MAX_PERIOD), evaluationPeriods = interval === undefined ? 1 : SWEEPS } = options;
  return freshnessMetric(materializer.lambdaFunction, { period }).createAlarm(table, id, {
    alarmDescription: `The online store of the feature table ${table.featureTableName} is older than ${maxAge.toHumanString()}`,
    threshold: maxAge.toSeconds(),
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

function shorter(one: Duration, other: Duration): Duration {
  return one.toSeconds() < other.toSeconds() ? one : other;
}
