import { Duration, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import { type CfnTable } from 'aws-cdk-lib/aws-glue';
import { type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { addGlueTable } from '../features/glue-table';
import { requireLiterals } from '../features/literal';
import { checkPrefix } from '../features/offline-store';
import { addPrivateBucket } from '../private-bucket';
import { refuse, refuseSnapshot } from '../refuse';
import { requireSameEnvironment } from '../same-environment';
import { type EndpointSpec, type InferenceTableSpec } from '../contract/endpoint-spec';
import { INFERENCE_COLUMNS, INFERENCE_PARTITION } from '../contract/inference-columns';
import { INFERENCE_DOCUMENT_VERSION } from '../contract/inference-document';
import { InferenceDelivery } from './inference-delivery';
import { InferenceIngestion } from './inference-ingestion';

/** The limits of `maxPayload`, in bytes. A log line has up to three payloads and must be smaller than 1 MB, the limit of a log event. */
const PAYLOAD = { least: 1024, most: 256 * 1024 };

/** How many days the files of a removed day are kept, for readers of an older version of the table. */
const UNUSED_DAYS = 7;

/** The types of the Glue Data Catalog for column types that have other names there. */
const GLUE_TYPES: { readonly [type: string]: string } = { long: 'bigint', integer: 'int' };

/** Which requests an inference table stores. */
export class Sampling {
  /** Stores every request. */
  public static all(): Sampling {
    return new Sampling(1);
  }

  /** Stores a random sample of the requests. @param share the share of stored requests, above 0 and at most 1 */
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
   * Which requests the table stores.
   * @default Sampling.all()
   */
  readonly sampling?: Sampling;

  /**
   * Columns whose values are left out: columns of requests, features, params and answers. Columns that functions and routines derive from them
   * are left out too. Of a request, the table then stores the values of its other declared columns. It does not store undeclared columns,
   * values without column names, requests that were refused before they were read, and error messages.
   * @default - all values are stored
   */
  readonly redactedColumns?: string[];

  /**
   * Columns that functions or routines derive from `redactedColumns`, and whose values are stored nevertheless.
   * @default - no derived column is stored
   */
  readonly unredactedColumns?: string[];

  /**
   * The largest request or answer that is stored, from 1 KiB to 256 KiB, measured as a JSON string in the log. For a larger one the table stores
   * only its length, and a code in `logging_error_codes`.
   * @default Size.kibibytes(48)
   */
  readonly maxPayload?: Size;

  /**
   * For how many whole days the rows of a day are kept. Then they are removed from the table, and a new bucket deletes their files a week later.
   * If you set `bucket`, add a lifecycle rule that deletes the files.
   * @default - forever
   */
  readonly retention?: Duration;

  /**
   * The bucket of the table.
   * @default - a new bucket: private, encrypted, TLS only
   */
  readonly bucket?: IBucket;

  /**
   * The folder of the table in its bucket, without slashes at the start and the end.
   * @default - `inference` in a new bucket, `{endpointName}_inference` in `bucket`
   */
  readonly prefix?: string;

  /**
   * The name of an existing AWS Glue database that lists the table for Amazon Athena and Spark.
   * @default - a database that the offline stores of the stack share, with a generated name
   */
  readonly databaseName?: string;

  /**
   * What happens to the rows, and to logged requests that are not in the table yet, when the table is deleted.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The requests and answers of an endpoint, as a Delta Lake table in Amazon S3. It has a row for each request, with the columns of Databricks'
 * inference tables and more. Pass it to an endpoint as `inferenceTable`.
 *
 * It does not slow requests down: the rows are made from the log of the endpoint, a few minutes later.
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
    refuseSnapshot(this, 'removalPolicy', props.removalPolicy);
    this.node.addValidation({
      validate: () =>
        this.parts === undefined
          ? ['an inference table must be the `inferenceTable` of an endpoint, got: an inference table that no endpoint uses']
          : [],
    });
  }

  /** The bucket of the table. Throws before the table is passed to an endpoint, as the other properties do. */
  public get bucket(): IBucket {
    return this.resources().bucket;
  }

  /** The AWS Glue table that lists the rows. */
  public get glueTable(): CfnTable {
    return this.resources().glueTable;
  }

  /** Delivers log lines to a bucket as raw objects. */
  public get delivery(): InferenceDelivery {
    return this.resources().delivery;
  }

  /** Writes raw objects to the table. */
  public get ingestion(): InferenceIngestion {
    return this.resources().ingestion;
  }

  /**
   * Renders the settings for the endpoint spec.
   * @internal
   */
  public _render(spec: EndpointSpec): InferenceTableSpec {
    const { sampling = Sampling.all(), redactedColumns = [], unredactedColumns = [], maxPayload = Size.kibibytes(48) } = this.props;
    requireLiterals(this, '`redactedColumns`', redactedColumns);
    requireLiterals(this, '`unredactedColumns`', unredactedColumns);
    this.validateNames(spec, 'redactedColumns', redactedColumns);
    this.validateNames(spec, 'unredactedColumns', unredactedColumns);
    const maxPayloadBytes = maxPayload.toBytes();
    if (!(maxPayloadBytes >= PAYLOAD.least && maxPayloadBytes <= PAYLOAD.most)) {
      refuse(this, `\`maxPayload\` must be from 1 KiB to 256 KiB, got: ${maxPayloadBytes} bytes`);
    }
    return {
      sampledShare: sampling._render(this),
      ...(redactedColumns.length > 0 && { redactedColumns }),
      ...(unredactedColumns.length > 0 && { unredactedColumns }),
      maxPayloadBytes,
    };
  }

  /**
   * Adds the resources that fill the table from an endpoint's log.
   * @internal
   */
  public _fill(endpoint: Construct, endpointName: string, requests: ILogGroup): void {
    if (this.parts !== undefined) refuse(this, `an inference table belongs to one endpoint, got: a second one, ${endpoint.node.path}`);
    const { prefix = this.defaultPrefix(endpointName), retention, databaseName } = this.props;
    checkPrefix(this, '`prefix`', prefix);
    if (this.props.bucket !== undefined) {
      requireSameEnvironment(this, '`bucket` of an inference table', this.props.bucket, 'use a bucket in this region');
    }
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

  /**
   * In a new bucket the folder does not depend on the endpoint's name. If it did, a renamed endpoint would change the prefix of the bucket's lifecycle
   * rule, and the rows of the old name would never be deleted.
   */
  private defaultPrefix(endpointName: string): string {
    return this.props.bucket === undefined ? 'inference' : `${endpointName}_inference`;
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

  private validateNames(spec: EndpointSpec, prop: string, columns: readonly string[]): void {
    const known = namesOf(spec);
    const unknown = columns.find((column) => !known.has(column));
    // the spec does not contain the columns of disabled entities
    if (unknown === undefined || spec.disabledEntities !== undefined) return;
    const names = [...known].sort().join(', ');
    refuse(this, `\`${prop}\` must be columns of the endpoint's requests, features or answers (${names}), got: '${unknown}'`);
  }

  private validateRetention(): void {
    const { retention } = this.props;
    if (retention === undefined) return;
    if (retention.isUnresolved()) refuse(this, '`retention` must be a literal, got: a token');
    const days = retention.toDays({ integral: false });
    if (!(Number.isInteger(days) && days >= 1)) refuse(this, `\`retention\` must be whole days, at least 1, got: ${days} days`);
  }

  private resources(): InferenceTableParts {
    return this.parts ?? refuse(this, 'pass the inference table to an endpoint before you read its properties, got: no endpoint');
  }
}

interface InferenceTableParts {
  readonly bucket: IBucket;
  readonly delivery: InferenceDelivery;
  readonly ingestion: InferenceIngestion;
  readonly glueTable: CfnTable;
}

/** Returns the names of all columns, params and outputs of an endpoint. */
function namesOf({ requestColumns, servedEntities }: EndpointSpec): Set<string> {
  const ofEntities = servedEntities.flatMap((entity) => {
    const { lookups, functions } = entity.features;
    const features = [...lookups.flatMap((lookup) => lookup.features.map(({ column }) => column)), ...functions];
    if (entity.kind === 'features') return features;
    const { params = [], outputs, routine } = entity.model;
    return [...features, ...params, ...outputs, ...(routine?.postprocess?.outputs ?? [])];
  });
  return new Set([...requestColumns, ...ofEntities].map(({ name }) => name));
}
