import { mergedLookups, readTogether, rememberedLookups } from '../../lambda/lookups/shared-lookups';
import { WrongAttribute } from '../../lambda/online/attribute';
import { Refusal } from '../../lambda/refusal';
import type { Batch, RowTimes } from '../../lambda/serving/batch';
import { compute } from '../../lambda/serving/compute';
import { Deadline } from '../../lambda/serving/deadline';
import { join } from '../../lambda/serving/join';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import type { Plan } from '../../lambda/serving/plan';

/** The result of a step, or why it refuses the request. */
export type StepResult<T> = { readonly kind: 'done'; readonly result: T } | { readonly kind: 'refused'; readonly reason: string };

/** A request with the features of one store. */
export interface Replayed {
  /** The looked-up columns, including missing values that serving would refuse. */
  readonly lookedUp: StepResult<Batch>;
  /** All columns before the model runs, as in serving. */
  readonly computed: StepResult<Batch>;
}

/** Replays requests with the features of one store. Their lookups are read together. */
export function replay(plan: Plan, lookups: LookupReader, requests: readonly Batch[], times: RowTimes): Promise<Replayed[]> {
  const lenient = { ...plan, columns: plan.columns.map((column) => ({ ...column, mayBeNull: true })) };
  const remembered = rememberedLookups(readTogether(mergedLookups(lookups)));
  return Promise.all(
    requests.map(async (sent) => {
      const lookedUp = await runStep(() => join(lenient, remembered, sent, times, Infinity));
      if (lookedUp.kind === 'refused') return { lookedUp, computed: lookedUp };
      const computed = await runStep(async () => compute(plan, await join(plan, remembered, sent, times, Infinity), times, Deadline.NONE));
      return { lookedUp, computed };
    }),
  );
}

/** Runs a step; a refusal of the request is a result. @throws the step's other errors, such as a store that does not answer */
export async function runStep<T>(step: () => T | Promise<T>): Promise<StepResult<T>> {
  try {
    return { kind: 'done', result: await step() };
  } catch (error) {
    const isRefusal = error instanceof WrongAttribute || (error instanceof Refusal && error.code === 'INVALID_PARAMETER_VALUE');
    if (!isRefusal) throw error;
    return { kind: 'refused', reason: error.message };
  }
}
