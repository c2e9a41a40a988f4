import type { Construct } from 'constructs';
import { basename, extname } from 'node:path';
import type { Column } from '../features/column';
import { packageModule } from '../features/function-module';
import { requireLiteral } from '../features/literal';
import { refuse, refuseFindings } from '../refuse';
import type { ModelInputSpec, RoutineSpec, RoutineStepSpec } from '../contract/endpoint-spec';
import { checkRoutine, withModelColumns } from './check-routine';
import type { AssetFile } from '../functions/function-asset';

/** Options of the step before the model. */
export interface PreprocessOptions {
  /**
   * The columns that the function reads. Like the columns of a model, they come from the request, a lookup or a feature function. A missing
   * value becomes the column's default, or else null if the column is `nullable`. Otherwise the request is refused.
   */
  readonly inputs: Column[];

  /**
   * The columns of the model that the function returns. The model's other columns come from the request, a lookup or a feature function. A
   * null becomes the column's default, or else stays null if the column is `nullable`. An input and an output with the same name are two
   * columns.
   */
  readonly outputs: Column[];

  /**
   * The name of the exported function.
   * @default 'preprocess'
   */
  readonly exportName?: string;
}

/** Options of the step after the model. */
export interface PostprocessOptions {
  /**
   * The columns of the request, lookups or feature functions that the function reads beside the model's outputs.
   * @default - none
   */
  readonly inputs?: Column[];

  /** The columns that the endpoint answers in place of the model's outputs: a single column by its value, several as an object by name. */
  readonly outputs: Column[];

  /**
   * The name of the exported function.
   * @default 'postprocess'
   */
  readonly exportName?: string;
}

/** Options of a routine in a file. */
export interface ModuleRoutineOptions {
  /**
   * The file, relative to the working folder of the app. A `.js` or `.cjs` file must be a single CommonJS module without `require` or
   * `import`.
   * A `.ts` file is bundled at synth with the `esbuild` of your project, and can import other files, npm packages and Node.js's own
   * modules.
   */
  readonly entry: string;

  /**
   * The step before the model.
   * @default - none: all of the model's columns come from the request, lookups and feature functions
   */
  readonly preprocess?: PreprocessOptions;

  /**
   * The step after the model.
   * @default - none: the endpoint answers the model's outputs
   */
  readonly postprocess?: PostprocessOptions;

  /**
   * The name of the routine in errors and in the lineage.
   * @default - the name of the file without its extension
   */
  readonly name?: string;
}

/**
 * A routine after its file and columns are checked.
 * @internal
 */
export interface LoadedRoutine {
  readonly spec: Omit<RoutineSpec, 'file'>;
  /** The bytes of the file. */
  readonly source: AssetFile['source'];
}

/**
 * Your own code that runs before and after a model, once for each row. It is a part of the model version.
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
 * `preprocess(row, params)` gets the step's input columns, and returns an object with its output columns, which feed the model.
 * `postprocess(outputs, row, params)` gets the model's outputs for the row and the step's input columns, and returns an object with its
 * output columns, which the endpoint answers. `params` holds the params of the model's signature by name: the values in the request, or
 * else the defaults. Both functions are synchronous and cannot return a promise.
 *
 * `FeatureFunction` lists the JavaScript type of each column type. Among the model's outputs, elements of int64, uint32 and uint64 tensors
 * are of type `bigint`, and those of other numeric tensors are of type `number`. An output of shape [N] or [N,1] is a single value, one
 * with more axes a nested array, and one with classes an object by class.
 *
 * The routine decides who is responsible for an error:
 *
 * - The caller, if the function throws an error with the property `status: 400`. The request is refused with 400, and the answer has the
 * name of
 *   the routine, the row and the message of the error.
 * - The routine, if it throws any other error, or if it does not return its output columns with their types. The answer is 500 with the
 * name of the
 *   routine and the row. The error itself is only in the log.
 *
 * A routine can be used any number of times. The model that receives it checks it, and throws with its own construct path.
 */
export class Routine {
  /** A routine in a JavaScript or TypeScript file. The file is loaded at synth to check that it exports the functions. */
  public static fromModule(options: ModuleRoutineOptions): Routine {
    return new Routine({ ...options });
  }

  private constructor(private readonly options: ModuleRoutineOptions) {}

  /**
   * Reads the file and checks the columns against the model's. Throws with the path of `scope` if they are invalid.
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
