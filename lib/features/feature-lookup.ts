import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { type ColumnSpec } from '../contract/data-types';
import { namesText } from '../contract/column-sources';
import { type LookedUpFeatureSpec, type LookupSpec } from '../contract/endpoint-spec';
import { checkDefaultValue } from './column';
import { type IFeatureTable } from './feature-table-interface';
import { requireLiterals } from './literal';
import { ownProperty } from './own-property';

/** How features of a table are taken. */
export interface FeatureLookupOptions {
  /** The columns that give the key, in the order of the table's primary key: request columns, or features of an earlier lookup. */
  readonly lookupKey: string[];
  /**
   * The features to take, in the order in which feature serving answers them.
   * @default - all features of the table
   */
  readonly features?: string[];
  /**
   * The columns that features become, by the feature's name in the table.
   * @default - each becomes a column of its own name
   */
  readonly rename?: { [feature: string]: string };
  /**
   * What stands in for missing values in this lookup, by the feature's name in the table, in the JSON form of its type.
   * @default - the defaults of the table's columns
   */
  readonly defaultValues?: { [feature: string]: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- its type is the feature's
}

/**
 * Features of one table, taken by a key. Made by the table's `lookup`; a table can be looked up more than once, by different keys.
 */
export class FeatureLookup {
  /** @internal */
  public static _of(table: IFeatureTable, options: FeatureLookupOptions): FeatureLookup {
    return new FeatureLookup(table, options);
  }

  private constructor(
    /** The table that the features are taken of. */
    public readonly featureTable: IFeatureTable,
    private readonly options: FeatureLookupOptions,
  ) {}

  /** @internal */
  public _render(scope: Construct): LookupSpec {
    this.validateKey(scope);
    return { table: this.featureTable.featureTableName, lookupKey: [...this.options.lookupKey], features: this.renderFeatures(scope) };
  }

  private validateKey(scope: Construct): void {
    const { lookupKey } = this.options;
    requireLiterals(scope, this.what('`lookupKey`'), lookupKey);
    const { primaryKey } = this.featureTable._spec;
    if (lookupKey.length !== primaryKey.length) {
      const parts = namesText(primaryKey.map(({ name }) => name));
      refuse(
        scope,
        `${this.what('`lookupKey`')} must name one column for each of the primary key's (${parts}), got: ${namesText(lookupKey)}`,
      );
    }
  }

  private renderFeatures(scope: Construct): LookedUpFeatureSpec[] {
    const declared = this.featureTable._spec.features;
    const names = this.options.features ?? declared.map(({ name }) => name);
    requireLiterals(scope, this.what('`features`'), names);
    if (names.length === 0) refuse(scope, `${this.what('`features`')} must name at least one feature, got: none`);
    const taken = names.map((name, i) => {
      const column = declared.find((feature) => feature.name === name);
      if (column === undefined)
        refuse(
          scope,
          `${this.what('`features`')} must be features of the table (${namesText(declared.map((feature) => feature.name))}), got: '${name}'`,
        );
      if (names.indexOf(name) < i) refuse(scope, `${this.what('`features`')} must name each feature once, got: '${name}' twice`);
      return column;
    });
    this.validateTaken(scope, '`rename`', this.options.rename, names);
    this.validateTaken(scope, '`defaultValues`', this.options.defaultValues, names);
    return taken.map((column) => ({ feature: column.name, column: this.renderColumn(scope, column) }));
  }

  private validateTaken(scope: Construct, prop: string, map: { [feature: string]: unknown } = {}, names: readonly string[]): void {
    requireLiterals(scope, this.what(prop), Object.keys(map));
    const other = Object.keys(map).find((name) => !names.includes(name));
    if (other !== undefined)
      refuse(scope, `${this.what(prop)} must have features that the lookup takes as keys (${namesText(names)}), got: '${other}'`);
  }

  private renderColumn(scope: Construct, { name: feature, ...column }: ColumnSpec): ColumnSpec {
    const name = ownProperty(this.options.rename, feature) ?? feature;
    requireLiterals(scope, this.what('`rename`'), [name]);
    if (name === '') refuse(scope, `${this.what('`rename`')} must give names of at least one character, got: '' for '${feature}'`);
    const defaultValue: unknown = ownProperty(this.options.defaultValues, feature);
    if (defaultValue === undefined) return { name, ...column };
    checkDefaultValue(scope, `${this.what('`defaultValues`')}, feature '${feature}'`, column.type, defaultValue);
    return { name, ...column, defaultValue: defaultValue as ColumnSpec['defaultValue'] & {} };
  }

  private what(prop: string): string {
    return `${prop} of the lookup of '${this.featureTable.featureTableName}'`;
  }
}
