import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { fromTableMetadata } from '../../lib/contract/table-metadata';
import type { MaterializationSpec, OfflineStoreSpec } from '../../lib/contract/table-document';
import { UserError } from '../terminal/user-error';

/** The metadata key of a DynamoDB table that holds the {@link TableSpec} of its feature table. */
const FEATURE_TABLE_METADATA = 'cdk-ml-serving:featureTable';

/** The metadata key of a DynamoDB table that holds its {@link StackOfflineStore}. */
const OFFLINE_STORE_METADATA = 'cdk-ml-serving:offlineStore';

/** The metadata key of the Lambda function that fills an inference table. It holds where the table is. */
const INFERENCE_METADATA = 'cdk-ml-serving:inferenceTable';

/** The metadata key of a serving function that holds its endpoint's name. */
const ENDPOINT_METADATA = 'cdk-ml-serving:endpoint';

/** The metadata key of a serving function that holds the {@link ModelCopies} of its models in S3. */
const COPIES_METADATA = 'cdk-ml-serving:modelCopies';

/** The type of the metadata entries in the cloud assembly that hold the cases of a model version that a function serves. */
const CASES_METADATA = 'cdk-ml-serving:cases';

/** The type of the metadata entries that hold the name of an externally managed feature table. */
const EXISTING_TABLE_METADATA = 'cdk-ml-serving:existingTable';

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: { readonly [name: string]: JsonValue };
  readonly Metadata?: { readonly [key: string]: unknown };
}

/** The parts of a CloudFormation template that this command line reads. */
export interface Template {
  readonly Parameters?: { readonly [name: string]: { readonly Type: string; readonly Default?: string } };
  readonly Mappings?: { readonly [map: string]: { readonly [top: string]: { readonly [second: string]: JsonValue } } };
  readonly Conditions?: { readonly [name: string]: JsonValue };
  readonly Resources?: { readonly [logicalId: string]: Resource };
  readonly Outputs?: { readonly [name: string]: { readonly Value: JsonValue; readonly Export?: { readonly Name: JsonValue } } };
}

/** A stack of a cloud assembly. */
export interface Stack {
  /** The path of the stack's construct, which is unique in an app: `Prod/Serving`. */
  readonly displayName: string;
  /** The stack's name in CloudFormation. */
  readonly stackName: string;
  /** Absent for an environment-agnostic stack. */
  readonly account?: string;
  /** Absent for an environment-agnostic stack. */
  readonly region?: string;
  readonly template: Template;
  /** The values of the template's parameters. */
  readonly parameters: { readonly [name: string]: string };
  /** The absolute paths of the stack's file assets, by object key in the asset bucket. */
  readonly assets: ReadonlyMap<string, string>;
  /** The cases of model versions, by the logical id of the function that serves them. */
  readonly cases: ReadonlyMap<string, readonly ServedCases[]>;
  /** The names of its externally managed feature tables. */
  readonly existingTables: readonly string[];
}

/** The cases of a model version that a function serves. */
export interface ServedCases {
  readonly servedEntity: string;
  /** The absolute path of their file. */
  readonly file: string;
}

/** The result of synthesizing an app, with the stacks of its stages. */
export interface CloudAssembly {
  readonly stacks: readonly Stack[];
  /** Error annotations of constructs. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Context values that the app needs and that are not in its context. */
  readonly missing: readonly { readonly key: string; readonly provider: string }[];
}

/** A feature table in a stack. */
export interface StackFeatureTable {
  readonly stack: Stack;
  /** The logical id of its DynamoDB table. */
  readonly logicalId: string;
  readonly spec: TableSpec;
  /** Absent for a table that is online only. */
  readonly offlineStore?: StackOfflineStore;
}

/** The offline store of a feature table in a stack. */
export interface StackOfflineStore extends OfflineStoreSpec {
  /** The bucket's name, or the intrinsic function that gives it. */
  readonly bucket: JsonValue;
  /** Absent if no rows are materialized. */
  readonly materialization?: MaterializationSpec;
}

/** An inference table in a stack. */
export interface StackInferenceTable {
  readonly stack: Stack;
  readonly endpointName: string;
  /** The bucket's name, or the intrinsic function that gives it. */
  readonly bucket: JsonValue;
  readonly prefix: string;
}

interface MetadataEntry {
  readonly type: string;
  readonly data?: unknown;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly displayName?: string;
  readonly dependencies?: readonly string[];
  readonly metadata?: { readonly [path: string]: readonly MetadataEntry[] };
  readonly additionalMetadataFile?: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly parameters?: { readonly [name: string]: string };
    readonly directoryName?: string;
    readonly file?: string;
  };
}

interface Manifest {
  readonly artifacts?: { readonly [id: string]: Artifact };
  readonly missing?: readonly { readonly key: string; readonly provider: string }[];
}

interface AssetManifest {
  readonly files?: {
    readonly [id: string]: {
      readonly source: { readonly path?: string };
      readonly destinations: { readonly [id: string]: { readonly objectKey: string } };
    };
  };
}

/**
 * Reads a cloud assembly and its nested assemblies.
 * @param folder the folder of manifest.json
 * @throws UserError if the folder is not a cloud assembly
 */
