import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type FunctionSpec } from '../contract/endpoint-spec';
import { type AssetFile } from '../functions/function-asset';
import { type Column } from './column';
import { expressionVariables, patternVariables } from './expression';
import { packageModule } from './function-module';
import { refuseReservedName, requireLiteral, requireLiterals } from './literal';
import { ownProperty } from './own-property';

/** A name that is valid as a file name on every platform. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Options of a feature function. */
export interface FeatureFunctionOptions {
  /** The column that the function computes, with its type. */
  readonly output: Column;

  /**
   * The name of the function in errors and in the lineage.
   * @default - the name of the output column
   */
  readonly name?: string;

  /**
   * Whether the function is called with null inputs. In an expression, every input then has the type `dyn`.
   * @default false - a null input makes the output null without a call
   */
  readonly nullsIn?: boolean;
}

/** Options of a feature function that is an expression. */
export interface ExpressionFunctionOptions extends FeatureFunctionOptions {
  /** The expression, in CEL (https://cel.dev). */
  readonly expression: string;

  /**
   * The column of each variable of the expression. `request_time` is a built-in column: the time of the request. `params.<name>` is a param
   * of the model that the features are for.
   * @default - a variable that is not listed has the column of the same name
   */
  readonly inputs?: { [variable: string]: string };
}

/** Options of a feature function in a file. */
export interface ModuleFunctionOptions extends FeatureFunctionOptions {
  /**
   * The file, relative to the working folder of the app. A `.js` or `.cjs` file must be a single CommonJS module without `require` or
   * `import`.
   * A `.ts` file is bundled at synth with the `esbuild` of your project, and can import other files, npm packages and Node.js's own
   * modules.
   */
  readonly entry: string;

  /**
   * The name of the exported function. It is called with one object, whose properties are the inputs, and returns the value.
   * @default 'handler'
   */
  readonly exportName?: string;

  /**
   * The column of each input, by the name of the input. `request_time` is a built-in column: the time of the request. `params.<name>` is a
   * param of the model that the features are for.
   */
  readonly inputs: { [name: string]: string };
}

/** A function of the endpoint spec, and its file. */
interface RenderedFunction {
  readonly spec: FunctionSpec;
  readonly file?: AssetFile;
  /** The columns that patterns of an expression are computed from. */
  readonly patternColumns?: readonly string[];
}

/**
 * A function that computes a feature at request time from request columns, looked-up features and outputs of other functions. It is called
 * once for each row and returns one value.
 *
 * The type of an input in a function, by column type (a missing value is `null`):
 *
 * | type | in JavaScript | in CEL |
 * |---|---|---|
 * | boolean | `boolean` | `bool` |
 * | integer | `number` | `int` |
 * | long | `bigint` | `int` |
 * | float, double | `number` | `double` |
 * | string | `string` | `string` |
 * | binary | `Uint8Array` | `bytes` |
 * | date | `string`, `YYYY-MM-DD` | `string`, `YYYY-MM-DD` |
 * | timestamp | `bigint`, microseconds since 1970 UTC | `google.protobuf.Timestamp`, truncated to milliseconds |
 * | array | nested arrays of these | `list` of these |
 *
 * The returned value has the type of the output column in the same table. The result of an expression may also be `int` for an output of
 * type float or double. CEL does not convert types implicitly: write `double(a) * b` to multiply an `int` by a `double`.
 *
 * A function can be used any number of times. The endpoint that serves it checks it, and throws with its own construct path.
 */
export class FeatureFunction {
  /** A function written as an expression in CEL (https://cel.dev). Its types are checked at synth. */
  public static fromExpression(options: ExpressionFunctionOptions): FeatureFunction {
    return new FeatureFunction(options, (scope, base) => renderExpression(scope, base, options));
  }

  /** A function in a JavaScript or TypeScript file. The file is loaded at synth to check that it exports the function. */
  public static fromModule(options: ModuleFunctionOptions): FeatureFunction {
    return new FeatureFunction(options, (scope, base) => renderModule(scope, base, options));
  }

  private constructor(
    private readonly options: FeatureFunctionOptions,
    private readonly renderKind: (scope: Construct, base: FunctionBase) => RenderedFunction,
  ) {}

  /** @internal */
  public _render(scope: Construct): RenderedFunction {
    const output = this.options.output._render(scope);
    const name = this.options.name ?? output.name;
    requireLiteral(scope, 'the name of a feature function', name);
    if (name === '') refuse(scope, "the name of a feature function must have at least one character, got: ''");
    return this.renderKind(scope, { name, output, nullsIn: this.options.nullsIn ?? false });
  }
}

type FunctionBase = Pick<FunctionSpec, 'name' | 'output' | 'nullsIn'>;

function renderExpression(scope: Construct, base: FunctionBase, { expression, inputs = {} }: ExpressionFunctionOptions): RenderedFunction {
  const what = `function '${base.name}'`;
  requireLiteral(scope, `${what}: \`expression\``, expression);
  requireLiterals(scope, `${what}: \`inputs\``, [...Object.keys(inputs), ...Object.values(inputs)]);
  const variables = expressionVariables(scope, what, expression, Object.keys(inputs));
  const unused = Object.keys(inputs).find((name) => !variables.includes(name));
  if (unused !== undefined) refuse(scope, `${what}: \`inputs\` must be variables of the expression, got: '${unused}'`);
  const columnOf = (name: string) => ownProperty(inputs, name) ?? name;
  return {
    spec: { kind: 'expression', ...base, inputs: variables.map((name) => ({ name, column: columnOf(name) })), expression },
    patternColumns: patternVariables(expression)
      .filter((name) => variables.includes(name))
      .map(columnOf),
  };
}

function renderModule(
  scope: Construct,
  base: FunctionBase,
  { entry, exportName = 'handler', inputs }: ModuleFunctionOptions,
): RenderedFunction {
  const what = `function '${base.name}'`;
  requireLiteral(scope, `${what}: \`entry\``, entry);
  requireLiteral(scope, `${what}: \`exportName\``, exportName);
  requireLiterals(scope, `${what}: \`inputs\``, [...Object.keys(inputs), ...Object.values(inputs)]);
  if (!FILE_NAME.test(base.name))
    refuse(scope, `the name of a feature function in a file must match ${FILE_NAME.source}, got: '${base.name}'; set \`name\``);
  refuseReservedName(scope, 'the name of a feature function in a file', base.name);
  const path = `functions/${base.name}.js`;
  const spec: FunctionSpec = {
    kind: 'module',
    ...base,
    inputs: Object.entries(inputs).map(([name, column]) => ({ name, column })),
    file: path,
    exportName,
  };
  return { spec, file: { path, source: packageModule(scope, what, entry, [exportName]) } };
}
