import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { fromTableMetadata } from '../../lib/contract/table-metadata';
import type { MaterializationSpec, OfflineStoreSpec } from '../../lib/contract/table-document';
import { UserError } from '../terminal/user-error';

/** The key in a DynamoDB table's template metadata under which a feature table keeps its {@link TableSpec}. */
const FEATURE_TABLE_METADATA = 'cdk-ml-serving:featureTable';

/** The key beside it under which a feature table with an offline store says where that is. */
const OFFLINE_STORE_METADATA = 'cdk-ml-serving:offlineStore';

/** The key in a Lambda function's template metadata under which what fills an inference table says where that is. */
const INFERENCE_METADATA = 'cdk-ml-serving:inferenceTable';

/** The key in a Lambda function's template metadata under which a serving function keeps its endpoint's name. */
const ENDPOINT_METADATA = 'cdk-ml-serving:endpoint';
const COPIES_METADATA = 'cdk-ml-serving:modelCopies';

/** The type of the entries in the cloud assembly's metadata of a function that hold the cases of a model version that it serves. */
const CASES_METADATA = 'cdk-ml-serving:cases';

/** The type of the entries that hold the name of a feature table whose online store somebody else fills. */
const EXISTING_TABLE_METADATA = 'cdk-ml-serving:existingTable';

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: { readonly [name: string]: JsonValue };
  readonly Metadata?: { readonly [key: string]: unknown };
}

/** A CloudFormation template, as far as it is read here. */
export interface Template {
  readonly Parameters?: { readonly [name: string]: { readonly Type: string; readonly Default?: string } };
  readonly Mappings?: { readonly [map: string]: { readonly [top: string]: { readonly [second: string]: JsonValue } } };
  readonly Conditions?: { readonly [name: string]: JsonValue };
  readonly Resources?: { readonly [logicalId: string]: Resource };
  readonly Outputs?: { readonly [name: string]: { readonly Value: JsonValue; readonly Export?: { readonly Name: JsonValue } } };
}

/** A stack of a cloud assembly. */
export interface Stack {
  /** What tells the stacks of an app apart: the construct's path, as in `Prod/Serving`. */
  readonly displayName: string;
  /** CloudFormation's name. */
  readonly stackName: string;
  /** Absent where the stack goes wherever it is deployed. */
  readonly account?: string;
  /** Absent where the stack goes wherever it is deployed. */
  readonly region?: string;
  readonly template: Template;
  /** Values that the app gives the template's parameters. */
  readonly parameters: { readonly [name: string]: string };
  /** Absolute paths of the stack's file assets, by their object keys in the asset bucket. */
  readonly assets: ReadonlyMap<string, string>;
  /** The cases of model versions, by the logical ids of the functions that serve them. */
  readonly cases: ReadonlyMap<string, readonly ServedCases[]>;
  /** The names of its feature tables whose online store somebody else fills. */
  readonly existingTables: readonly string[];
}

/** The cases of a model version that a function serves. */
export interface ServedCases {
  readonly servedEntity: string;
  /** The absolute path of their file. */
  readonly file: string;
}

/** What an app synthesizes to, with the stacks of its stages. */
export interface CloudAssembly {
  readonly stacks: readonly Stack[];
  /** Errors that constructs added to the app instead of throwing them. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Context values that the app asked for and nobody looked up. */
  readonly missing: readonly { readonly key: string; readonly provider: string }[];
}

/** A feature table in a stack. */
export interface StackFeatureTable {
  readonly stack: Stack;
  /** Of its DynamoDB table. */
  readonly logicalId: string;
  readonly spec: TableSpec;
  /** Absent for a table that is online only. */
  readonly offlineStore?: StackOfflineStore;
}

/** The offline store of a feature table in a stack. */
export interface StackOfflineStore extends OfflineStoreSpec {
  /** The bucket's name, or the intrinsic function that gives it. */
  readonly bucket: JsonValue;
  /** Absent where nothing brings rows online. */
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
 * Reads a cloud assembly and those nested in it.
 * @param folder the folder that holds manifest.json
 * @throws UserError when the folder is no cloud assembly
 */
export function readCloudAssembly(folder: string): CloudAssembly {
  const { artifacts = {}, missing = [] } = readJson<Manifest>(join(folder, 'manifest.json'));
  const nested = Object.values(artifacts)
    .filter(({ type }) => type === 'cdk:cloud-assembly')
    .map(({ properties }) => readCloudAssembly(resolve(folder, properties?.directoryName ?? '')));
  const own = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  return {
    stacks: [...own.map(([id, artifact]) => readStack(folder, id, artifact, artifacts)), ...nested.flatMap(({ stacks }) => stacks)],
    errors: [...own.flatMap(([, artifact]) => errorsOf(folder, artifact)), ...nested.flatMap(({ errors }) => errors)],
    missing: [...missing, ...nested.flatMap((assembly) => assembly.missing)],
  };
}

/** The feature tables that the stacks of an assembly make, in the order of the templates. */
export function featureTablesOf({ stacks }: CloudAssembly): StackFeatureTable[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const spec = featureTableSpec(resource);
      return spec === undefined ? [] : [{ stack, logicalId, spec, offlineStore: offlineStoreOf(resource) }];
    }),
  );
}

/** The inference tables that the stacks of an assembly make. */
export function inferenceTablesOf({ stacks }: CloudAssembly): StackInferenceTable[] {
  return stacks.flatMap((stack) =>
    Object.values(stack.template.Resources ?? {}).flatMap((resource) => {
      const metadata = inferenceTableOf(resource);
      return metadata === undefined ? [] : [{ stack, ...metadata }];
    }),
  );
}

/** What the function that fills an inference table says of it; undefined for other resources. */
export function inferenceTableOf({ Metadata }: Resource): Omit<StackInferenceTable, 'stack'> | undefined {
  return Metadata?.[INFERENCE_METADATA] as Omit<StackInferenceTable, 'stack'> | undefined;
}

/** What a feature table says of itself in its DynamoDB table's metadata; undefined for other resources. */
export function featureTableSpec({ Metadata }: Resource): TableSpec | undefined {
  const metadata = Metadata?.[FEATURE_TABLE_METADATA];
  return metadata === undefined ? undefined : fromTableMetadata(metadata);
}

/** What a feature table says of its offline store there; undefined for one that is online only, and for other resources. */
export function offlineStoreOf({ Metadata }: Resource): StackOfflineStore | undefined {
  return Metadata?.[OFFLINE_STORE_METADATA] as StackOfflineStore | undefined;
}

/** The name of the endpoint that a Lambda function serves; undefined for other resources. */
export function endpointNameOf({ Metadata }: Resource): string | undefined {
  return Metadata?.[ENDPOINT_METADATA] as string | undefined;
}

/** Files by the hash of their bytes. */
export type ModelCopies = { readonly [sha256: string]: string };

/** The copies on this machine of a serving function's models that lie in S3. */
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

/** What constructs noted beside the template, by their paths. */
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
    throw new UserError(`expected a cloud assembly, but ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
