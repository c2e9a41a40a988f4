import { Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type EndpointContents } from '../compute/endpoint-contents';
import { distinctTables, tableSpecOf } from '../features/feature-lookup';
import { type AssetFile } from '../functions/function-asset';
import { type PackagedObject } from '../models/packaged-model';
import { refuse, refuseFindings } from '../refuse';
import { checkSameAnswers } from '../contract/answer-shape';
import { type ResolvedEntity } from '../contract/check-entity';
import { checkTraffic } from '../contract/check-traffic';
import { typeText } from '../contract/data-types';
import { type EndpointSpec, type ServedEntitySpec, SPEC_VERSION } from '../contract/endpoint-spec';
import { type TrafficSpec } from '../contract/traffic-spec';
import { type InputLineage } from '../contract/lineage';
import { requestParams } from '../contract/params';
import { commonTypes, unionColumns, withOwnColumns } from '../contract/union-columns';
import { checkNames } from './endpoint-names';
import { functionFilesOf, modelFilesOf } from './entity-files';
import { type InferenceTable } from './inference-table';
import { type LoadedEntity, type ServedEntity } from './served-entity';
import { type TrafficSplit } from './traffic-split';

const MAX_ENTITIES = 10;

/** What an endpoint serves, and what is known about it. */
export interface RenderedEndpoint extends EndpointContents {
  /** The columns of each served entity, also of disabled ones. */
  readonly lineage: { readonly [servedEntity: string]: readonly InputLineage[] };
}

/** What an endpoint declares. */
export interface EndpointDeclaration {
  readonly endpointName: string;
  readonly servedEntities: readonly ServedEntity[];
  readonly traffic?: TrafficSplit;
  readonly inferenceTable?: InferenceTable;
  /** False if the endpoint, and so all its entities, are disabled. */
  readonly isEnabled: boolean;
}

/** An entity after its columns were resolved. */
interface RenderedEntity extends ResolvedEntity {
  readonly loaded: LoadedEntity;
  readonly spec: ServedEntitySpec;
}

/** Checks the declaration of an endpoint, and writes its endpoint spec. */
export function renderEndpoint(scope: Construct, declaration: EndpointDeclaration): RenderedEndpoint {
  const { endpointName, servedEntities, inferenceTable, isEnabled } = declaration;
  if (servedEntities.length === 0 || servedEntities.length > MAX_ENTITIES) {
    refuse(scope, `\`servedEntities\` must be 1 to ${MAX_ENTITIES}, got: ${servedEntities.length}`);
  }
  const loaded = servedEntities.map((entity) => entity._load(scope));
  const aliases = checkNames(scope, endpointName, loaded);
  const entities = resolveEntities(scope, loaded);
  const enabled = entities.filter((entity) => isEnabled && entity.loaded.isEnabled);
  const disabled = entities.filter((entity) => !enabled.includes(entity));
  const traffic = renderTraffic(scope, declaration, entities);
  if (traffic !== undefined && traffic.kind !== 'all') refuseFindings(scope, checkSameAnswers(withTraffic(traffic, entities)));

  const keyColumns = traffic?.kind === 'sticky' && 'columns' in traffic.key ? traffic.key.columns : [];
  const requestColumns = unionColumns(enabled, disabled, keyColumns);
  const tables = distinctTables(
    scope,
    enabled.flatMap((entity) => entity.loaded.tables),
  );
  const files = filesOf(scope, enabled, loaded.length);
  const served: EndpointSpec = {
    specVersion: SPEC_VERSION,
    endpointName,
    tables: tables.map(tableSpecOf),
    requestColumns,
    servedEntities: enabled.map((entity) => ({ ...entity.spec, features: withOwnColumns(entity, requestColumns) })),
    ...(disabled.length > 0 && { disabledEntities: disabled.map(({ loaded: { name } }) => name) }),
    ...(traffic !== undefined && { traffic }),
    ...(Object.keys(aliases).length > 0 && { aliases }),
  };
  checkParams(scope, served);
  const spec: EndpointSpec = {
    ...served,
    ...(inferenceTable !== undefined && { inferenceTable: inferenceTable._render(served) }),
    ...(files.length > 0 && { files: Object.fromEntries(files.map(({ path, source }) => [path, sha256Of(source)])) }),
  };
  checkLiterals(scope, spec, '');
  return {
    spec,
    files,
    tables,
    objects: distinctObjects(enabled),
    cases: enabled.flatMap(({ loaded: { name, cases } }) => (cases === undefined ? [] : [{ servedEntity: name, file: cases }])),
    declared: {
      tables: [...new Set(loaded.flatMap((entity) => entity.tables))],
      modelVersions: loaded.flatMap(({ modelVersion }) => modelVersion ?? []),
    },
    lineage: Object.fromEntries(entities.map((entity) => [entity.loaded.name, entity.lineage])),
  };
}

