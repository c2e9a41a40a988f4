import { Refusal } from '../refusal';
import type { Batch } from './batch';
import type { Deadline } from './deadline';
import type { ModelRun } from '../protocols/answer';
import type { OutputTensor, Tensors } from '../protocols/tensor';
import type { ModelPlan, OutputPlan } from './model-plan';

/** Runs a model, in this process or elsewhere. */
export interface Scorer {
  /**
   * Turns input tensors into the output tensors under the fetched names.
   * @throws InputFault if the model cannot take a value of the input, Refusal with DEADLINE_EXCEEDED if the deadline has passed before the run;
   *   whatever else the model or its runtime throws
   */
  run(feeds: Tensors, fetches: readonly string[], options: RunOptions): Promise<Tensors>;
}

/** Options of a run. */
export interface RunOptions {
  readonly deadline: Deadline;
}

/** Thrown by a scorer whose model cannot take a value of its input. */
export class InputFault extends Error {
  public override readonly name = 'InputFault';

  /** @param reason says what refuses the value, and does not show the value: `that ONNX Runtime refuses for their shape` */
  constructor(
    public readonly reason: string,
    cause: unknown,
  ) {
    super(`values ${reason}`, { cause });
  }
}

/**
 * Scores the records: together where their tensors have one shape and the model takes a batch, else in several runs.
 * @param records how many records the request has
 * @throws Refusal if an output has no axis for several records
 */
export async function score(
  model: ModelPlan,
  scorer: Scorer,
  batch: Batch,
  records: number,
  deadline: Deadline,
): Promise<readonly ModelRun[]> {
  const runs: ModelRun[] = [];
  for (const rows of groups(model, batch)) {
    const tensors = await scoreRows(model, scorer, batch, rows, deadline);
    runs.push({ rows, outputs: model.outputs.map((output) => outputOf(model, output, tensors, rows.length, records)) });
  }
  return runs;
}

function outputOf(model: ModelPlan, output: OutputPlan, tensors: Tensors, rows: number, records: number): OutputTensor {
  const { name, mayHaveBatch, isList, classes } = output;
  const tensor = tensors[output.tensor]!;
  const hasBatch = mayHaveBatch && tensor.dims[0] === rows;
  if (!hasBatch && records > 1 && !model.oneByOne) {
    throw new Refusal('INVALID_PARAMETER_VALUE', {
      expected: `one record at a time, because output '${name}' has no batch axis (\`outputs\` of the model chooses which are answered)`,
      got: `${records} records`,
    });
  }
  return { name, tensor, hasBatch, isList, classes };
}

async function scoreRows(model: ModelPlan, scorer: Scorer, batch: Batch, rows: readonly number[], deadline: Deadline): Promise<Tensors> {
  const feeds: Record<string, Tensors[string]> = {};
  for (const input of model.inputs) feeds[input.name] = input.make(batch, rows);
  try {
    return await scorer.run(feeds, model.fetches, { deadline });
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    if (rows.length > 1) {
      // rows are scored alone, so that the error names the row at fault
      for (const row of rows) await scoreRows(model, scorer, batch, [row], deadline);
      throw error;
    }
    // types and shapes were checked against the signature, so the fault is a value that this graph cannot take, such as an index
    const expected = `values that model ${model.text} accepts`;
    throw new Refusal('INVALID_PARAMETER_VALUE', { row: rows[0], expected, got: `values ${error.reason}` }, { cause: error });
  }
}

/** Groups the rows that can be scored together, in the order of their first rows. */
function groups({ inputs, oneByOne }: ModelPlan, batch: Batch): readonly (readonly number[])[] {
  const rows = Array.from({ length: batch.rows }, (_, row) => row);
  if (oneByOne || rows.length === 1) return rows.map((row) => [row]);
  if (rows.length === 0) return [];
  const flexible = inputs.filter(({ shapeOf }) => shapeOf !== undefined);
  if (flexible.length === 0) return [rows];
  const byShape = new Map<string, number[]>();
  for (const row of rows) {
    const shape = flexible.map(({ shapeOf }) => shapeOf!(batch, row)).join(' ');
    const group = byShape.get(shape);
    if (group === undefined) byShape.set(shape, [row]);
    else group.push(row);
  }
  return [...byShape.values()];
}
