import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { refuse } from '../refuse';
import { type DataType, isArray, type ScalarType } from '../contract/data-types';

/** The column types of the AWS Glue Data Catalog, which are Hive's. */
const GLUE_TYPES: Record<ScalarType, string> = {
  boolean: 'boolean',
  integer: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
  string: 'string',
  binary: 'binary',
  date: 'date',
  timestamp: 'timestamp',
};

/** The parameters that mark a Delta Lake table: for Athena the first, for Spark and Trino the second, for Glue jobs the third. */
const DELTA_PARAMETERS = { table_type: 'DELTA', 'spark.sql.sources.provider': 'delta', classification: 'delta', EXTERNAL: 'TRUE' };

/** The placeholders that Spark writes for a format without a Hive reader. Readers use the log of the Delta Lake table instead. */
const NO_HIVE_FORMAT = {
  inputFormat: 'org.apache.hadoop.mapred.SequenceFileInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat',
  serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
};

/** The AWS Glue database that the feature tables of a stack share. */
class FeatureTablesDatabase extends Construct {
  public static of(scope: Construct): FeatureTablesDatabase {
    const stack = Stack.of(scope);
    const found = stack.node.tryFindChild('MlServingFeatureTables') as FeatureTablesDatabase | undefined;
    return found ?? new FeatureTablesDatabase(stack, 'MlServingFeatureTables');
  }

  public readonly databaseName: string;
  private readonly owners = new Map<string, Construct>();

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { description: 'Offline stores of feature tables' },
    });
    // to delete a database is to delete its tables, also those that users have added
    database.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.databaseName = database.ref;
  }

  /** Reserves a table name. */
  public claim(owner: Construct, tableName: string): void {
    const other = this.owners.get(tableName);
    if (other !== undefined) {
      refuse(
        owner,
        `offline stores must have distinct names in the AWS Glue database, got: '${tableName}' for ${other.node.path} too; set \`featureTableName\``,
      );
    }
    this.owners.set(tableName, owner);
  }
}

/** The name and the columns of a table in the catalog. */
export interface CatalogTable {
  readonly name: string;
  /** Each column with its type, or with the catalog's name of the type. */
  readonly columns: readonly { readonly name: string; readonly type: DataType | { readonly glue: string } }[];
}

/** Adds a Delta Lake table to the catalog. Readers prefer the columns in the log of the Delta Lake table. */
export function addGlueTable(scope: Construct, table: CatalogTable, bucket: IBucket, prefix: string, databaseName?: string): CfnTable {
  const name = tableNameOf(table);
  const location = bucket.s3UrlForObject(prefix === '' ? '' : `${prefix}/`);
  return new CfnTable(scope, 'OfflineTable', {
    catalogId: Aws.ACCOUNT_ID,
    databaseName: databaseName === undefined ? sharedDatabase(scope, name) : databaseName,
    tableInput: {
      name,
      tableType: 'EXTERNAL_TABLE',
      parameters: DELTA_PARAMETERS,
      storageDescriptor: {
        location,
        columns: table.columns.map(({ name: column, type }) => ({
          name: column,
          type: typeof type === 'object' && 'glue' in type ? type.glue : glueType(type),
        })),
        inputFormat: NO_HIVE_FORMAT.inputFormat,
        outputFormat: NO_HIVE_FORMAT.outputFormat,
        serdeInfo: {
          serializationLibrary: NO_HIVE_FORMAT.serializationLibrary,
          parameters: { path: location, 'serialization.format': '1' },
        },
      },
    },
  });
}

function sharedDatabase(scope: Construct, tableName: string): string {
  const database = FeatureTablesDatabase.of(scope);
  database.claim(scope, tableName);
  return database.databaseName;
}

/** Returns the name in SQL. Characters that Athena accepts only in quotes become underscores. */
function tableNameOf({ name }: CatalogTable): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}

function glueType(type: DataType): string {
  if (!isArray(type)) return GLUE_TYPES[type];
  return type.shape.reduce((inner) => `array<${inner}>`, GLUE_TYPES[type.element]);
}