/** Resolves the columns of each entity, first alone, then with the types that all entities share: a request column has one type for all. */
function resolveEntities(scope: Construct, loaded: readonly LoadedEntity[]): RenderedEntity[] {
  const alone = loaded.map((entity) => rendered(scope, entity, entity.resolve(), loaded.length));
  const { types, findings } = commonTypes(alone);
  refuseFindings(scope, findings);
  return alone.map((entity) => {
    const isCommon = entity.requestColumns.every(({ name, type }) => typeText(type) === typeText(types.get(name)!));
    return isCommon ? entity : rendered(scope, entity.loaded, entity.loaded.resolve(types), loaded.length);
  });
}

function rendered(scope: Construct, loaded: LoadedEntity, resolved: ResolvedEntity, entities: number): RenderedEntity {
  const { name, model } = loaded;
  refuseFindings(
    scope,
    resolved.findings.map((finding) => (entities === 1 ? finding : { ...finding, path: `served entity '${name}', ${finding.path}` })),
  );
  const features = functionFilesOf(loaded, entities).rename(resolved.features);
  return {
    ...resolved,
    loaded,
    spec: model === undefined ? { kind: 'features', name, features } : { kind: 'model', name, model: model.spec, features },
  };
}

/** The traffic split; undefined if the only entity answers all requests. */
function renderTraffic(
  scope: Construct,
  { endpointName, traffic }: EndpointDeclaration,
  entities: readonly RenderedEntity[],
): TrafficSpec | undefined {
  if (traffic === undefined) {
    if (entities.length > 1) {
      refuse(
        scope,
        `\`traffic\` is required with more than one served entity (TrafficSplit), got: ${entities.length} entities and no \`traffic\``,
      );
    }
    return undefined;
  }
  const spec = traffic._render(scope, endpointName);
  const names = entities.map(({ loaded: { name } }) => name);
  refuseFindings(
    scope,
    checkTraffic(
      spec,
      names,
      entities.flatMap(({ requestColumns }) => requestColumns),
    ),
  );
  return spec.kind === 'all' && entities.length === 1 ? undefined : spec;
}

/** The entities that may answer a request that names none. */
function withTraffic(traffic: Exclude<TrafficSpec, { kind: 'all' }>, entities: readonly RenderedEntity[]) {
  const forced = traffic.kind === 'sticky' ? Object.keys(traffic.forced ?? {}) : [];
  const names = [...Object.keys(traffic.weights), ...forced];
  return entities
    .filter(({ loaded: { name } }) => names.includes(name))
    .map(({ spec, lineage }) => ({ spec, answeredColumns: lineage.map(({ column }) => column) }));
}

/** The files of models and functions that the spec names. */
function filesOf(scope: Construct, enabled: readonly RenderedEntity[], entities: number): AssetFile[] {
  const loaded = enabled.map((entity) => entity.loaded);
  return [...modelFilesOf(scope, loaded), ...loaded.flatMap((entity) => functionFilesOf(entity, entities).files)];
}

function sha256Of(source: AssetFile['source']): string {
  return createHash('sha256')
    .update(typeof source === 'string' ? readFileSync(source) : source)
    .digest('hex');
}

/** The models in S3. Several entities may serve the same one. */
function distinctObjects(entities: readonly RenderedEntity[]): PackagedObject[] {
  return [...new Map(entities.flatMap(({ loaded }) => loaded.objects).map((object) => [object.spec.bucket, object])).values()];
}

/** A request sets a param for all its records, so all entities must read it as the same type. */
function checkParams(scope: Construct, spec: EndpointSpec): void {
  for (const { name, type } of requestParams(spec)) {
    for (const entity of spec.servedEntities) {
      const own = entity.kind === 'model' ? entity.model.params?.find((param) => param.name === name) : undefined;
      if (own !== undefined && typeText(own.type) !== typeText(type)) {
        refuse(
          scope,
          `param '${name}' must have one type in all served entities, got: ${typeText(own.type)} in '${entity.name}' and ${typeText(type)}`,
        );
      }
    }
  }
}

/** The spec is written to a file at synth, so it must not contain values that are known only at deployment. */
function checkLiterals(scope: Construct, value: unknown, path: string): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value))
      checkLiterals(scope, inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
  } else if (Token.isUnresolved(value)) {
    refuse(scope, `all values in the endpoint spec must be literals, got: a token at ${path.slice(1)}`);
  }
}
