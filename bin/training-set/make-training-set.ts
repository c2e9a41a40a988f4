import { answerChunk } from '../../lambda/batch/answer-chunk';
import { deltaTypeOf } from '../../lambda/offline/feature-schema';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import type { FeatureAnswerPlan, Plan, SinglePlan } from '../../lambda/serving/plan';
import type { EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { Refusal } from '../../lambda/refusal';
import { type FittedPlan, fitPlan } from '../rows/fit-plan';
import type { Output, OutputReport } from '../rows/output';
import { PartFolder } from '../rows/part-folder';
import type { PartEncoder } from '../rows/part-format';
import { rejectedByRefusal } from '../rows/rejected-rows';
import { type RejectedRow, type RowColumn, type Rows, type RowSlice, slicesOfSize } from '../rows/rows';
import { UserError } from '../terminal/user-error';
import { type TimeColumn, timeColumn, timeOf } from './label-time';

/** How many labels are looked up together. The offline store is read once for all of them. */
const SLICE_ROWS = 100_000;

type FeaturePlan = SinglePlan & { readonly answer: FeatureAnswerPlan };

/** How to make a training set. */
export interface TrainingSetOptions {
  readonly plan: FeaturePlan;
  /** The spec that the plan was made of. */
  readonly spec: EndpointSpec;
  readonly labels: Rows;
  /** The column with the labels' times. */
  readonly time?: string;
  /** Undefined if the plan looks nothing up. */
  readonly lookups: LookupReader | undefined;
  readonly output: Output;
  /** Lets a table that is the output ignore rows that it already has. */
  readonly runId: string;
  /** The clock, in milliseconds since 1970: the time of the labels if nothing needs it. */
  readonly now: () => number;
  /** Gets the share of the labels that has been read, from 0 to 1. */
  readonly progress: (share: number) => void;
}

/** What was written. */
export interface TrainingSetReport extends OutputReport {
  readonly rejected: readonly RejectedRow[];
}

/**
 * Joins features to labels as the online store would have had them at the time of each label, and writes the output.
 * @throws UserError, before anything is written, if the labels do not fit the plan
 */
export async function makeTrainingSet(options: TrainingSetOptions): Promise<TrainingSetReport> {
  const { labels, output, runId, progress } = options;
  const fitted = fitPlan(options.plan, options.spec, labels);
  const time = timeColumn(options.plan, labels, options.time);
  const columns = trainingColumns(options.plan, labels);
  await output.check(columns);
  const parts = PartFolder.start(`${output.path}.parts`, runId, null);
  try {
    const rejected: RejectedRow[] = [];
    let rows = 0;
    let bytes = 0;
    let part = 0;
    for await (const slice of slicesOfSize(labels, SLICE_ROWS, (more) => progress((bytes += more) / labels.size))) {
      rejected.push(...slice.rejected);
      const encoder = output.format.open(columns);
      rows += await joinFeatures(options, fitted, time, columns, slice, encoder, rejected);
      parts.keep(part++, encoder.finish(), null);
    }
    const paths = Array.from(parts.parts(), ({ path }) => path);
    const report = await output.finish({ columns, paths, rowCount: rows, transaction: { appId: runId, version: 0n } });
    return { ...report, rejected };
  } finally {
    parts.remove();
  }
}

/** Encodes labels with their features. @returns how many were encoded */
async function joinFeatures(
  { lookups, now }: TrainingSetOptions,
  { plan, requestValues }: FittedPlan<FeaturePlan>,
  time: TimeColumn | undefined,
  columns: readonly TrainingColumn[],
  slice: RowSlice,
  encoder: PartEncoder,
  rejected: RejectedRow[],
): Promise<number> {
  const { lines, columns: given, times } = timedRows(slice, time, BigInt(now()) * 1000n, rejected);
  let count = 0;
  const chunk = { rows: lines.length, cells: requestValues(given), times: (row: number) => times[row]! };
  const refuse = (row: number, refusal: Refusal): void => void rejected.push(rejectedByRefusal(lines[row]!, refusal));
  for await (const { rows, result } of answerChunk(plan, { lookups, scorer: undefined }, chunk, refuse)) {
    const values = columns.map((column) =>
      column.of === 'plan' ? result.known[column.index]! : rows.map((row) => labelValue(column, given[column.index]![row])),
    );
    encoder.append(values, rows.length);
    count += rows.length;
  }
  return count;
}

function labelValue({ value }: Extract<TrainingColumn, { of: 'labels' }>, stored: unknown): unknown {
  if (stored === null || stored === undefined) return null;
  return value === undefined ? stored : value(stored);
}

/** Returns the labels that have a time, and the times. */
function timedRows(
  { lines, columns }: RowSlice,
  time: TimeColumn | undefined,
  now: bigint,
  rejected: RejectedRow[],
): Pick<RowSlice, 'lines' | 'columns'> & { times: readonly bigint[] } {
  if (time === undefined) return { lines, columns, times: lines.map(() => now) };
  const times: bigint[] = [];
  const rows = lines.flatMap((line, row) => {
    const found = timeOf(time, columns[time.index]![row], line);
    if (typeof found !== 'bigint') {
      rejected.push(found);
      return [];
    }
    times.push(found);
    return [row];
  });
  if (rows.length === lines.length) return { lines, columns, times };
  return { lines: rows.map((row) => lines[row]!), columns: columns.map((values) => rows.map((row) => values[row])), times };
}

/** A column of a training set, and where its values come from. */
type TrainingColumn = RowColumn &
  /** A column of the labels, by its index. */
  (
    | { readonly of: 'labels'; readonly index: number; readonly value?: (stored: unknown) => unknown }
    /** A column of the plan, by its index. */
    | { readonly of: 'plan'; readonly index: number }
  );

/**
 * The columns of a training set: the columns of the labels, then the other features of the feature spec. For request columns, the values are as
 * serving reads them: with the declared type, and with defaults for missing values.
 * @throws UserError naming each column of the labels that a feature function computes
 */
function trainingColumns(plan: Plan & { readonly answer: FeatureAnswerPlan }, labels: Rows): TrainingColumn[] {
  const sent = new Map(plan.sent.map(({ column }) => [plan.columns[column]!.name, column]));
  const computed = labels.columns.filter(({ name }) => plan.functions.some(({ output }) => plan.columns[output]!.name === name));
  if (computed.length > 0) {
    const lines = computed.map(
      ({ name }) =>
        `${labels.name}: column '${name}': expected no such column, because a feature function computes it, got: a column of this name`,
    );
    throw new UserError(lines.join('\n'));
  }
  const given = labels.columns.map(({ name, type, value }, index): TrainingColumn => {
    const column = sent.get(name);
    return column === undefined ? { of: 'labels', name, type, index, value } : ofPlan(plan, column);
  });
  const others = plan.answer.columns.filter(({ name }) => given.every((column) => column.name !== name));
  return [...given, ...others.map(({ column }) => ofPlan(plan, column))];
}

function ofPlan({ columns }: Plan, index: number): TrainingColumn {
  const { name, type } = columns[index]!;
  return { of: 'plan', name, type: deltaTypeOf(type), index };
}
