import { type ColumnSpec } from './data-types';
import { type ModelInputSpec, type ModelSpec, type RoutineSpec } from './endpoint-spec';

/** The steps of a routine. */
export const ROUTINE_STEPS = ['preprocess', 'postprocess'] as const;

/** A step of a routine. */
export type RoutineStep = (typeof ROUTINE_STEPS)[number];

/** A column that a model version takes from outside, as one part of it takes it. */
export interface VersionColumn {
  readonly column: ColumnSpec;
  /** The tensor that it feeds; absent where a routine reads it. */
  readonly input?: ModelInputSpec;
  /** The step that reads it, as `stepText` names it; absent where it feeds a tensor. */
  readonly step?: string;
}

/**
 * Every column that a model version takes from outside, once for each part of it that does, in this order: what is computed of before the
 * graph, what feeds the graph, what is read after it.
 */
export function versionColumns(model: ModelSpec): VersionColumn[] {
  const { routine } = model;
  const given = new Set(routine?.preprocess?.outputs.map(({ name }) => name));
  return [
    ...readBy(routine, 'preprocess'),
    ...model.inputs.flatMap((input) => input.columns.filter(({ name }) => !given.has(name)).map((column) => ({ column, input }))),
    ...readBy(routine, 'postprocess'),
  ];
}

/** The step as errors name it. */
export function stepText(step: RoutineStep, routineName: string): string {
  return `${step} of routine '${routineName}'`;
}

function readBy(routine: RoutineSpec | undefined, step: RoutineStep): VersionColumn[] {
  return (routine?.[step]?.inputs ?? []).map((column) => ({ column, step: stepText(step, routine!.name) }));
}
