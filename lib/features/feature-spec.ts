import { Annotations } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type FeaturesSpec, REQUEST_TIME } from '../contract/endpoint-spec';
import { namesText } from '../contract/finding';
import { type Column } from './column';
import { type FeatureFunction } from './feature-function';
import { distinctTables, type FeatureLookup } from './feature-lookup';
import { requireLiterals } from './literal';
import { type RenderedFeatures } from './resolve-features';

/** Properties of a feature spec. */
export interface FeatureSpecProps {
  /**
   * The columns that a request sends. List those that only functions read. Lookup keys and columns of the model can be left out: their
   * types come from the table and from the model.
   * @default - the lookup keys, and the model's columns that are neither looked up nor computed
   */
  readonly requestColumns?: Column[];

  /**
   * The lookups of features in tables, in order. A lookup can use a feature of an earlier one as its key.
   * @default - none
   */
  readonly lookups?: FeatureLookup[];

  /**
   * The functions that compute features at request time, in any order. A function can read the output of another one.
   * @default - none
   */
  readonly functions?: FeatureFunction[];

  /**
   * The columns that feature serving leaves out of its answer.
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * The looked-up columns that a request may send instead. A column that is missing or null in the request is looked up.
   * @default - none, and a request with a looked-up column is refused
   */
  readonly overridable?: string[];
}

/**
 * The inputs of a model and their sources: columns of the request, features of tables, and features that functions compute from them.
 *
 * Any number of endpoints can use a feature spec. Each one checks it, and throws with its own construct path.
 */
export class FeatureSpec {
  private readonly props: FeatureSpecProps;

  constructor(props: FeatureSpecProps) {
    this.props = { ...props };
  }

  /**
   * Checks the feature spec by itself. Throws if a name is a token, or if a column, lookup or function is invalid.
   * @internal
   */
  public _render(scope: Construct): RenderedFeatures {
    const { requestColumns = [], lookups = [], functions = [], exclude = [], overridable = [] } = this.props;
    requireLiterals(scope, '`exclude`', exclude);
    requireLiterals(scope, '`overridable`', overridable);
    const tables = distinctTables(
      scope,
      lookups.map(({ featureTable }) => featureTable),
    );
    const declaredRequestColumns = requestColumns.map((column) => column._render(scope));
    const rendered = functions.map((one) => one._render(scope));
    const features: FeaturesSpec = {
      requestColumns: declaredRequestColumns.map(({ name }) => name),
      lookups: lookups.map((lookup) => lookup._render(scope)),
      functions: rendered.map(({ spec }) => spec),
      exclude: [...exclude],
    };
    for (const { spec, patternColumns = [] } of rendered) warnOfPatterns(scope, spec.name, patternColumns, features, overridable);
    return {
      features,
      declaredRequestColumns,
      overridable: [...new Set(overridable)],
      tables,
      functionFiles: rendered.flatMap(({ file }) => (file === undefined ? [] : [file])),
    };
  }
}

/** Warns of patterns that callers choose: a pattern may be invalid, or take long to match. */
function warnOfPatterns(
  scope: Construct,
  name: string,
  patternColumns: readonly string[],
  { lookups, functions }: FeaturesSpec,
  overridable: readonly string[],
): void {
  const lookedUp = lookups.flatMap(({ features }) => features.map(({ column }) => column.name)).filter((one) => !overridable.includes(one));
  const seen = new Set([REQUEST_TIME, ...lookedUp]);
  const isSent = (column: string): boolean => {
    if (seen.has(column)) return false;
    seen.add(column);
    const source = functions.find(({ output }) => output.name === column);
    return source === undefined || source.inputs.some((input) => isSent(input.column));
  };
  const sent = patternColumns.filter(isSent);
  if (sent.length === 0) return;
  Annotations.of(scope).addWarningV2(
    'cdk-ml-serving:requestPattern',
    `function '${name}': callers choose the pattern of matches(), because it comes from the request (${namesText(sent)}); ` +
      'write the pattern in the expression, or take it from a feature table',
  );
}
