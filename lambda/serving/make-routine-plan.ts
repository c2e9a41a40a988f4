import type { ColumnSpec, DataType } from '../../lib/contract/data-types';
import type { ModelSpec, RoutineSpec } from '../../lib/contract/endpoint-spec';
import { paramColumnName } from '../../lib/contract/params';
import { type RoutineStep, stepText } from '../../lib/contract/version-columns';
import { valueReader } from '../protocols/read-value';
import { valueWriter } from '../protocols/write-value';
import { Refusal } from '../refusal';
import { valueCopier } from './copy-value';
import { exportedFunction, type LoadModule } from './compile-function';
import { resultReader } from './function-result';
import type { Feed } from './make-tensor';
import type { InputPlan, ModelPlan, RoutineStepPlan } from './model-plan';
import { valueConverter } from './tensor-elements';

/** Finds a column of the records by its name. */
export type FeedOf = (column: Pick<ColumnSpec, 'name'>) => Feed;

/** The plan of a model's routine. */
export interface RoutinePlan extends Pick<ModelPlan, 'preprocess' | 'postprocess'> {
  /** Finds the source of a column of the model: an output of preprocess, or else a column of the records. */
  readonly feedOf: FeedOf;
  /** Changes an input's plan so that a bad value from preprocess is an error of the routine, not of the caller. */
  readonly blame: (input: InputPlan) => InputPlan;
}

/**
 * Loads a model's routine.
 * @param size the number of columns of the records; the outputs of preprocess follow them
 */
export function planRoutine({ routine, params = [] }: ModelSpec, feedOf: FeedOf, size: number, loadModule: LoadModule): RoutinePlan {
  if (routine === undefined) return { preprocess: undefined, postprocess: undefined, feedOf, blame: (input) => input };
  const module = loadModule(routine.file);
  const loaded = {
    module,
    params: params.map((param) => ({
      name: param.name,
      column: feedOf({ name: paramColumnName(param) }).index,
      copy: valueCopier(param.type),
    })),
  };
  const preprocess = planStep('preprocess', routine, loaded, feedOf, size);
  const preprocessed = new Map(routine.preprocess?.outputs.map(({ name, type }, i): [string, Feed] => [name, { index: size + i, type }]));
  return {
    preprocess,
    postprocess: planStep('postprocess', routine, loaded, feedOf, -1),
    feedOf: (column) => preprocessed.get(column.name) ?? feedOf(column),
    blame: (input) => (preprocess === undefined ? input : blameRoutine(input, preprocessed, preprocess.text)),
  };
}

/** The parts that both steps of a routine share. */
interface LoadedRoutine extends Pick<RoutineStepPlan, 'params'> {
  readonly module: unknown;
}

function planStep(
  step: RoutineStep,
  routine: RoutineSpec,
  { module, params }: LoadedRoutine,
  feedOf: FeedOf,
  first: number,
): RoutineStepPlan | undefined {
  const spec = routine[step];
  if (spec === undefined) return undefined;
  return {
    text: stepText(step, routine.name),
    inputs: spec.inputs.map((column) => {
      const { index, type } = feedOf(column);
      const [convert, copy] = [valueConverter(type, column.type), valueCopier(column.type)];
      return { name: column.name, column: index, convert: (value) => copy(convert(value)) };
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

/** An output of preprocess is not a column of the request, so the caller cannot correct a value that the tensor cannot hold. */
function blameRoutine(input: InputPlan, preprocessed: ReadonlyMap<string, Feed>, text: string): InputPlan {
  return {
    ...input,
    make(batch, rows) {
      try {
        return input.make(batch, rows);
      } catch (error) {
        if (!(error instanceof Refusal) || error.column === undefined || !preprocessed.has(error.column)) throw error;
        const expected = `${text} to return a value of '${error.column}' in the range of its tensor`;
        throw new Refusal('INTERNAL_ERROR', { row: error.row, expected, got: 'a value out of range' });
      }
    },
  };
}
