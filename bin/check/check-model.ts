import { compareAnswer, type Difference } from '../../lib/contract/compare-answer';
import { answeredOutputs, type ModelCase } from '../../lib/contract/model-cases';
import { type ModelHost, ModelProcess } from '../functions/model-process';
import type { ServedModel } from '../app/served-models';

/** The result of a model version. */
export interface CheckedModel {
  readonly served: ServedModel;
  /** Why the model does not load; absent if it does. */
  readonly broken?: string;
  /** Why the model was not run; absent if it was. */
  readonly skipped?: string;
  readonly failed: readonly FailedCase[];
}

/** A case with an unexpected answer. */
export interface FailedCase {
  readonly name: string;
  /** The index of the case. */
  readonly row: number;
  /** The error that was answered; absent if the answer is a prediction that differs. */
  readonly refusal?: string;
  readonly differences: readonly Difference[];
}

/** Loads a model version with the serving code, and sends each case in a separate request. */
export async function checkModel(served: ServedModel, host: ModelHost): Promise<CheckedModel> {
  const model = new ModelProcess(served, host);
  try {
    const { skipped } = model;
    if (skipped !== undefined) return { served, skipped, failed: [] };
    const broken = await model.load();
    if (broken !== undefined) return { served, broken, failed: [] };
    const failed: FailedCase[] = [];
    for (const [row, one] of (served.cases?.cases ?? []).entries()) {
      const failure = await runCase(model, served, one, row);
      if (failure !== undefined) failed.push(failure);
    }
    return { served, failed };
  } finally {
    await model.stop();
  }
}

async function runCase(
  running: ModelProcess,
  { model, cases }: ServedModel,
  { name, expected, row: record }: ModelCase,
  row: number,
): Promise<FailedCase | undefined> {
  const answer = await running.predict(`case-${row}`, { dataframe_records: [record] });
  if (answer.kind === 'refused') return { name, row, refusal: answer.reason, differences: [] };
  const differences = compareAnswer(answeredOutputs(model), expected, answer.result[0]!, cases!.tolerance);
  return differences.length === 0 ? undefined : { name, row, differences };
}
