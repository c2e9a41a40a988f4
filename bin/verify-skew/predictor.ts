import type { ModelSpec, RequestColumnSpec } from '../../lib/contract/endpoint-spec';
import { modelOnlyEntity } from '../../lib/contract/check-entity';
import { valueWriter } from '../../lambda/protocols/write-value';
import type { Batch } from '../../lambda/serving/batch';
import type { Plan } from '../../lambda/serving/plan';
import { type ModelAnswer, type ModelHost, ModelProcess } from '../functions/model-process';
import type { ServedModel } from '../app/served-models';
import { UserError } from '../terminal/user-error';

/** The model of a served entity. */
export interface Predictor {
  /** The names of the answer's outputs. */
  readonly outputs: readonly string[];
  /** Predicts the records of a request whose features are known. */
  predict(requestId: string, known: Batch, params: Readonly<Record<string, unknown>> | undefined): Promise<ModelAnswer>;
  stop(): Promise<void>;
}

/**
 * Starts the code that serves a model.
 * @throws UserError if the model cannot run on this machine
 */
export async function startPredictor(served: ServedModel, plan: Plan, host: ModelHost): Promise<Predictor> {
  const columns = columnsOf(served.model, plan);
  const model = new ModelProcess(
    served,
    host,
    columns.map(({ spec }) => spec),
  );
  const text = `model ${served.model.modelName} version ${served.model.version}`;
  const problem = model.skipped ?? (await model.load());
  if (problem !== undefined) {
    await model.stop();
    throw new UserError(`${text}: expected a model that runs on this machine, got: ${problem}`);
  }
  const recordsOf = ({ rows, columns: known }: Batch) =>
    Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(
        columns.map(({ spec, index, write }) => {
          const value = known[index]!.values[row];
          return [spec.name, value === null ? null : write(value)];
        }),
      ),
    );
  return {
    outputs: (served.model.routine?.postprocess ?? served.model).outputs.map(({ name }) => name),
    predict: (requestId, known, params) => model.predict(requestId, { dataframe_records: recordsOf(known), params }),
    stop: () => model.stop(),
  };
}

/** The columns of a model version, with the entity's types, which may be wider than the version's. */
function columnsOf(model: ModelSpec, { columns }: Plan) {
  return modelOnlyEntity(model).requestColumns.map((column) => {
    const index = columns.findIndex(({ name }) => name === column.name);
    const { type } = columns[index]!;
    const spec: RequestColumnSpec = { ...column, type };
    return { spec, index, write: valueWriter(type) };
  });
}
