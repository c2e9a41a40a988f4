import type { ColumnSpec, DataType } from '../../lib/contract/data-types';
import type { ModelSpec, RoutineSpec } from '../../lib/contract/endpoint-spec';
import { paramColumnName } from '../../lib/contract/params';
import { type RoutineStep, stepText } from '../../lib/contract/version-columns';
import { valueReader } from '../protocols/read-value';
import { valueWriter } from '../protocols/write-value';
import { Refusal } from '../refusal';
import { exportedFunction, type LoadModule } from './compile-function';
import { resultReader } from './function-result';
import type { Feed } from './make-tensor';
import type { InputPlan, ModelPlan, RoutineStepPlan } from './model-plan';
import { valueConverter } from './tensor-elements';

/** Finds a column of the records by its name. */
export type FeedOf = (column: Pick<ColumnSpec, 'name'>) => Feed;

/** A model's routine, ready to be called. */
export interface RoutinePlan extends Pick<ModelPlan, 'preprocess' | 'postprocess'> {
  /** Finds what feeds a column of the model: what preprocess gives, else a column of the records. */
  readonly feedOf: FeedOf;
  /** The input's plan, where values that it cannot take are the fault of whoever gives them. */
  readonly blame: (input: InputPlan) => InputPlan;
}

/**
 * Loads a model's routine.
 * @param size how many columns the records have: those that preprocess gives come behind them
 */
export function planRoutine({ routine, params = [] }: ModelSpec, feedOf: FeedOf, size: number, loadModule: LoadModule): RoutinePlan {
  if (routine === undefined) return { preprocess: undefined, postprocess: undefined, feedOf, blame: (input) => input };
  const module = loadModule(routine.file);
  const made = { module, params: params.map((param) => ({ name: param.name, column: feedOf({ name: paramColumnName(param) }).index })) };
  const preprocess = planStep('preprocess', routine, made, feedOf, size);
  const given = new Map(routine.preprocess?.outputs.map(({ name, type }, i): [string, Feed] => [name, { index: size + i, type }]));
  return {
    preprocess,
    postprocess: planStep('postprocess', routine, made, feedOf, -1),
    feedOf: (column) => given.get(column.name) ?? feedOf(column),
    blame: (input) => (preprocess === undefined ? input : blamed(input, given, preprocess.text)),
  };
}

/** What both steps of a routine have. */
interface Made extends Pick<RoutineStepPlan, 'params'> {
  readonly module: unknown;
}

function planStep(
  step: RoutineStep,
  routine: RoutineSpec,
  { module, params }: Made,
  feedOf: FeedOf,
  first: number,
): RoutineStepPlan | undefined {
  const spec = routine[step];
  if (spec === undefined) return undefined;
  return {
    text: stepText(step, routine.name),
    inputs: spec.inputs.map((column) => {
      const { index, type } = feedOf(column);
      return { name: column.name, column: index, convert: valueConverter(type, column.type) };
    }),
    outputs: spec.outputs.map(({ name, type, nullable = false, defaultValue }, i) => ({
      name,
      column: first < 0 ? -1 : first + i,
      read: resultReader(type),
      write: valueWriter(type),
      fallback: fallbackOf(type, defaultValue),
      mayBeNull: nullable,
    })),
    params,
    call: exportedFunction(module, spec.exportName, routine.file),
  };
}

function fallbackOf(type: DataType, defaultValue: unknown): unknown {
  return defaultValue === undefined ? undefined : valueReader(type)(defaultValue);
}

/** What preprocess gives is no column of the request: its sender can do nothing about a value that the tensor does not hold. */
function blamed(input: InputPlan, given: ReadonlyMap<string, Feed>, text: string): InputPlan {
  return {
    ...input,
    make(batch, rows) {
      try {
        return input.make(batch, rows);
      } catch (error) {
        if (!(error instanceof Refusal) || error.column === undefined || !given.has(error.column)) throw error;
        const expected = `${text} to give a value as '${error.column}' that its tensor holds`;
        throw new Refusal('INTERNAL_ERROR', { row: error.row, expected, got: 'another one' });
      }
    },
  };
}
