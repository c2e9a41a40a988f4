import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENDPOINT_SPEC_FILE, type EndpointSpec, type RequestColumnSpec, SPEC_VERSION } from '../../lib/contract/endpoint-spec';
import { modelOnlyEntity } from '../../lib/contract/model-only';
import type { ServedModel } from './served-models';

/** The code of a function that serves a model version by itself. */
export interface ModelOnlyAsset {
  readonly folder: string;
  /** Removes the folder. */
  dispose(): void;
}

/**
 * Makes the code of a function that serves a model version by itself: the files of the one that serves it in the app, with an endpoint spec
 * in which the request sends all columns of the version. No table is looked up, and no feature function runs.
 * @param columns these columns, by default as the version's signature has them
 */
export function makeModelOnlyAsset(
  { folder: source, servedEntity, model }: ServedModel,
  columns?: readonly RequestColumnSpec[],
): ModelOnlyAsset {
  const { features, requestColumns } = modelOnlyEntity(model);
  const spec: EndpointSpec = {
    specVersion: SPEC_VERSION,
    endpointName: 'check',
    tables: [],
    requestColumns: columns ?? requestColumns,
    servedEntities: [{ kind: 'model', name: servedEntity, model, features }],
  };
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-check-'));
  for (const name of readdirSync(source)) {
    if (name === ENDPOINT_SPEC_FILE) continue;
    if (statSync(join(source, name)).isDirectory()) symlinkSync(join(source, name), join(folder, name), 'junction');
    else copyFileSync(join(source, name), join(folder, name));
  }
  writeFileSync(join(folder, ENDPOINT_SPEC_FILE), JSON.stringify(spec));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
