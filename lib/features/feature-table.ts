import { CrossStackReferences, ReferenceStrength, RemovalPolicy } from 'aws-cdk-lib';
import { type Alarm, type MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, type CfnGlobalTable, type ITable, type TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type CfnTable } from 'aws-cdk-lib/aws-glue';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { toTableMetadata } from '../contract/table-metadata';
import { FeatureTableBase } from './feature-table-base';
import { type IFeatureTable } from './feature-lookup';
import { type FeatureTableSchema } from './feature-table-schema';
import { addFreshnessAlarm, type FreshnessAlarmOptions } from './freshness-alarm';
import { type Materialization } from './materialization';
import { failuresMetric, freshnessMetric, rowsMaterializedMetric, rowsRejectedMetric } from './materialization-metrics';
import { Materializer } from './materializer';
import { checkPrefix, type OfflineStore } from './offline-store';
import { type OnlineStore } from './online-store';

/** Where the command line finds what it must know of a table, in the metadata of the table's resource. */
const TABLE_METADATA = 'cdk-ml-serving:featureTable';
const OFFLINE_STORE_METADATA = 'cdk-ml-serving:offlineStore';

/** Where it finds the name of one that somebody else fills, which has no resource: in the metadata of the cloud assembly. */
const EXISTING_TABLE_METADATA = 'cdk-ml-serving:existingTable';

/** Attributes of an item of the online store that are no features; no feature's name begins so. */
const KEY_ATTRIBUTE = '_key';
const TTL_ATTRIBUTE = '_ttl';

/** Properties that say how an online store is made or filled, and so have no meaning where it is there and somebody else fills it. */
const OF_OWN_STORE = ['offlineStore', 'materialization', 'timeToLive', 'encryption', 'removalPolicy'] as const;

/** Properties of a feature table. */
export interface FeatureTableProps extends FeatureTableSchema {
  /**
   * An online store that is there already, and that somebody else fills. Beside it `offlineStore`, `materialization`, `timeToLive`,
   * `encryption` and `removalPolicy` may not be set.
   * @default - a new DynamoDB table: on demand, encrypted, with point-in-time recovery
   */
  readonly onlineStore?: OnlineStore;

  /**
   * Where all rows ever written lie, for training and batch.
   * @default - the table is online only
   */
  readonly offlineStore?: OfflineStore;

  /**
   * How rows of the offline store come online. Needs an `offlineStore`.
   * @default - rows are written online by `tables load` alone
   */
  readonly materialization?: Materialization;

  /**
   * What becomes of the stores, and of the log of the materialization, when they are removed from the stack or the stack is deleted. A bucket
   * that still has files is never deleted: with `RemovalPolicy.DESTROY` the deletion fails until it is empty.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How the online store is encrypted at rest. A customer managed key needs a stack with a region.
   * @default TableEncryptionV2.dynamoOwnedKey()
   */
  readonly encryption?: TableEncryptionV2;
}

/** What is known of a feature table that another app made. */
export interface FeatureTableAttributes extends FeatureTableSchema {
  /** The DynamoDB table of the online store. Import it with its encryption key if it has a customer managed one, so that grants cover the key. */
  readonly table: ITable;

  /**
   * The bucket of the offline store. Import it with its encryption key if it has a customer managed one, so that grants cover the key.
   * @default - nothing is known of an offline store
   */
  readonly offlineBucket?: IBucket;

  /**
   * The folder of the offline store in its bucket, without a slash at its ends; empty for the bucket's root. Needs an `offlineBucket`.
   * @default - the name of the feature table
   */
  readonly offlinePrefix?: string;
}

/**
 * Rows of features under a primary key. Online, for lookups in milliseconds, a DynamoDB table holds the latest row of every key; offline, for
 * training and batch, a Delta Lake table holds every row ever written.
 *
 * Another stack refers to it weakly: the table's stack and the endpoint's stack can change in either order.
 */
export class FeatureTable extends FeatureTableBase {
  /** A feature table that another app made. */
  public static fromFeatureTableAttributes(scope: Construct, id: string, attributes: FeatureTableAttributes): IFeatureTable {
    class Import extends FeatureTableBase {
      public readonly table = attributes.table;
      public readonly offlineBucket = attributes.offlineBucket;
      public readonly offlinePrefix = attributes.offlineBucket && (attributes.offlinePrefix ?? this.featureTableName);

      constructor() {
        super(scope, id, attributes);
        if (attributes.offlinePrefix === undefined) return;
        if (attributes.offlineBucket === undefined) refuse(this, '`offlinePrefix` is a folder of an `offlineBucket`, got: none');
        checkPrefix(this, '`offlinePrefix`', attributes.offlinePrefix);
      }
    }
    return new Import();
  }

  /** The online store. Its metrics tell of consumed capacity and throttled requests. */
  public readonly table: ITable;
  /** The bucket of the offline store; undefined without one. */
  public readonly offlineBucket?: IBucket;
  /** The folder of the offline store in its bucket; undefined without one. */
  public readonly offlinePrefix?: string;
  /** What the AWS Glue Data Catalog lists of the offline store; undefined without one. */
  public readonly offlineTable?: CfnTable;
  /** What brings rows of the offline store online; undefined without `materialization`. */
  public readonly materializer?: Materializer;

