import { mergedLookups } from '../../lambda/lookups/merged-lookups';
import { rememberedLookups } from '../../lambda/lookups/remembered-lookups';
import { WrongAttribute } from '../../lambda/online/attribute';
import { Refusal } from '../../lambda/refusal';
import type { Batch, RowTimes } from '../../lambda/serving/batch';
import { compute } from '../../lambda/serving/compute';
import { join } from '../../lambda/serving/join';
import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import { readTogether } from '../../lambda/lookups/lookups-together';
import type { Plan } from '../../lambda/serving/plan';

/** What a step gave, or why it refuses the request. */
export type Settled<T> = { readonly kind: 'done'; readonly result: T } | { readonly kind: 'refused'; readonly reason: string };

/** What one store makes of a request. */
export interface Replayed {
  /** All that is looked up, also where serving would refuse what is missing. */
  readonly lookedUp: Settled<Batch>;
  /** All that is known before a model is asked, as serving has it. */
  readonly computed: Settled<Batch>;
}

/** Replays requests with the features of one store; what they look up is read together. */
export function replay(plan: Plan, lookups: LookupReader, requests: readonly Batch[], times: RowTimes): Promise<Replayed[]> {
  const lenient = { ...plan, columns: plan.columns.map((column) => ({ ...column, mayBeNull: true })) };
  const remembered = rememberedLookups(readTogether(mergedLookups(lookups)));
  return Promise.all(
    requests.map(async (sent) => {
      const lookedUp = await settled(() => join(lenient, remembered, sent, times, Infinity));
      if (lookedUp.kind === 'refused') return { lookedUp, computed: lookedUp };
      const computed = await settled(async () => compute(plan, await join(plan, remembered, sent, times, Infinity), times));
      return { lookedUp, computed };
    }),
  );
}

/** Runs a step whose refusals are answers. @throws what it throws for another reason: a store that does not answer */
export async function settled<T>(step: () => T | Promise<T>): Promise<Settled<T>> {
  try {
    return { kind: 'done', result: await step() };
  } catch (error) {
    const isAnswer = error instanceof WrongAttribute || (error instanceof Refusal && error.code === 'INVALID_PARAMETER_VALUE');
    if (!isAnswer) throw error;
    return { kind: 'refused', reason: error.message };
  }
}
