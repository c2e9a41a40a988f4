import { type IFeatureTable } from './feature-table-interface';

/** How features of a table are taken. */
export interface FeatureLookupOptions {
  /** The columns that give the key, in the order of the table's primary key: request columns, or columns of an earlier lookup. */
  readonly lookupKey: string[];
  /**
   * The features to take.
   * @default - all features of the table
   */
  readonly features?: string[];
  /**
   * The column that a feature becomes, by the feature's name in the table.
   * @default - each becomes a column of its own name
   */
  readonly rename?: { [feature: string]: string };
  /**
   * What stands in for missing values in this lookup, by the feature's name in the table, in the JSON form of its type.
   * @default - the defaults of the table's columns
   */
  readonly defaultValues?: { [feature: string]: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- the type is the feature's
}

/** Features of one table, taken by a key. Made by the table's `lookup`; the same table can be looked up twice, by different keys. */
export class FeatureLookup {
  /** @internal */
  public static _of(table: IFeatureTable, options: FeatureLookupOptions): FeatureLookup {
    return new FeatureLookup(table, options);
  }

  private constructor(
    /** The table that the features are taken of. */
    public readonly featureTable: IFeatureTable,
    /** @internal */
    public readonly _options: FeatureLookupOptions,
  ) {}
}
