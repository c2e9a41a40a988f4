import type { Construct } from 'constructs';
import { basename, extname } from 'node:path';
import type { Column } from '../features/column';
import { packageModule } from '../features/function-module';
import { requireLiteral } from '../features/literal';
import { refuse, refuseFindings } from '../refuse';
import type { ModelInputSpec, RoutineSpec, RoutineStepSpec } from '../contract/endpoint-spec';
import { checkRoutine, withModelColumns } from './check-routine';
import type { AssetFile } from '../functions/function-asset';

/** Options of what a routine does before the model. */
export interface PreprocessOptions {
  /**
   * The columns that the function gets, under their names. They come from where a model's columns come from: the request, a lookup or a feature
   * function. A missing value becomes the column's default, else null where the column is `nullable`, else it refuses the request.
   */
  readonly inputs: Column[];

  /**
   * Columns of the model that the function gives, by their names. The model's other columns come from outside, as without a routine. A null
   * becomes the column's default, else null where it is `nullable`. An input and an output may have one name: they are two columns.
   */
  readonly outputs: Column[];

  /**
   * The name under which the file exports the function.
   * @default 'preprocess'
   */
  readonly exportName?: string;
}

/** Options of what a routine does after the model. */
export interface PostprocessOptions {
  /**
   * Columns from outside that the function gets beside the model's outputs, under their names.
   * @default - none
   */
  readonly inputs?: Column[];

  /** What is answered instead of the model's outputs: the value of a single column, an object of several by their names. */
  readonly outputs: Column[];

  /**
   * The name under which the file exports the function.
   * @default 'postprocess'
   */
  readonly exportName?: string;
}

/** Options of a routine in a file. */
export interface ModuleRoutineOptions {
  /**
   * The file, relative to the working folder of the app. A `.js` or `.cjs` file is one CommonJS module that requires nothing. A `.ts` file is
   * bundled at synth by the `esbuild` of your project, and may import what esbuild finds and Node.js's own modules.
   */
  readonly entry: string;

  /**
   * What runs before the model.
   * @default - nothing: the model's columns come from outside
   */
  readonly preprocess?: PreprocessOptions;

  /**
   * What runs after the model.
   * @default - nothing: the model's outputs are answered
   */
  readonly postprocess?: PostprocessOptions;

  /**
   * The name of the routine, in errors and in the lineage.
   * @default - the name of the file without its ending
   */
  readonly name?: string;
}

/**
 * A routine as a model version has it.
 * @internal
 */
export interface LoadedRoutine {
  readonly spec: Omit<RoutineSpec, 'file'>;
  /** The bytes of its file. */
  readonly source: AssetFile['source'];
}

/**
 * What runs before and after a model, as a part of its version: code of your own, one row in, one row out.
 *
 * ```js
 * // routines/price.js
 * exports.preprocess = (row) => {
 *   if (row.year_built > row.yr_sold) throw Object.assign(new Error('year_built is after yr_sold'), { status: 400 });
 *   return { house_age: row.yr_sold - row.year_built };
 * };
 * exports.postprocess = (outputs, row) => ({ price: Math.exp(outputs.variable), currency: row.currency });
 * ```
 *
 * `preprocess(row, params)` gets its input columns and returns an object of its output columns, which feed the model.
 * `postprocess(outputs, row, params)` gets the model's outputs for the row and its own input columns, and returns an object of what is answered.
 * `params` has the params of the model's signature, by name: what the request sets, else their defaults. Both return at once, not a promise.
 * What each column type is in JavaScript, `FeatureFunction` says; of the model's outputs, float tensors are numbers, int64, uint32 and uint64
 * bigints, other integers numbers, bool booleans, strings strings. An output of shape [N] or [N,1] is such a value, one of more axes nested
 * arrays, one with classes an object by class.
 *
 * Whose fault an error is, the routine says:
 *
 * - It throws an error with the property `status: 400`: the values of the row are at fault. The request is refused with 400, the name of the
 *   routine, the row and the error's message.
 * - It throws anything else, or what it returns does not have its output columns and their types: the routine is at fault. The answer is 500
 *   with the name of the routine and the row, and nothing of the error, which the log has.
 *
 * The model version that receives it checks it. A routine can be used any number of times.
 */
export class Routine {
  /** A routine in a file of JavaScript or TypeScript. The file is loaded at synth, to see that it exports the functions. */
  public static fromModule(options: ModuleRoutineOptions): Routine {
    return new Routine({ ...options });
  }

  private constructor(private readonly options: ModuleRoutineOptions) {}

  /**
   * Reads the file and holds the columns against the model's, on behalf of `scope`.
   * @internal
   */
  public _load(scope: Construct, inputs: readonly ModelInputSpec[]): LoadedRoutine {
    const { entry, preprocess, postprocess } = this.options;
    requireLiteral(scope, '`entry` of a routine', entry);
    const { name = basename(entry, extname(entry)) } = this.options;
    requireLiteral(scope, 'the name of a routine', name);
    if (name === '') refuse(scope, "the name of a routine must have at least one character, got: ''");
    const what = `routine '${name}'`;
    if (preprocess === undefined && postprocess === undefined) {
      refuse(scope, `${what} must have \`preprocess\`, \`postprocess\` or both, got: neither`);
    }
    const spec = {
      name,
      ...(preprocess !== undefined && { preprocess: renderStep(scope, `${what}: \`preprocess\``, preprocess, 'preprocess') }),
      ...(postprocess !== undefined && { postprocess: renderStep(scope, `${what}: \`postprocess\``, postprocess, 'postprocess') }),
    };
    refuseFindings(scope, checkRoutine(spec, inputs));
    const exportNames = [spec.preprocess, spec.postprocess].flatMap((step) => (step === undefined ? [] : [step.exportName]));
    return { spec: withModelColumns(spec, inputs), source: packageModule(scope, what, entry, exportNames) };
  }
}

function renderStep(
  scope: Construct,
  what: string,
  { inputs = [], outputs, exportName }: PostprocessOptions,
  defaultExport: string,
): RoutineStepSpec {
  if (exportName !== undefined) requireLiteral(scope, `${what}: \`exportName\``, exportName);
  return {
    exportName: exportName ?? defaultExport,
    inputs: inputs.map((column) => column._render(scope)),
    outputs: outputs.map((column) => column._render(scope)),
  };
}