export function readCloudAssembly(folder: string): CloudAssembly {
  const { artifacts = {}, missing = [] } = readJson<Manifest>(join(folder, 'manifest.json'));
  const nested = Object.values(artifacts)
    .filter(({ type }) => type === 'cdk:cloud-assembly')
    .map(({ properties }) => readCloudAssembly(resolve(folder, properties?.directoryName ?? '')));
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  return {
    stacks: [
      ...stacks.map(([id, artifact]) => readStack(folder, id, artifact, artifacts)),
      ...nested.flatMap((assembly) => assembly.stacks),
    ],
    errors: [...stacks.flatMap(([, artifact]) => errorsOf(folder, artifact)), ...nested.flatMap(({ errors }) => errors)],
    missing: [...missing, ...nested.flatMap((assembly) => assembly.missing)],
  };
}

/** Lists the feature tables that an assembly declares, in the order of the templates. */
export function featureTablesOf({ stacks }: CloudAssembly): StackFeatureTable[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const spec = featureTableSpec(resource);
      return spec === undefined ? [] : [{ stack, logicalId, spec, offlineStore: offlineStoreOf(resource) }];
    }),
  );
}

/** Lists the inference tables that an assembly declares. */
export function inferenceTablesOf({ stacks }: CloudAssembly): StackInferenceTable[] {
  return stacks.flatMap((stack) =>
    Object.values(stack.template.Resources ?? {}).flatMap((resource) => {
      const metadata = inferenceTableOf(resource);
      return metadata === undefined ? [] : [{ stack, ...metadata }];
    }),
  );
}

/** Reads the inference table that a function fills; undefined for other resources. */
export function inferenceTableOf({ Metadata }: Resource): Omit<StackInferenceTable, 'stack'> | undefined {
  return Metadata?.[INFERENCE_METADATA] as Omit<StackInferenceTable, 'stack'> | undefined;
}

/** Reads the spec of a feature table from its DynamoDB table; undefined for other resources. */
export function featureTableSpec({ Metadata }: Resource): TableSpec | undefined {
  const metadata = Metadata?.[FEATURE_TABLE_METADATA];
  return metadata === undefined ? undefined : fromTableMetadata(metadata);
}

/** Reads the offline store of a feature table from its DynamoDB table; undefined for an online-only table and for other resources. */
export function offlineStoreOf({ Metadata }: Resource): StackOfflineStore | undefined {
  return Metadata?.[OFFLINE_STORE_METADATA] as StackOfflineStore | undefined;
}

/** Reads the name of the endpoint that a function serves; undefined for other resources. */
export function endpointNameOf({ Metadata }: Resource): string | undefined {
  return Metadata?.[ENDPOINT_METADATA] as string | undefined;
}

/** Paths of local copies of models in S3, by the SHA-256 of their bytes. */
export type ModelCopies = { readonly [sha256: string]: string };

/** Reads the local copies of a serving function's models in S3; undefined if it has none. */
export function modelCopiesOf({ Metadata }: Resource): ModelCopies | undefined {
  return Metadata?.[COPIES_METADATA] as ModelCopies | undefined;
}

function readStack(folder: string, id: string, artifact: Artifact, artifacts: Readonly<Record<string, Artifact>>): Stack {
  const { environment, displayName = id, dependencies = [], properties = {} } = artifact;
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment ?? '') ?? [];
  return {
    displayName,
    stackName: properties.stackName ?? id,
    account: account === 'unknown-account' ? undefined : account,
    region: region === 'unknown-region' ? undefined : region,
    template: readJson<Template>(resolve(folder, properties.templateFile ?? '')),
    parameters: properties.parameters ?? {},
    assets: new Map(dependencies.flatMap((dependency) => assetsOf(folder, artifacts[dependency]))),
    cases: casesOf(folder, artifact),
    existingTables: metadataOf(folder, artifact).flatMap(([, entries]) =>
      entries.filter(({ type }) => type === EXISTING_TABLE_METADATA).map(({ data }) => String(data)),
    ),
  };
}

function assetsOf(folder: string, artifact: Artifact | undefined): [string, string][] {
  if (artifact?.type !== 'cdk:asset-manifest' || artifact.properties?.file === undefined) return [];
  const { files = {} } = readJson<AssetManifest>(resolve(folder, artifact.properties.file));
  return Object.values(files).flatMap(({ source, destinations }) =>
    source.path === undefined
      ? []
      : Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, resolve(folder, source.path!)]),
  );
}

function errorsOf(folder: string, artifact: Artifact): { path: string; message: string }[] {
  return metadataOf(folder, artifact).flatMap(([path, entries]) =>
    entries.filter(({ type }) => type === 'aws:cdk:error').map(({ data }) => ({ path: path.replace(/^\//, ''), message: String(data) })),
  );
}

function casesOf(folder: string, artifact: Artifact): Map<string, readonly ServedCases[]> {
  const found = metadataOf(folder, artifact).map(([, entries]): [string, ServedCases[]] => [
    String(entries.find(({ type }) => type === 'aws:cdk:logicalId')?.data),
    entries
      .filter(({ type }) => type === CASES_METADATA)
      .map(({ data }) => {
        const { servedEntity, file } = JSON.parse(String(data)) as ServedCases;
        return { servedEntity, file: resolve(folder, file) };
      }),
  ]);
  return new Map(found.filter(([, cases]) => cases.length > 0));
}

/** The metadata entries of a stack's constructs, by construct path. */
function metadataOf(folder: string, { metadata, additionalMetadataFile }: Artifact): [string, readonly MetadataEntry[]][] {
  return Object.entries({
    ...metadata,
    ...(additionalMetadataFile !== undefined && readJson<NonNullable<Artifact['metadata']>>(resolve(folder, additionalMetadataFile))),
  });
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new UserError(`expected a cloud assembly, got: ${file}, which cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