  constructor(scope: Construct, id: string, props: FeatureTableProps) {
    super(scope, id, props, props.onlineStore);
    this.validateStores(props);
    if (props.onlineStore !== undefined) {
      this.table = props.onlineStore._table;
      this.node.addMetadata(EXISTING_TABLE_METADATA, this.featureTableName);
      return;
    }
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const table = this.makeTable(removalPolicy, props.encryption);
    this.table = table;
    if (props.offlineStore === undefined) return;

    const { bucket, prefix, glueTable } = props.offlineStore._make(this, this._spec, removalPolicy);
    this.offlineBucket = bucket;
    this.offlinePrefix = prefix;
    this.offlineTable = glueTable;
    if (props.materialization !== undefined) {
      const { materialization } = props;
      this.materializer = Materializer._of(this, 'Materializer', {
        spec: this._spec,
        table,
        bucket,
        prefix,
        materialization,
        removalPolicy,
      });
    }
    (table.node.defaultChild as CfnGlobalTable).addMetadata(OFFLINE_STORE_METADATA, {
      bucket: bucket.bucketName,
      prefix,
      ...(this.materializer === undefined ? {} : { materialization: this.materializer._rendered.spec }),
    });
  }

  /** Applies a removal policy to the stores that this construct made: the online store, and the bucket of the offline store if it is new. */
  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    if (this.onlineStore !== undefined)
      refuse(
        this,
        'the removal policy of an externally managed online store cannot be changed here, got: applyRemovalPolicy for an `OnlineStore.existing`',
      );
    this.table.applyRemovalPolicy(policy);
    if (this.offlineBucket?.node.scope === this) this.offlineBucket.applyRemovalPolicy(policy);
  }

  /** Lets a grantee run the materialization: `lambda:InvokeFunction` on its function. */
  public grantMaterialize(grantee: IGrantable): Grant {
    return this.needMaterializer('grantMaterialize').lambdaFunction.grantInvokeLatestVersion(grantee);
  }

  /**
   * How many seconds ago the newest version of the offline store was committed that is online as a whole, as each run of the materialization
   * measures it. By default the maximum over five minutes.
   */
  public metricFreshness(options?: MetricOptions): Metric {
    return freshnessMetric(this.needMaterializer('metricFreshness').lambdaFunction, options);
  }

  /** How many rows the materialization wrote or deleted online. By default the sum over five minutes. */
  public metricRowsMaterialized(options?: MetricOptions): Metric {
    return rowsMaterializedMetric(this.needMaterializer('metricRowsMaterialized').lambdaFunction, options);
  }

  /** How many rows the materialization could not bring online: dated in the future, or too large. By default the sum over five minutes. */
  public metricRowsRejected(options?: MetricOptions): Metric {
    return rowsRejectedMetric(this.needMaterializer('metricRowsRejected').lambdaFunction, options);
  }

  /** How many runs of the materialization failed, or died. By default the sum over five minutes. */
  public metricMaterializationFailures(options?: MetricOptions): MathExpression {
    return failuresMetric(this.needMaterializer('metricMaterializationFailures').lambdaFunction, options);
  }

  /**
   * Adds an alarm that goes off when what is online is older than it may be: when nothing new was committed offline, when it did not come
   * online, or when nothing measures it any more. It has no action until you add one.
   */
  public addFreshnessAlarm(id: string, options: FreshnessAlarmOptions): Alarm {
    return addFreshnessAlarm(this, id, this.needMaterializer('addFreshnessAlarm'), options);
  }

  private validateStores(props: FeatureTableProps): void {
    const ofOwnStore = props.onlineStore === undefined ? undefined : OF_OWN_STORE.find((prop) => props[prop] !== undefined);
    if (ofOwnStore !== undefined) {
      refuse(
        this,
        `\`${ofOwnStore}\` is for a feature table that makes and fills its online store, got: an \`OnlineStore.existing\` beside it`,
      );
    }
    if (props.materialization !== undefined && props.offlineStore === undefined) {
      refuse(this, '`materialization` brings rows of an `offlineStore` online, got: none');
    }
  }

  private makeTable(removalPolicy: RemovalPolicy, encryption: TableEncryptionV2 | undefined): TableV2 {
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: KEY_ATTRIBUTE, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: TTL_ATTRIBUTE,
      encryption,
      removalPolicy,
    });
    CrossStackReferences.of(table).produce(ReferenceStrength.WEAK);
    (table.node.defaultChild as CfnGlobalTable).addMetadata(TABLE_METADATA, toTableMetadata(this._spec));
    return table;
  }

  private needMaterializer(method: string): Materializer {
    if (this.materializer === undefined) refuse(this, `expected a feature table with a \`materialization\`, got: ${method} of one without`);
    return this.materializer;
  }
}
