import { typeText } from '../contract/data-types';
import { type InputLineage as LineageSpec } from '../contract/lineage';

/** The source of a column's value. */
export enum InputSource {
  /** The caller sends the value. */
  REQUEST = 'request',
  /** The value is a feature of a table, looked up by a key. */
  LOOKUP = 'lookup',
  /** A feature function computes the value. */
  FUNCTION = 'function',
  /** The preprocess step of the model version's routine computes the value. */
  ROUTINE = 'routine',
  /** The value is `request_time`, the built-in input of functions. */
  CLOCK = 'clock',
  /** The value is a param of the model, which the caller can set beside the records. */
  PARAM = 'param',
}

/** The lineage of an input column of a model, or of a column that feature serving answers. */
export interface InputLineage {
  /** The name of the column. */
  readonly column: string;
  /** The type of the column at its source, such as `integer` or `array<float>[64]`. */
  readonly type: string;
  /** The source of the value. */
  readonly source: InputSource;
  /** Whether a missing value becomes null if there is no default. */
  readonly nullable: boolean;
  /**
   * The value that replaces a missing one, in the JSON form of the type.
   * @default - none
   */
  readonly defaultValue?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the column's
  /**
   * The name of the tensor that the column feeds.
   * @default - the column feeds no tensor: it is an answer of feature serving, only a routine reads it, or another column is computed from
   * it
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
   * Whether a request may send the value instead of the lookup.
   * @default - the value is not looked up
   */
  readonly overridable?: boolean;
  /**
   * The name of the feature function.
   * @default - no feature function computes the value
   */
  readonly functionName?: string;
  /**
   * The name of the model version's routine.
   * @default - no routine computes the value
   */
  readonly routineName?: string;
  /** The columns of the lookup key, in the order of the table's primary key, or the inputs of the function or routine. */
  readonly inputs: InputLineage[];
}

/**
 * Converts a lineage to its public form.
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
