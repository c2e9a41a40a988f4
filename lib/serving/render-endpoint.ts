import { Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type AssetFile } from '../compute/function-asset';
import { type ServedCases } from '../compute/served-cases';
import { type IFeatureTable } from '../features/index';
import { type PackagedObject } from '../models/packaged-model';
import { refuse } from '../refuse';
import { type EndpointSpec, SPEC_VERSION } from '../spec/endpoint-spec';
import { type InputLineage } from '../spec/lineage';
import { checkLogicalName } from './logical-name';
import { type ServedEntity } from './served-entity';

/** The endpoint spec, and what its function needs beside it. */
export interface RenderedEndpoint {
  readonly spec: EndpointSpec;
  readonly tables: readonly IFeatureTable[];
  readonly files: readonly AssetFile[];
  /** Models in S3. */
  readonly objects: readonly PackagedObject[];
  readonly lineage: readonly InputLineage[];
  readonly cases: readonly ServedCases[];
}

/** Writes the endpoint spec, on behalf of the endpoint. */
export function renderEndpoint(scope: Construct, endpointName: string, servedEntity: ServedEntity): RenderedEndpoint {
  checkLogicalName(scope, '`endpointName`', endpointName);
  checkLogicalName(scope, 'the name of a served entity', servedEntity.name);
  if (servedEntity.name === endpointName) {
    refuse(scope, `the names of an endpoint and its served entities must differ, got: ${endpointName} for both`);
  }
  const { spec: entity, requestColumns, tables, files, objects, lineage, cases } = servedEntity._render(scope);
  const spec: EndpointSpec = {
    specVersion: SPEC_VERSION,
    endpointName,
    tables: tables.map((table) => table._spec),
    requestColumns,
    servedEntities: [entity],
  };
  checkLiterals(scope, spec, '');
  const served = cases === undefined ? [] : [{ servedEntity: entity.name, file: cases }];
  return { spec, tables, files, objects, lineage, cases: served };
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
