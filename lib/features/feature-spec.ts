import { type Construct } from 'constructs';
import { type Column } from './column';
import { type FeatureFunction } from './feature-function';
import { distinctTables, type FeatureLookup } from './feature-lookup';
import { requireLiterals } from './literal';
import { type RenderedFeatures } from './rendered-features';

/** Properties of a feature spec. */
export interface FeatureSpecProps {
  /**
   * Columns that a request sends. Those that are lookup keys or that the model takes need not be listed: their types come from the table and
   * from the model. What only functions read must be.
   * @default - lookup keys, and the model's columns that are neither looked up nor computed
   */
  readonly requestColumns?: Column[];

  /**
   * Features taken from tables, in order: a lookup can use as its key what an earlier one gave.
   * @default - none
   */
  readonly lookups?: FeatureLookup[];

  /**
   * Features computed at request time, in any order: a function can use what another one gives.
   * @default - none
   */
  readonly functions?: FeatureFunction[];

  /**
   * Columns that feature serving leaves out of its answer.
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * Looked-up columns that a request may send itself. What it does not send, or sends as null, is looked up.
   * @default - none: a looked-up column in a request is refused
   */
  readonly overridable?: string[];
}

/**
 * What is known of a record when it is scored, and where from: columns of the request, features of tables, and values computed of these.
 *
 * The endpoint that serves it checks it. A feature spec can be served by any number of endpoints.
 */
export class FeatureSpec {
  private readonly props: FeatureSpecProps;

  constructor(props: FeatureSpecProps) {
    this.props = { ...props };
  }

  /** @internal */
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
    return {
      features: {
        requestColumns: declaredRequestColumns.map(({ name }) => name),
        lookups: lookups.map((lookup) => lookup._render(scope)),
        functions: rendered.map(({ spec }) => spec),
        exclude: [...exclude],
      },
      declaredRequestColumns,
      overridable: [...new Set(overridable)],
      tables,
      functionFiles: rendered.flatMap(({ file }) => (file === undefined ? [] : [file])),
    };
  }
}
