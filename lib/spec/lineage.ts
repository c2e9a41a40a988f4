import { type ColumnSpec } from './data-types';

/** Where a column comes from, and the columns that it is made of. */
export interface ColumnLineage {
  readonly column: ColumnSpec;
  readonly source: 'request' | 'lookup' | 'function';
  /** Of a lookup: the table, the feature's name in it, and whether the request may send the column instead. */
  readonly lookup?: { readonly table: string; readonly feature: string; readonly overridable: boolean };
  /** Of a function: its name. */
  readonly functionName?: string;
  /** The columns of the lookup key in the order of the primary key, or the columns that the function reads. */
  readonly from: readonly ColumnLineage[];
}

/** Where a column of a model's input, or of the answer of feature serving, comes from. */
export interface InputLineage extends ColumnLineage {
  /** The tensor that the column feeds, by the graph's name; absent for feature serving. */
  readonly tensor?: string;
}
