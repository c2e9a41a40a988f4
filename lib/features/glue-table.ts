// What the AWS Glue Data Catalog lists of an offline store, as Amazon Athena and Spark look for it.
import { Aws, Stack } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { refuse } from '../refuse';
import { type DataType, isArray, type ScalarType } from '../contract/data-types';

/** The types of the catalog, which are Hive's. */
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

/** How the catalog knows a Delta Lake table: Athena by the first, Spark and Trino by the second, Glue's own jobs by the third. */
const DELTA_PARAMETERS = { table_type: 'DELTA', 'spark.sql.sources.provider': 'delta', classification: 'delta', EXTERNAL: 'TRUE' };

/** What Spark writes where a format has no reader of Hive's: readers go by the log of the table. */
const NO_HIVE_FORMAT = {
  inputFormat: 'org.apache.hadoop.mapred.SequenceFileInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat',
  serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
};

/** The database that the feature tables of a stack share. */
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
    this.databaseName = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: { description: 'Offline stores of feature tables' },
    }).ref;
  }

  /** Keeps a name for a feature table. */
  public claim(owner: Construct, tableName: string): void {
    const other = this.owners.get(tableName);
    if (other !== undefined) {
      refuse(
        owner,
        `each offline store must have a name of its own in the AWS Glue database, got: '${tableName}' for ${other.node.path} too`,
      );
    }
    this.owners.set(tableName, owner);
  }
}

/** A table as the catalog lists it. */
export interface ListedTable {
  readonly name: string;
  /** Each with its type, or with the catalog's own name of that. */
  readonly columns: readonly { readonly name: string; readonly type: DataType | { readonly glue: string } }[];
}

/** Lists a Delta Lake table in the catalog. What the log of the table says of its columns goes before. */
export function addGlueTable(scope: Construct, table: ListedTable, bucket: IBucket, prefix: string, databaseName?: string): CfnTable {
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

/** The name in SQL: what of the table's name Athena takes without quotes. */
function tableNameOf({ name }: ListedTable): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}

function glueType(type: DataType): string {
  if (!isArray(type)) return GLUE_TYPES[type];
  return type.shape.reduce((inner) => `array<${inner}>`, GLUE_TYPES[type.element]);
}
