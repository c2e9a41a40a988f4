import { CrossStackReferences, ReferenceStrength, RemovalPolicy } from 'aws-cdk-lib';
import { type Alarm, type MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, type CfnGlobalTable, type ITable, type TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type CfnTable } from 'aws-cdk-lib/aws-glue';
import { type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { type Construct } from 'constructs';
import { refuse, refuseSnapshot } from '../refuse';
import { requireSameEnvironment } from '../same-environment';
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

/** The keys of the table resource's metadata that the command line reads. */
const TABLE_METADATA = 'cdk-ml-serving:featureTable';
const OFFLINE_STORE_METADATA = 'cdk-ml-serving:offlineStore';

/** The key of the construct metadata that holds the name of a table with an externally managed online store, which has no resource. */
const EXISTING_TABLE_METADATA = 'cdk-ml-serving:existingTable';

/** The attributes of an item that are not features. The names of features cannot start with an underscore. */
const KEY_ATTRIBUTE = '_key';
const TTL_ATTRIBUTE = '_ttl';

/** The properties that have no effect on an externally managed online store. */
const MANAGED_STORE_PROPS = ['offlineStore', 'materialization', 'timeToLive', 'encryption', 'removalPolicy'] as const;

/** Properties of a feature table. */
export interface FeatureTableProps extends FeatureTableSchema {
  /**
   * An externally managed online store. It cannot be combined with `offlineStore`, `materialization`, `timeToLive`, `encryption` or
   * `removalPolicy`.
   * @default - a new DynamoDB table with on-demand capacity, encryption and point-in-time recovery
   */
  readonly onlineStore?: OnlineStore;

  /**
   * The store of all rows, past and present, for training and batch jobs.
   * @default - no offline store
   */
  readonly offlineStore?: OfflineStore;

  /**
   * How rows of the offline store are written to the online store. Requires `offlineStore`.
   * @default - only `tables load` writes rows to the online store
   */
  readonly materialization?: Materialization;

  /**
   * The removal policy of the stores and of the materialization's log group. With `RemovalPolicy.DESTROY`, the deletion of a bucket fails
   * until the bucket is empty.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The encryption at rest of the online store. A customer managed key requires a stack with an explicit region.
   * @default TableEncryptionV2.dynamoOwnedKey()
   */
  readonly encryption?: TableEncryptionV2;
}

/** Attributes of an imported feature table. */
export interface FeatureTableAttributes extends FeatureTableSchema {
  /** The DynamoDB table of the online store. If it has a customer managed key, import it with the key so that grants cover it. */
  readonly table: ITable;

  /**
   * The bucket of the offline store. If it has a customer managed key, import it with the key so that grants cover it.
   * @default - no offline store
   */
  readonly offlineBucket?: IBucket;

  /**
   * The folder of the offline store in its bucket, without leading or trailing slash; empty for the root of the bucket. Requires
   * `offlineBucket`.
   * @default - the name of the feature table
   */
  readonly offlinePrefix?: string;
}

/**
 * A table of features under a primary key. The online store, a DynamoDB table, holds the latest row of every key for lookups in
 * milliseconds.
 * The optional offline store, a Delta Lake table, holds all rows for training and batch jobs.
 *
 * References from other stacks are weak, so the stack of the table and the stack of an endpoint can be deployed in either order.
 */
export class FeatureTable extends FeatureTableBase {
  /** Imports a feature table that another app creates. */
  public static fromFeatureTableAttributes(scope: Construct, id: string, attributes: FeatureTableAttributes): IFeatureTable {
    class Import extends FeatureTableBase {
      public readonly table = attributes.table;
      public readonly offlineBucket = attributes.offlineBucket;
      public readonly offlinePrefix = attributes.offlineBucket && (attributes.offlinePrefix ?? this.featureTableName);

      constructor() {
        super(scope, id, attributes);
        const next = 'import a table or a replica in this region';
        requireSameEnvironment(this, 'the `table` of an imported feature table', attributes.table, next);
        if (attributes.offlinePrefix === undefined) return;
        if (attributes.offlineBucket === undefined) refuse(this, '`offlinePrefix` requires an `offlineBucket`, got: none');
        checkPrefix(this, '`offlinePrefix`', attributes.offlinePrefix);
      }
    }
    return new Import();
  }

  /** The DynamoDB table of the online store. It has metrics for consumed capacity and throttled requests. */
  public readonly table: ITable;
  /** The bucket of the offline store; undefined without an offline store. */
  public readonly offlineBucket?: IBucket;
  /** The folder of the offline store in its bucket; undefined without an offline store. */
  public readonly offlinePrefix?: string;
  /** The AWS Glue table that describes the offline store; undefined without an offline store. */
  public readonly offlineTable?: CfnTable;
  /** The construct that materializes the offline store; undefined without `materialization`. */
  public readonly materializer?: Materializer;

  constructor(scope: Construct, id: string, props: FeatureTableProps) {
    super(scope, id, props, props.onlineStore);
    refuseSnapshot(this, 'removalPolicy', props.removalPolicy);
    this.validateStores(props);
    if (props.onlineStore !== undefined) {
      this.table = props.onlineStore._table;
      requireSameEnvironment(this, 'the table of `onlineStore`', this.table, 'use a table or a replica in this region');
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

  /**
   * Applies a removal policy to the stores of this construct: the online store, and the bucket of the offline store if it is a new one.
   * Throws for `OnlineStore.existing()`.
   */
  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    if (this.onlineStore !== undefined)
      refuse(
        this,
        'the removal policy of an externally managed online store cannot be changed, got: `applyRemovalPolicy` for an `OnlineStore.existing`',
      );
    this.table.applyRemovalPolicy(policy);
    if (this.offlineBucket?.node.scope === this) this.offlineBucket.applyRemovalPolicy(policy);
  }

  /** Grants permission to run the materialization: `lambda:InvokeFunction` on its function. Throws without a materialization. */
  public grantMaterialize(grantee: IGrantable): Grant {
    return this.requireMaterializer('grantMaterialize').lambdaFunction.grantInvokeLatestVersion(grantee);
  }

  /**
   * The age of the newest offline commit that is completely online, in seconds, as each run of the materialization measures it.
   *
   * The default statistic is the maximum over five minutes. Throws without a materialization.
   */
  public metricFreshness(options?: MetricOptions): Metric {
    return freshnessMetric(this.requireMaterializer('metricFreshness').lambdaFunction, options);
  }

  /**
   * The number of rows that the materialization wrote to or deleted from the online store. The default statistic is the sum over five
   * minutes. Throws without a materialization.
   */
  public metricRowsMaterialized(options?: MetricOptions): Metric {
    return rowsMaterializedMetric(this.requireMaterializer('metricRowsMaterialized').lambdaFunction, options);
  }

  /**
   * The number of rows that the online store cannot hold: too large, or with an event time in the future. The default statistic is the sum
   * over five minutes. Throws without a materialization.
   */
  public metricRowsRejected(options?: MetricOptions): Metric {
    return rowsRejectedMetric(this.requireMaterializer('metricRowsRejected').lambdaFunction, options);
  }

  /**
   * The number of runs of the materialization that failed or crashed. The default statistic is the sum over five minutes. Throws without a
   * materialization.
   */
  public metricMaterializationFailures(options?: MetricOptions): MathExpression {
    return failuresMetric(this.requireMaterializer('metricMaterializationFailures').lambdaFunction, options);
  }

  /**
   * Adds an alarm on the freshness of the online store. It goes off if no new commit was made, if commits are not materialized, or if
   * freshness is not measured. The alarm has no action until you add one. Throws without a materialization.
   */
  public addFreshnessAlarm(id: string, options: FreshnessAlarmOptions): Alarm {
    return addFreshnessAlarm(this, id, this.requireMaterializer('addFreshnessAlarm'), options);
  }

  private validateStores(props: FeatureTableProps): void {
    const refused = props.onlineStore === undefined ? undefined : MANAGED_STORE_PROPS.find((prop) => props[prop] !== undefined);
    if (refused !== undefined) {
      refuse(this, `\`${refused}\` cannot be combined with an \`OnlineStore.existing\`, got: both`);
    }
    if (props.materialization !== undefined && props.offlineStore === undefined) {
      refuse(this, '`materialization` requires an `offlineStore`, got: none');
    }
  }

  private makeTable(removalPolicy: RemovalPolicy, encryption: TableEncryptionV2 | undefined): TableV2 {
    const table = withoutDeprecationWarnings(
      () =>
        new TableV2(this, 'Table', {
          partitionKey: { name: KEY_ATTRIBUTE, type: AttributeType.STRING },
          billing: Billing.onDemand(),
          pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
          timeToLiveAttribute: TTL_ATTRIBUTE,
          encryption,
          removalPolicy,
        }),
    );
    CrossStackReferences.of(table).produce(ReferenceStrength.WEAK);
    (table.node.defaultChild as CfnGlobalTable).addMetadata(TABLE_METADATA, toTableMetadata(this._spec));
    return table;
  }

  private requireMaterializer(method: string): Materializer {
    if (this.materializer === undefined)
      refuse(this, `expected a feature table with a \`materialization\`, got: \`${method}\` without one`);
    return this.materializer;
  }
}

/**
 * Makes a construct without deprecation warnings. From 2.258 on, some versions of aws-cdk-lib use deprecated properties inside of `TableV2`,
 * which users cannot change.
 */
function withoutDeprecationWarnings<T>(make: () => T): T {
  const mode = process.env.JSII_DEPRECATED;
  process.env.JSII_DEPRECATED = 'quiet';
  try {
    return make();
  } finally {
    if (mode === undefined) delete process.env.JSII_DEPRECATED;
    else process.env.JSII_DEPRECATED = mode;
  }
}
