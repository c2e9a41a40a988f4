import { Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec, type DataType, type JsonValue, type ScalarType, typeText } from '../contract/data-types';
import { defaultValueProblem } from '../contract/json-values';

/** The maximum length of a DynamoDB attribute name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 65_535;

/** Options of a column. */
export interface ColumnOptions {
  /**
   * Whether a missing value becomes null. A value is missing if its row is not found or too old, if it is absent or null, or if it is NaN
   * in a column of type float or double.
   *
   * This applies to served values, not to stored ones: a table can store null in any feature.
   *
   * @default false - a request with a missing value is refused, unless the column has a default
   */
  readonly nullable?: boolean;

  /**
   * The value that replaces a missing one, in the JSON form of the column's type: a boolean for boolean; a whole number for integer and
   * long (a long beyond 2^53-1 as a string of its digits); a number, `"Infinity"` or `"-Infinity"` for float and double; a string for
   * string; base64 for binary; `YYYY-MM-DD` for date; ISO 8601 with offset and at most six digits of a second for timestamp; nested lists
   * for an array. Null and NaN are not valid defaults. Set `nullable` instead.
   *
   * @default - none
   */
  readonly defaultValue?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the column's
}

/** Options of an array column. */
export interface ArrayColumnOptions extends ColumnOptions {
  /** The length of each dimension, outermost first. Use `-1` for a dimension of any length. A vector of 64 numbers has the shape `[64]`. */
  readonly shape: number[];
}

/** The types of the elements of an array. */
export enum ElementType {
  /** True or false. */
  BOOLEAN = 'boolean',
  /** A whole number of 32 bits. */
  INTEGER = 'integer',
  /** A whole number of 64 bits. */
  LONG = 'long',
  /** A floating-point number of 32 bits. */
  FLOAT = 'float',
  /** A floating-point number of 64 bits. */
  DOUBLE = 'double',
  /** Text. */
  STRING = 'string',
  /** Bytes. */
  BINARY = 'binary',
  /** A day of the calendar. */
  DATE = 'date',
  /** A point in time, to the microsecond. */
  TIMESTAMP = 'timestamp',
}

/**
 * A named and typed column of a feature table, a request, a model input or a function output.
 *
 * A column can be used any number of times. The construct that receives it checks it, and throws with its own construct path.
 */
export class Column {
  /** True or false. */
  public static boolean(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'boolean', undefined, options);
  }

  /** A whole number of 32 bits. */
  public static integer(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'integer', undefined, options);
  }

  /** A whole number of 64 bits. In JSON a value beyond 2^53-1 is a string of its digits. */
  public static long(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'long', undefined, options);
  }

  /** A floating-point number of 32 bits. */
  public static float(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'float', undefined, options);
  }

  /** A floating-point number of 64 bits. */
  public static double(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'double', undefined, options);
  }

  /** Text. */
  public static string(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'string', undefined, options);
  }

  /** Bytes; base64 in JSON. */
  public static binary(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'binary', undefined, options);
  }

  /** A day of the calendar; `YYYY-MM-DD` in JSON. */
  public static date(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'date', undefined, options);
  }

  /** A point in time, to the microsecond; ISO 8601 with offset in JSON. */
  public static timestamp(name: string, options: ColumnOptions = {}): Column {
    return new Column(name, 'timestamp', undefined, options);
  }

  /** Nested lists of one type, such as an embedding: `Column.array('pixels', ElementType.FLOAT, { shape: [64] })`. */
  public static array(name: string, element: ElementType, options: ArrayColumnOptions): Column {
    return new Column(name, element, [...options.shape], options);
  }

  private readonly options: ColumnOptions;

  private constructor(
    /** The name of the column. */
    public readonly name: string,
    private readonly scalar: ScalarType,
    private readonly shape: number[] | undefined,
    options: ColumnOptions,
  ) {
    this.options = { ...options };
  }

  /**
   * Renders the column for the endpoint spec. Throws if the name, the shape or the default is invalid.
   * @internal
   */
  public _render(scope: Construct): ColumnSpec {
    this.validateName(scope);
    const type = this.renderType(scope);
    const { nullable, defaultValue } = this.options;
    if (defaultValue !== undefined) checkDefaultValue(scope, `column '${this.name}': \`defaultValue\``, type, defaultValue);
    return { name: this.name, type, ...(nullable ? { nullable } : {}), ...(defaultValue === undefined ? {} : { defaultValue }) };
  }

  private validateName(scope: Construct): void {
    if (Token.isUnresolved(this.name)) refuse(scope, 'the name of a column must be a literal, got: a token');
    if (typeof this.name !== 'string' || this.name === '')
      refuse(scope, `the name of a column must be a string of at least one character, got: ${JSON.stringify(this.name)}`);
    const bytes = Buffer.byteLength(this.name);
    if (bytes > MAX_NAME_BYTES)
      refuse(
        scope,
        `the name of a column must be at most ${MAX_NAME_BYTES} bytes of UTF-8, got: ${bytes} bytes in '${this.name.slice(0, 20)}…'`,
      );
  }

  private renderType(scope: Construct): DataType {
    if (this.shape === undefined) return this.scalar;
    if (Token.isUnresolved(this.shape) || this.shape.some((length) => Token.isUnresolved(length)))
      refuse(scope, `column '${this.name}': \`shape\` must be a literal, got: a token`);
    if (this.shape.length === 0) refuse(scope, `column '${this.name}': \`shape\` must have at least one dimension, got: []`);
    const wrong = this.shape.find((length) => !Number.isInteger(length) || length < -1 || length === 0);
    if (wrong !== undefined)
      refuse(
        scope,
        `column '${this.name}': each length of \`shape\` must be a whole number of at least 1, or -1 for any length, got: ${wrong}`,
      );
    return { element: this.scalar, shape: this.shape.map((length) => (length === -1 ? null : length)) };
  }
}

/**
 * Checks a default value. Throws if it is a token or not valid for the type; `what` names the property in the error.
 * @internal
 */
export function checkDefaultValue(scope: Construct, what: string, type: DataType, value: unknown): void {
  if (hasToken(value)) refuse(scope, `${what} must be a literal, got: a token`);
  const expected = defaultValueProblem(type, value as JsonValue);
  if (expected !== undefined) refuse(scope, `${what} of type ${typeText(type)} must be ${expected}, got: ${valueText(value)}`);
}

function hasToken(value: unknown): boolean {
  return Token.isUnresolved(value) || (Array.isArray(value) && value.some(hasToken));
}

/** Formats the value as JSON, except for numbers that JSON cannot represent. */
function valueText(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
