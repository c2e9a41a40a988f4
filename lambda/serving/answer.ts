import type { Batch } from './batch';
import type { ModelPlan, RoutineOutputPlan } from './model-plan';
import type { Part } from './part';
import type { FeatureAnswerPlan } from './plan';
import type { ScoredRows } from './score';

/** What is answered to a request, before a protocol writes it. */
export interface Answer {
  readonly parts: readonly AnsweredPart[];
  /** How many records the request has. */
  readonly records: number;
  /** The entity that answers each record, where the traffic is split. */
  readonly servedEntities?: readonly string[];
}

/** The records of one entity, answered. */
export interface AnsweredPart extends Part {
  readonly answer: EntityAnswer;
}

/** What an entity answers for its records. */
export type EntityAnswer = ModelAnswer | RoutineAnswer | FeatureAnswer;

/** The outputs of a model. */
export interface ModelAnswer {
  readonly kind: 'model';
  readonly model: ModelPlan;
  readonly scored: readonly ScoredRows[];
}

/** The outputs of the routine after a model. */
export interface RoutineAnswer {
  readonly kind: 'routine';
  readonly outputs: readonly RoutineOutputPlan[];
  /** By record, then by output. */
  readonly results: readonly (readonly unknown[])[];
}

/** Features. */
export interface FeatureAnswer {
  readonly kind: 'features';
  readonly columns: FeatureAnswerPlan['columns'];
  readonly batch: Batch;
}
