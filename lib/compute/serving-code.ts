import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ENDPOINT_SPEC_FILE, type EndpointSpec } from '../contract/endpoint-spec';
import { type AssetFile, type FunctionCode } from '../functions/function-asset';

/** The entry point: the runtime is found in the layer, everything else beside this file. */
const ENTRY = 'exports.handler = require("cdk-ml-serving-runtime").serve(__dirname);\n';

/** What an endpoint's function runs. */
export function servingCode(spec: EndpointSpec, files: readonly AssetFile[]): FunctionCode {
  const content =
    files.length === 0 ? spec : { ...spec, files: Object.fromEntries(files.map(({ path, source }) => [path, sha256Of(source)])) };
  return { entry: ENTRY, document: { file: ENDPOINT_SPEC_FILE, content }, files };
}

function sha256Of(source: AssetFile['source']): string {
  return createHash('sha256')
    .update(typeof source === 'string' ? readFileSync(source) : source)
    .digest('hex');
}
