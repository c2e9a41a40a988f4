import type { JsonValue } from '../../lib/contract/data-types';
import type { Batch } from '../../lambda/serving/batch';
import type { ColumnPlan } from '../../lambda/serving/plan';
import { valueWriter } from '../../lambda/protocols/write-value';
import type { StepResult } from './replay';

/** A part of a request's answer that depends on the store of the features. */
export interface Difference {
  /** The index of the record; absent for the whole request. */
  readonly row?: number;
  /** `column 'area'`, or `output 'price'` of a model; absent for the whole request. */
  readonly of?: string;
  readonly offline: string;
  readonly online: string;
}

/** Lists the values that differ in some columns, and the reasons for missing values that differ. */
export function differingValues(
  plans: readonly ColumnPlan[],
  columns: readonly number[],
  offline: StepResult<Batch>,
  online: StepResult<Batch>,
): Difference[] {
  if (offline.kind === 'refused' || online.kind === 'refused') return [];
  const texts = columns.map((column) => {
    const textsOf = textReader(plans[column]!, column);
    return { of: `column '${plans[column]!.name}'`, offline: textsOf(offline.result), online: textsOf(online.result) };
  });
  return inRows(offline.result.rows, texts);
}

/** Lists the predictions that differ. @param names the names of the answer's outputs */
export function differingPredictions(
  names: readonly string[],
  offline: readonly JsonValue[] | undefined,
  online: readonly JsonValue[] | undefined,
): Difference[] {
  if (offline === undefined || online === undefined) return [];
  const valueOf = (prediction: JsonValue, name: string) =>
    names.length === 1 ? prediction : (prediction as Readonly<Record<string, JsonValue>>)[name]!;
  const texts = names.map((name) => ({
    of: `output '${name}'`,
    offline: (row: number) => JSON.stringify(valueOf(offline[row]!, name)),
    online: (row: number) => JSON.stringify(valueOf(online[row]!, name)),
  }));
  return inRows(offline.length, texts);
}

/** Reports that one side refuses a request and the other does not, or refuses it for another reason. */
export function differingRefusals(offline: StepResult<unknown>, online: StepResult<unknown>): Difference[] {
  const [offlineText, onlineText] = [offline, online].map((side) => (side.kind === 'refused' ? `refused (${side.reason})` : 'answered'));
  return offlineText === onlineText ? [] : [{ offline: offlineText!, online: onlineText! }];
}

function inRows(
  rows: number,
  texts: readonly { readonly of: string; readonly offline: (row: number) => string; readonly online: (row: number) => string }[],
): Difference[] {
  return Array.from({ length: rows }, (_, row) =>
    texts.flatMap((text) => {
      const [offline, online] = [text.offline(row), text.online(row)];
      return offline === online ? [] : [{ row, of: text.of, offline, online }];
    }),
  ).flat();
}

/** Writes the values of a column as JSON, which is exact, with the reason for a missing value. */
function textReader({ type }: ColumnPlan, column: number): (batch: Batch) => (row: number) => string {
  const write = valueWriter(type);
  return (batch) => {
    const { values, missing } = batch.columns[column]!;
    const states = new Map(missing.map(({ row, state }) => [row, state]));
    return (row) => {
      const state = states.get(row);
      if (values[row] === null) return state ?? 'null';
      const value = JSON.stringify(write(values[row]));
      return state === undefined ? value : `${value} for ${state}`;
    };
  };
}
