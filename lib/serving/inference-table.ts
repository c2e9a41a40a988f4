import { Duration, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import { type CfnTable } from 'aws-cdk-lib/aws-glue';
import { type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { addGlueTable } from '../features/glue-table';
import { requireLiterals } from '../features/literal';
import { checkPrefix } from '../features/offline-store';
import { addPrivateBucket } from '../private-bucket';
import { refuse } from '../refuse';
import { type EndpointSpec, type InferenceTableSpec } from '../contract/endpoint-spec';
import { INFERENCE_COLUMNS, INFERENCE_PARTITION } from '../contract/inference-columns';
import { INFERENCE_DOCUMENT_VERSION } from '../contract/inference-document';
import { namesOf } from '../contract/endpoint-columns';
import { InferenceDelivery } from './inference-delivery';
import { InferenceIngestion } from './inference-ingestion';

/** Bounds of `maxPayload`, in bytes: three of them and the rest of a line stay below the 1 MB that a log event can have. */
const PAYLOAD = { least: 1024, most: 256 * 1024 };

/** How long the files of a day stay that is no longer part of the table, for those who read an older version of it. */
const UNUSED_DAYS = 7;

/** Hive's types by those of the columns. */
const GLUE_TYPES: { readonly [type: string]: string } = { long: 'bigint', integer: 'int' };

/** Which requests an inference table keeps. */
export class Sampling {
  /** Keeps every request. */
  public static all(): Sampling {
    return new Sampling(1);
  }

  /** Keeps a random share of the requests, above 0 and at most 1. */
  public static share(share: number): Sampling {
    return new Sampling(share);
  }

  private constructor(private readonly kept: number) {}

  /** @internal */
  public _render(scope: Construct): number {
    if (Token.isUnresolved(this.kept)) refuse(scope, '`sampling` is part of the endpoint spec and must be a literal, got: a token');
    if (!(this.kept > 0 && this.kept <= 1)) refuse(scope, `\`sampling\` must be above 0 and at most 1, got: ${this.kept}`);
    return this.kept;
  }
}

/** Properties of an inference table. */
export interface InferenceTableProps {
  /**
   * Which requests are kept.
   * @default Sampling.all()
   */
  readonly sampling?: Sampling;

  /**
   * Columns whose values are not kept: of the request, of features and params, of the answer. A mark stands in their place. Values that are sent
   * without the names of their columns are then left out as a whole, and so are the messages of errors, which may show a value.
   * @default - all values are kept
   */
  readonly redactedColumns?: string[];

  /**
   * How long a request or an answer may be to be kept, from 1 KiB to 256 KiB, as it stands in a line of the log. Of a longer one the table has
   * the length, and says so in `logging_error_codes`.
   * @default Size.kibibytes(48)
   */
  readonly maxPayload?: Size;

  /**
   * For how many whole days after its own a day's rows are kept. Later they are taken out of the table, and a week after that a new bucket removes
   * their files; a `bucket` that is given does so by a lifecycle of its owner's.
   * @default - for ever
   */
  readonly retention?: Duration;

  /**
   * The bucket that receives the rows.
   * @default - a new bucket: private, encrypted, TLS only
   */
  readonly bucket?: IBucket;

  /**
   * The folder of the table in its bucket, without a slash at its ends.
   * @default - the name of the endpoint and `_inference`
   */
  readonly prefix?: string;

  /**
   * The name of the AWS Glue database that lists the table for Amazon Athena and Spark. It must be there.
   * @default - the database of the stack's offline stores, whose name CloudFormation makes
   */
  readonly databaseName?: string;

  /**
   * What happens to the rows, and to what is on its way, when the table is deleted.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The log of an endpoint's requests, assignments, inputs and outputs, as a Delta Lake table in Amazon S3: a row a request, whose columns are those
 * of Databricks' inference tables and more. It is given to an endpoint, which gives it its name.
 *
 * Nothing is added to the way of a request: rows come from the lines that the function logs, a few minutes later.
 */
export class InferenceTable extends Construct {
  private parts?: InferenceTableParts;
  private readonly removalPolicy: RemovalPolicy;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: InferenceTableProps = {},
  ) {
    super(scope, id);
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.validateRetention();
    this.node.addValidation({
      validate: () => (this.parts === undefined ? ['an inference table must be the `inferenceTable` of an endpoint, got: of none'] : []),
    });
  }

  /** The bucket that receives the rows. There is one once the table is given to an endpoint. */
  public get bucket(): IBucket {
    return this.made().bucket;
  }

  /** The AWS Glue table that lists the rows. */
  public get glueTable(): CfnTable {
    return this.made().glueTable;
  }

  /** What brings log lines to raw objects. */
  public get delivery(): InferenceDelivery {
    return this.made().delivery;
  }

  /** What writes raw objects to the table. */
  public get ingestion(): InferenceIngestion {
    return this.made().ingestion;
  }

  /**
   * What the endpoint spec says of it.
   * @internal
   */
  public _render(spec: EndpointSpec): InferenceTableSpec {
    const { sampling = Sampling.all(), redactedColumns = [], maxPayload = Size.kibibytes(48) } = this.props;
    requireLiterals(this, '`redactedColumns`', redactedColumns);
    const known = namesOf(spec);
    const unknown = redactedColumns.find((column) => !known.has(column));
    // the columns of an entity that is disabled are not in the spec
    if (unknown !== undefined && spec.disabledEntities === undefined) {
      refuse(
        this,
        `\`redactedColumns\` must be columns that the endpoint reads or answers, got: '${unknown}'; it has ${[...known].sort().join(', ')}`,
      );
    }
    const maxPayloadBytes = maxPayload.toBytes();
    if (!(maxPayloadBytes >= PAYLOAD.least && maxPayloadBytes <= PAYLOAD.most)) {
      refuse(this, `\`maxPayload\` must be from 1 KiB to 256 KiB, got: ${maxPayloadBytes} bytes`);
    }
    return {
      sampledShare: sampling._render(this),
      ...(redactedColumns.length > 0 && { redactedColumns }),
      maxPayloadBytes,
    };
  }

  /**
   * Makes what fills the table from an endpoint's log.
   * @internal
   */
  public _fill(endpoint: Construct, endpointName: string, requests: ILogGroup): void {
    if (this.parts !== undefined) refuse(this, `an inference table is of one endpoint, got: ${endpoint.node.path} too`);
    const { prefix = `${endpointName}_inference`, retention, databaseName } = this.props;
    checkPrefix(this, '`prefix`', prefix);
    const retentionDays = retention?.toDays();
    const bucket = this.props.bucket ?? this.makeBucket(prefix, retentionDays);
    const delivery = InferenceDelivery._of(this, 'Delivery', requests, this.removalPolicy);
    const document = {
      documentVersion: INFERENCE_DOCUMENT_VERSION,
      endpointName,
      prefix,
      ...(retentionDays !== undefined && { retentionDays }),
    } as const;
    const columns = INFERENCE_COLUMNS.map(({ name, type }) => ({ name, type: { glue: GLUE_TYPES[type] ?? type } }));
    this.parts = {
      bucket,
      delivery,
      ingestion: InferenceIngestion._of(this, 'Ingestion', {
        document,
        rawBucket: delivery.bucket,
        tableBucket: bucket,
        removalPolicy: this.removalPolicy,
      }),
      glueTable: addGlueTable(this, { name: `${endpointName}_inference`, columns }, bucket, prefix, databaseName),
    };
  }

  private makeBucket(prefix: string, retentionDays: number | undefined): IBucket {
    return addPrivateBucket(this, 'Bucket', {
      versioned: false,
      sendsEvents: false,
      lifecycleRule:
        retentionDays === undefined
          ? { id: 'Clean up' }
          : { id: 'Expire', prefix: `${prefix}/${INFERENCE_PARTITION}=`, expiration: Duration.days(retentionDays + UNUSED_DAYS) },
      removalPolicy: this.removalPolicy,
    });
  }

  private validateRetention(): void {
    const { retention } = this.props;
    if (retention === undefined) return;
    if (retention.isUnresolved()) refuse(this, '`retention` must be a literal, got: a token');
    const days = retention.toDays({ integral: false });
    if (!(Number.isInteger(days) && days >= 1)) refuse(this, `\`retention\` must be whole days, at least 1, got: ${days} days`);
  }

  private made(): InferenceTableParts {
    return this.parts ?? refuse(this, 'expected an inference table that was given to an endpoint, got: one of none');
  }
}

interface InferenceTableParts {
  readonly bucket: IBucket;
  readonly delivery: InferenceDelivery;
  readonly ingestion: InferenceIngestion;
  readonly glueTable: CfnTable;
}
