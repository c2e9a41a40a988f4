import { Refusal } from '../refusal';
import type { Batch } from './batch';
import type { ModelPlan, Tensors } from './model-plan';

/** What turns a model's input into its output. */
export interface Scorer {
  /** @throws whatever the model or its runtime throws */
  run(feeds: Tensors, fetches: readonly string[]): Promise<Tensors>;
}

/** The outputs of some rows that were scored together. */
export interface ScoredRows {
  readonly rows: readonly number[];
  readonly outputs: Tensors;
}

/** Scores the records: together where their tensors have one shape and the model takes a batch, else in several runs. */
export async function score(model: ModelPlan, scorer: Scorer, batch: Batch, checkDeadline: () => void): Promise<readonly ScoredRows[]> {
  const scored: ScoredRows[] = [];
  for (const rows of groups(model, batch)) {
    checkDeadline();
    scored.push(await scoreRows(model, scorer, batch, rows, checkDeadline));
  }
  return scored;
}

async function scoreRows(
  model: ModelPlan,
  scorer: Scorer,
  batch: Batch,
  rows: readonly number[],
  checkDeadline: () => void,
): Promise<ScoredRows> {
  const feeds: Record<string, Tensors[string]> = {};
  for (const input of model.inputs) feeds[input.name] = input.make(batch, rows);
  try {
    return { rows, outputs: await scorer.run(feeds, model.fetches) };
  } catch (error) {
    const fault = faultOfValues(error);
    if (fault === undefined) throw error;
    if (rows.length > 1) {
      // one of them is at fault: scored alone, it names itself
      for (const row of rows) {
        checkDeadline();
        await scoreRows(model, scorer, batch, [row], checkDeadline);
      }
      throw error;
    }
    // types and shapes were checked against the signature: what is left is a value that this graph cannot take, say an index
    const expected = `values that model ${model.text} can be run on`;
    throw new Refusal(
      'INVALID_PARAMETER_VALUE',
      { row: rows[0], expected, got: `some that ONNX Runtime refuses ${fault}` },
      { cause: error },
    );
  }
}

/**
 * Why a run failed over what it was fed, undefined if it failed otherwise: a kernel met a value that it cannot take, or shapes do not fit each
 * other. The binding gives no code, only ONNX Runtime's text, which may show values.
 */
function faultOfValues(error: unknown): string | undefined {
  const text = String(error);
  if (/bad_alloc|allocate memory/i.test(text)) return undefined;
  const node = /Non-zero status code returned while running (\w+) node/.exec(text)?.[1];
  return node === undefined
    ? /Got invalid dimensions|Invalid rank for input/.test(text)
      ? 'for their shape'
      : undefined
    : `in an operator of type ${node}`;
}

/** The rows that may be scored together, in order of their first row. */
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
