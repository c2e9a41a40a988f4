import type { LookupReader } from '../lookups/lookup-reader';
import { rememberedLookups } from '../lookups/shared-lookups';
import type { ModelRun } from '../protocols/answer';
import { rowReader, valueElements } from '../protocols/tensor';
import type { Refusal } from '../refusal';
import type { Batch, RowTimes } from '../serving/batch';
import { compute } from '../serving/compute';
import { Deadline } from '../serving/deadline';
import { join } from '../serving/join';
import type { ModelPlan } from '../serving/model-plan';
import { batchOf } from '../serving/part';
import type { SinglePlan } from '../serving/plan';
import { postprocess, preprocess } from '../serving/run-routine';
import { score, type Scorer } from '../serving/score';
import { validate } from '../serving/validate';
import { type RowsResult, settingAside } from './set-aside';

/** The number of rows that go through the steps together. */
export const BATCH_ROWS = 4096;

/** Rows that are answered together: all their keys are looked up at once. */
export interface Chunk {
  readonly rows: number;
  /** The values of each column of the plan's request, by row, as the column's reader takes them; undefined where there is no value. */
  readonly cells: readonly (readonly unknown[])[];
  readonly times: RowTimes;
}

/** The stores and the model that answer rows. */
export interface BatchIo {
  /** The reader of the stores; undefined if the plan looks nothing up. */
  readonly lookups: LookupReader | undefined;
  /** The scorer of the model; undefined if the plan has no model. */
  readonly scorer: Scorer | undefined;
}

/** The answers of rows, and the values from which they were made, by column and row, in the JavaScript form of the types. */
export interface AnsweredRows {
  /** The columns of the plan. */
  readonly known: readonly (readonly unknown[] | undefined)[];
  /** The outputs of the model or of its routine; empty without a model. */
  readonly outputs: readonly (readonly unknown[])[];
}

/**
 * Answers rows by the steps of the request path.
 * @param refuse is called for each row for which a request would be refused; the other rows are answered
 * @returns the answers, in the order of the rows
 */
export async function* answerChunk(
  plan: SinglePlan,
  io: BatchIo,
  chunk: Chunk,
  refuse: (row: number, refusal: Refusal) => void,
): AsyncGenerator<RowsResult<AnsweredRows>> {
  const rows = Array.from({ length: chunk.rows }, (_, row) => row);
  const lookups = io.lookups && rememberedLookups(io.lookups);
  if (lookups !== undefined) await lookUpAll(plan, lookups, chunk, rows);
  const size = plan.answer.kind === 'model' && plan.answer.outputs.some(({ mayHaveBatch }) => !mayHaveBatch) ? 1 : BATCH_ROWS;
  for (let start = 0; start < rows.length; start += size) {
    yield* settingAside(rows.slice(start, start + size), (some) => answerRows(plan, { ...io, lookups }, part(chunk, some)), refuse);
  }
}

/** Looks up the keys of all rows, so that an offline store is scanned once for each round. Missing values are refused later, row by row. */
async function lookUpAll(plan: SinglePlan, lookups: LookupReader, chunk: Chunk, rows: readonly number[]): Promise<void> {
  const lenient = { ...plan, columns: plan.columns.map((column) => ({ ...column, mayBeNull: true })) };
  const run = (some: readonly number[]) => {
    const { cells, times } = part(chunk, some);
    return join(lenient, lookups, read(plan, some.length, cells), times, Infinity);
  };
  for await (const { result } of settingAside(rows, run, () => undefined)) void result;
}

function read(plan: SinglePlan, rows: number, cells: Chunk['cells']): Batch {
  return batchOf({ plan, rows: undefined }, validate(plan.reading, { rows, cells, undeclared: new Map() }));
}

function part(chunk: Chunk, rows: readonly number[]): Chunk {
  const { cells, times } = chunk;
  if (rows.length === chunk.rows) return chunk;
  return { rows: rows.length, cells: cells.map((values) => rows.map((row) => values[row])), times: (i) => times(rows[i]!) };
}

async function answerRows(plan: SinglePlan, { lookups, scorer }: BatchIo, { rows, cells, times }: Chunk): Promise<AnsweredRows> {
  const batch = read(plan, rows, cells);
  const joined = lookups === undefined ? batch : await join(plan, lookups, batch, times, Infinity);
  const computed = compute(plan, joined, times, Deadline.NONE);
  const known = computed.columns.map((column) => column?.values);
  if (plan.answer.kind === 'features') return { known, outputs: [] };

  const model = plan.answer;
  const fed = model.preprocess === undefined ? computed : preprocess(model.preprocess, computed, Deadline.NONE);
  const runs = await score(model, scorer!, fed, rows, Deadline.NONE);
  if (model.postprocess === undefined) return { known, outputs: outputsOf(model, rows, runs) };
  const results = postprocess(model.postprocess, computed, runs, Deadline.NONE);
  return { known, outputs: model.postprocess.outputs.map((_, i) => results.map((values) => values[i])) };
}

function outputsOf(model: ModelPlan, rows: number, runs: readonly ModelRun[]): unknown[][] {
  const columns = model.outputs.map(() => new Array<unknown>(rows));
  for (const run of runs) {
    run.outputs.forEach((output, o) => {
      const valueOf = rowReader(output, valueElements);
      run.rows.forEach((row, i) => (columns[o]![row] = valueOf(i)));
    });
  }
  return columns;
}
