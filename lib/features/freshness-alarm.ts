import { Duration } from 'aws-cdk-lib';
import { type Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type IFeatureTable } from './feature-lookup';
import { freshnessMetric } from './materialization-metrics';
import { type Materializer } from './materializer';

/** The longest period of an alarm. */
const MAX_PERIOD = Duration.days(1);

/** How many sweeps in a row may miss before the alarm goes off: one may fall out of its period, or fail and be made good by the next. */
const SWEEPS = 3;

/** Options of an alarm on freshness. */
export interface FreshnessAlarmOptions {
  /** How long ago the newest version that is online may have been committed. Longer than the pauses between commits. */
  readonly maxAge: Duration;

  /**
   * How often freshness is measured: a period with no measure counts as too old. At most a day.
   * @default - the sweep of a continuous materialization; else a day
   */
  readonly period?: Duration;

  /**
   * After how many periods in a row the alarm goes off.
   * @default - 3 for a continuous materialization, else 1
   */
  readonly evaluationPeriods?: number;
}

/** Adds an alarm to a feature table. */
export function addFreshnessAlarm(table: IFeatureTable, id: string, materializer: Materializer, options: FreshnessAlarmOptions): Alarm {
  const { interval } = materializer._rendered;
  const { maxAge, period = shorter(interval ?? MAX_PERIOD, MAX_PERIOD), evaluationPeriods = interval === undefined ? 1 : SWEEPS } = options;
  return freshnessMetric(materializer.lambdaFunction, { period }).createAlarm(table, id, {
    alarmDescription: `What is online of the feature table ${table.featureTableName} is older than ${maxAge.toHumanString()}`,
    threshold: maxAge.toSeconds(),
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

function shorter(one: Duration, other: Duration): Duration {
  return one.toSeconds() < other.toSeconds() ? one : other;
}
