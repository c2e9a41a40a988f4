import type { JsonValue } from '../../lib/contract/data-types';
import type { Batch } from '../../lambda/serving/batch';
import type { ColumnPlan } from '../../lambda/serving/plan';
import { valueWriter } from '../../lambda/protocols/write-value';
import type { Settled } from './replay';

/** Something of a request that differs with the store that its features come from. */
export interface Difference {
  /** The record, counted from 0; absent where it is the request as a whole. */
  readonly row?: number;
  /** `column 'area'`, or `output 'price'` of a model; absent where it is the request as a whole. */
  readonly of?: string;
  readonly offline: string;
  readonly online: string;
}

/** The values, and the reasons why there is none, that differ in some columns. */
export function differingValues(
  plans: readonly ColumnPlan[],
  columns: readonly number[],
  offline: Settled<Batch>,
  online: Settled<Batch>,
): Difference[] {
  if (offline.kind === 'refused' || online.kind === 'refused') return [];
  const texts = columns.map((column) => {
    const textsOf = textReader(plans[column]!, column);
    return { of: `column '${plans[column]!.name}'`, offline: textsOf(offline.result), online: textsOf(online.result) };
  });
  return inRows(offline.result.rows, texts);
}

/** The predictions that differ. @param names the names of the answer's outputs */
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

/** That one side refuses a request and the other does not, or for another reason. */
export function differingRefusals(offline: Settled<unknown>, online: Settled<unknown>): Difference[] {
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

/** Shows the values of a column in JSON's form, which is exact, with the reason why one was missing. */
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
