import { typeText } from '../contract/data-types';
import { type InputLineage as LineageSpec } from '../contract/lineage';

/** Where the value of a column comes from. */
export enum InputSource {
  /** The caller sends it. */
  REQUEST = 'request',
  /** It is a feature of a table, taken by a key. */
  LOOKUP = 'lookup',
  /** A feature function computes it. */
  FUNCTION = 'function',
  /** The routine of the model version computes it, before the model. */
  ROUTINE = 'routine',
  /** It is the time of the request, the built-in input of functions. */
  CLOCK = 'clock',
  /** It is a param of the model, which the caller may set beside the records. */
  PARAM = 'param',
}

/** Where a column of a model's input, or of the answer of feature serving, comes from. */
export interface InputLineage {
  /** The name of the column. */
  readonly column: string;
  /** The type of the column at its source, such as `integer` or `array<float>[64]`. */
  readonly type: string;
  /** Where its value comes from. */
  readonly source: InputSource;
  /** Whether a missing value becomes null when there is no default. */
  readonly nullable: boolean;
  /**
   * What stands in for a missing value, in the JSON form of its type.
   * @default - none
   */
  readonly defaultValue?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the column's
  /**
   * The tensor of the model that the column feeds.
   * @default - the column feeds no tensor by itself: features are served, it is read after the model, or another column is made of it
   */
  readonly tensor?: string;
  /**
   * The logical name of the feature table.
   * @default - the value is not looked up
   */
  readonly featureTableName?: string;
  /**
   * The name of the feature in its table.
   * @default - the value is not looked up
   */
  readonly feature?: string;
  /**
   * Whether a request may send the looked-up feature itself.
   * @default - the value is not looked up
   */
  readonly overridable?: boolean;
  /**
   * The name of the feature function.
   * @default - the value is not computed
   */
  readonly functionName?: string;
  /**
   * The name of the model version's routine.
   * @default - no routine computes the value
   */
  readonly routineName?: string;
  /** The columns of the lookup key in the order of the table's primary key, or the columns that the function or routine reads. */
  readonly inputs: InputLineage[];
}

/**
 * The lineage as users see it.
 * @internal
 */
export function inputLineage({ column, source, lookup, functionName, routineName, from, tensor }: LineageSpec): InputLineage {
  return {
    column: column.name,
    type: typeText(column.type),
    source: source as InputSource,
    nullable: column.nullable ?? false,
    ...(column.defaultValue === undefined ? {} : { defaultValue: column.defaultValue }),
    ...(tensor === undefined ? {} : { tensor }),
    ...(lookup === undefined ? {} : { featureTableName: lookup.table, feature: lookup.feature, overridable: lookup.overridable }),
    ...(functionName === undefined ? {} : { functionName }),
    ...(routineName === undefined ? {} : { routineName }),
    inputs: from.map(inputLineage),
  };
}
