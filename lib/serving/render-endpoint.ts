import { Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type AssetFile } from '../functions/function-asset';
import { type ServedCases } from '../compute/served-cases';
import { distinctTables, type IFeatureTable, tableSpecOf } from '../features/feature-lookup';
import { type PackagedObject } from '../models/packaged-model';
import { refuse, refuseFindings } from '../refuse';
import { checkSameAnswers } from '../contract/answer-shape';
import { type ResolvedEntity } from '../contract/check-entity';
import { checkTraffic } from '../contract/check-traffic';
import { typeText } from '../contract/data-types';
import { type EndpointSpec, type ServedEntitySpec, SPEC_VERSION, type TrafficSpec } from '../contract/endpoint-spec';
import { type InputLineage } from '../contract/lineage';
import { requestParams } from '../contract/params';
import { commonTypes, unionColumns, withOwnColumns } from '../contract/union-columns';
import { checkNames } from './endpoint-names';
import { functionFilesOf, modelFilesOf } from './entity-files';
import { type LoadedEntity, type ServedEntity } from './served-entity';
import { type TrafficSplit } from './traffic-split';

/** The most entities that an endpoint serves. */
const MAX_ENTITIES = 10;

/** The endpoint spec, and what its function needs beside it. */
export interface RenderedEndpoint {
  readonly spec: EndpointSpec;
  readonly tables: readonly IFeatureTable[];
  readonly files: readonly AssetFile[];
  /** Models in S3. */
  readonly objects: readonly PackagedObject[];
  /** By served entity, also of those that are disabled. */
  readonly lineage: { readonly [servedEntity: string]: readonly InputLineage[] };
  readonly cases: readonly ServedCases[];
  /** The names by which entities are called: their own, aliases and stages. */
  readonly names: readonly string[];
}

/** What an endpoint declares of its entities. */
export interface EndpointParts {
  readonly endpointName: string;
  readonly servedEntities: readonly ServedEntity[];
  readonly traffic?: TrafficSplit;
  /** Whether any entity is enabled. */
  readonly isEnabled: boolean;
}

/** An entity that was held against the others. */
interface RenderedEntity extends ResolvedEntity {
  readonly loaded: LoadedEntity;
  readonly spec: ServedEntitySpec;
}

/** Writes the endpoint spec, on behalf of the endpoint. */
export function renderEndpoint(scope: Construct, parts: EndpointParts): RenderedEndpoint {
  const { endpointName, servedEntities, isEnabled } = parts;
  if (servedEntities.length === 0 || servedEntities.length > MAX_ENTITIES) {
    refuse(scope, `\`servedEntities\` must be 1 to ${MAX_ENTITIES}, got: ${servedEntities.length}`);
  }
  const loaded = servedEntities.map((entity) => entity._load(scope));
  const aliases = checkNames(scope, endpointName, loaded);
  const entities = resolveEntities(scope, loaded);
  const enabled = entities.filter((entity) => isEnabled && entity.loaded.isEnabled);
  const disabled = entities.filter((entity) => !enabled.includes(entity));
  const traffic = renderTraffic(scope, parts, entities);
  refuseFindings(scope, traffic === undefined || traffic.kind === 'all' ? [] : checkSameAnswers(sharing(traffic, entities)));

  const kept = traffic?.kind === 'sticky' && 'columns' in traffic.key ? traffic.key.columns : [];
  const requestColumns = unionColumns(enabled, disabled, kept);
  const tables = distinctTables(
    scope,
    enabled.flatMap(({ loaded: { tables: of } }) => of),
  );
  const spec: EndpointSpec = {
    specVersion: SPEC_VERSION,
    endpointName,
    tables: tables.map(tableSpecOf),
    requestColumns,
    servedEntities: enabled.map((entity) => ({ ...entity.spec, features: withOwnColumns(entity, requestColumns) })),
    ...(disabled.length > 0 && { disabledEntities: disabled.map(({ loaded: { name } }) => name) }),
    ...(traffic !== undefined && { traffic }),
    ...(Object.keys(aliases).length > 0 && { aliases }),
  };
  checkParams(scope, spec);
  checkLiterals(scope, spec, '');
  return {
    spec,
    tables,
    files: [
      ...modelFilesOf(
        scope,
        enabled.map((one) => one.loaded),
      ),
      ...enabled.flatMap((one) => functionFilesOf(one.loaded, loaded.length).files),
    ],
    objects: distinctObjects(enabled),
    lineage: Object.fromEntries(entities.map((entity) => [entity.loaded.name, entity.lineage])),
    cases: enabled.flatMap(({ loaded: { name, cases } }) => (cases === undefined ? [] : [{ servedEntity: name, file: cases }])),
    names: [...loaded.map(({ name }) => name), ...Object.keys(aliases)],
  };
}

/** Holds each entity against itself, then all against each other: what a request sends is read in one way for all of them. */
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

/** The split; undefined where the only entity answers all, which needs no saying. */
function renderTraffic(
  scope: Construct,
  { endpointName, traffic }: EndpointParts,
  entities: readonly RenderedEntity[],
): TrafficSpec | undefined {
  if (traffic === undefined) {
    if (entities.length > 1) {
      refuse(
        scope,
        `\`traffic\` must say who answers, where there is more than one served entity (TrafficSplit), got: ${entities.length} entities and none`,
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

/** The entities that a caller may meet without naming them. */
function sharing(traffic: Exclude<TrafficSpec, { kind: 'all' }>, entities: readonly RenderedEntity[]) {
  const forced = traffic.kind === 'sticky' ? Object.keys(traffic.forced ?? {}) : [];
  const names = [...Object.keys(traffic.weights), ...forced];
  return entities
    .filter(({ loaded: { name } }) => names.includes(name))
    .map(({ spec, lineage }) => ({ spec, answeredColumns: lineage.map(({ column }) => column) }));
}

/** A model in S3 that several entities serve is one. */
function distinctObjects(entities: readonly RenderedEntity[]): PackagedObject[] {
  return [...new Map(entities.flatMap(({ loaded }) => loaded.objects).map((object) => [object.spec.bucket, object])).values()];
}

/** A request sets a param for all of its records, whoever answers them. */
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

/** The spec becomes a file of the asset at once, where a value known at deployment alone would stay a placeholder. */
function checkLiterals(scope: Construct, value: unknown, path: string): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value))
      checkLiterals(scope, inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
  } else if (Token.isUnresolved(value)) {
    refuse(scope, `everything that the endpoint spec says must be a literal, got: a token at ${path.slice(1)}`);
  }
}
