import { answerChunk } from '../../lambda/batch/answer-chunk';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import type { FeatureAnswerPlan, SinglePlan } from '../../lambda/serving/plan';
import type { EndpointSpec } from '../../lib/contract/endpoint-spec';
import { chunksOf, type InputChunk } from '../rows/chunks';
import { refusedRow, type Rejection } from '../rows/rejection';
import { fitPlan, type InputPlan } from '../rows/request-cells';
import type { RowsInput } from '../rows/rows-input';
import type { Output, OutputReport } from '../rows/output';
import { PartFolder } from '../rows/part-folder';
import type { PartEncoder } from '../rows/part-format';
import { type TimeColumn, timeColumn, timeOf } from './label-time';
import { type TrainingColumn, trainingColumns } from './training-columns';

/** How many labels are looked up together: the offline store is read once for all of them. */
const CHUNK_ROWS = 100_000;

type FeaturePlan = SinglePlan & { readonly answer: FeatureAnswerPlan };

/** What a training set is made of. */
export interface TrainingSetOptions {
  readonly plan: FeaturePlan;
  /** What the plan was made of. */
  readonly spec: EndpointSpec;
  readonly labels: RowsInput;
  /** The column of the labels' times. */
  readonly time?: string;
  /** Undefined where the plan looks nothing up. */
  readonly lookups: LookupReader | undefined;
  readonly output: Output;
  /** What tells the run from others, to a table that it is written into. */
  readonly runId: string;
  /** The clock, in milliseconds since 1970: the time of labels where nothing asks for one. */
  readonly now: () => number;
  /** Is told now and then which share of the labels has been read, from 0 to 1. */
  readonly progress: (share: number) => void;
}

/** What became of the labels. */
export interface TrainingSetReport extends OutputReport {
  readonly rejected: readonly Rejection[];
}

/**
 * Answers each label as the online store would have answered at its time, and writes the answers.
 * @throws UserError, before anything is written, when the labels do not fit the plan
 */
export async function makeTrainingSet(options: TrainingSetOptions): Promise<TrainingSetReport> {
  const { labels, output, runId, progress } = options;
  const fitted = fitPlan(options.plan, options.spec, labels);
  const time = timeColumn(options.plan, labels, options.time);
  const columns = trainingColumns(options.plan, labels);
  await output.check(columns);
  const parts = PartFolder.begin(`${output.path}.parts`, runId, null);
  try {
    const rejected: Rejection[] = [];
    let rows = 0;
    let bytes = 0;
    for await (const chunk of chunksOf(labels, CHUNK_ROWS, (more) => progress((bytes += more) / labels.size))) {
      rejected.push(...chunk.rejected);
      const encoder = output.format.begin(columns);
      rows += await answerLabels(options, fitted, time, columns, chunk, encoder, rejected);
      parts.keep(chunk.number, encoder.finish(), null);
    }
    const paths = Array.from(parts.parts(), ({ path }) => path);
    const report = await output.finish({ columns, paths, rowCount: rows, transaction: { appId: runId, version: 0n } });
    return { ...report, rejected };
  } finally {
    parts.remove();
  }
}

/** Writes the answers of a chunk's labels. @returns how many there are */
async function answerLabels(
  { lookups, now }: TrainingSetOptions,
  { plan, cellsOf }: InputPlan<FeaturePlan>,
  time: TimeColumn | undefined,
  columns: readonly TrainingColumn[],
  chunk: InputChunk,
  encoder: PartEncoder,
  rejected: Rejection[],
): Promise<number> {
  const { lines, cells, times } = timedRows(chunk, time, BigInt(now()) * 1000n, rejected);
  let count = 0;
  const asked = { rows: lines.length, cells: cellsOf(cells), times: (row: number) => times[row]! };
  const refuse = (row: number, refusal: Parameters<typeof refusedRow>[1]): void => void rejected.push(refusedRow(lines[row]!, refusal));
  for await (const { rows, result } of answerChunk(plan, { lookups, scorer: undefined }, asked, refuse)) {
    const values = columns.map((column) =>
      column.of === 'plan' ? result.known[column.index]! : rows.map((row) => ownValue(column, cells[column.place]![row])),
    );
    encoder.append(values, rows.length);
    count += rows.length;
  }
  return count;
}

function ownValue({ value = same }: Extract<TrainingColumn, { of: 'labels' }>, cell: unknown): unknown {
  return cell === null || cell === undefined ? null : value(cell);
}

const same = (cell: unknown): unknown => cell;

/** The rows whose label has a time, and the times. */
function timedRows(
  chunk: InputChunk,
  time: TimeColumn | undefined,
  now: bigint,
  rejected: Rejection[],
): { lines: readonly number[]; cells: InputChunk['cells']; times: readonly bigint[] } {
  const { lines, cells } = chunk;
  if (time === undefined) return { lines, cells, times: lines.map(() => now) };
  const times: bigint[] = [];
  const rows = lines.flatMap((line, row) => {
    const found = timeOf(time, cells[time.place]![row], line);
    if (typeof found !== 'bigint') {
      rejected.push(found);
      return [];
    }
    times.push(found);
    return [row];
  });
  if (rows.length === lines.length) return { lines, cells, times };
  return { lines: rows.map((row) => lines[row]!), cells: cells.map((column) => rows.map((row) => column[row])), times };
}
