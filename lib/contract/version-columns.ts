import { type ColumnSpec } from './data-types';
import { type ModelInputSpec, type ModelSpec, type RoutineSpec } from './endpoint-spec';

/** The steps of a routine. */
export const ROUTINE_STEPS = ['preprocess', 'postprocess'] as const;

/** A step of a routine. */
export type RoutineStep = (typeof ROUTINE_STEPS)[number];

/** A column that the graph or the routine of a model version reads from the request or the features. */
export interface VersionColumn {
  readonly column: ColumnSpec;
  /** The tensor that the column feeds; absent for a column of the routine. */
  readonly input?: ModelInputSpec;
  /** The step that reads the column, as `stepText` names it; absent for a column that feeds a tensor. */
  readonly step?: string;
}

/**
 * Returns the columns that a model version reads from the request and the features: of preprocess, of the graph, then of postprocess. A
 * column that several of them read occurs once for each.
 */
export function versionColumns(model: ModelSpec): VersionColumn[] {
  const { routine } = model;
  const computed = new Set(routine?.preprocess?.outputs.map(({ name }) => name));
  return [
    ...readBy(routine, 'preprocess'),
    ...model.inputs.flatMap((input) => input.columns.filter(({ name }) => !computed.has(name)).map((column) => ({ column, input }))),
    ...readBy(routine, 'postprocess'),
  ];
}

/** Formats the step for error messages. */
export function stepText(step: RoutineStep, routineName: string): string {
  return `${step} of routine '${routineName}'`;
}

function readBy(routine: RoutineSpec | undefined, step: RoutineStep): VersionColumn[] {
  return (routine?.[step]?.inputs ?? []).map((column) => ({ column, step: stepText(step, routine!.name) }));
}
